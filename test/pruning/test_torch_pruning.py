# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Torch-Pruning as an oracle: the same units removed give the same network and the same cost."""

from collections.abc import Callable
import copy
import warnings

import pytest
import torch
from torch import nn
import torch_pruning

from drl_prune_ros.policy.manifest import count_weights
from drl_prune_ros.pruning.structured.masks import Masks
from drl_prune_ros.pruning.structured.surgery import delete_masked
from drl_prune_ros.training.networks.mlp import MlpView, OutputKind


class Network(nn.Module):
    """A copy of an actor as Torch-Pruning wants it: layers, then one or two heads."""

    def __init__(self, actor: MlpView) -> None:
        super().__init__()
        self.layers = nn.ModuleList(copy.deepcopy(actor.linears[:-1]))
        self.heads = nn.ModuleList(copy.deepcopy(actor.heads))
        self.activation = actor.activation

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Return the answers of all heads side by side."""
        for layer in self.layers:
            values = self.activation(layer(values))
        return torch.cat([head(values) for head in self.heads], dim=1)

    def parameters_in_order(self) -> list[torch.Tensor]:
        """Return weights and biases, layer by layer."""
        return [p for linear in (*self.layers, *self.heads) for p in (linear.weight, linear.bias)]


def cost(network: Network, inputs: int) -> tuple[int, int]:
    """Return multiply-accumulates and parameters of one decision, as Torch-Pruning counts."""
    return torch_pruning.utils.count_ops_and_params(network, torch.zeros(1, inputs))


@pytest.mark.parametrize('hidden', [(12,), (24, 16), (9, 14, 11)])
@pytest.mark.parametrize('log_std', [False, True])
@pytest.mark.parametrize('activation', [nn.ReLU(), nn.Tanh()])
def test_torch_pruning_removes_the_same(
        make_actor: Callable[..., MlpView], random_masks: Callable[..., Masks],
        hidden: tuple[int, ...], log_std: bool, activation: nn.Module) -> None:
    answer = OutputKind.SQUASHED if log_std else OutputKind.SCORES
    actor = make_actor(7, *hidden, 3, activation=activation, output_kind=answer, log_std=log_std)
    masks = random_masks(actor, 11, inputs=False)
    theirs = Network(actor)
    before = cost(theirs, 7)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        graph = torch_pruning.DependencyGraph().build_dependency(theirs, torch.zeros(2, 7))
        for layer, kept in zip(theirs.layers, masks.kept[1:], strict=True):
            gone = (~kept).nonzero().flatten().tolist()
            graph.get_pruning_group(
                layer, torch_pruning.prune_linear_out_channels, idxs=gone).prune()

    # Torch-Pruning drops what a unit contributed; so does masking before the deletion.
    masks.apply(actor)
    delete_masked(actor, masks)
    assert tuple(actor.widths[1:-1]) != hidden
    for ours, other in zip(actor.parameters(), theirs.parameters_in_order(), strict=True):
        assert torch.equal(ours, other)
    observations = torch.randn(100, 7)
    assert torch.equal(actor.outputs(observations), theirs(observations))

    # It counts a bias and a ReLU (not a tanh) as one more multiply-accumulate, and both heads.
    macs, parameters = cost(theirs, 7)
    biases = sum(actor.widths[1:]) + (3 if log_std else 0)
    weights = count_weights(actor.widths) + (3 * actor.widths[-2] if log_std else 0)
    relus = sum(actor.widths[1:-1]) if isinstance(activation, nn.ReLU) else 0
    assert macs - biases - relus == weights
    assert parameters == weights + biases == sum(p.numel() for p in actor.parameters())
    assert macs < before[0]
