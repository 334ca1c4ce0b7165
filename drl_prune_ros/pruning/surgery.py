# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Delete masked neurons for good, while training goes on.

Parameters stay the same objects and only their data shrinks, so the optimizer, the learner and
its aliases keep pointing at them. Adam's moments shrink along; the stored net_arch follows, so
that the model saves and loads. The output does not change: masked units were exactly zero.
"""

from stable_baselines3 import PPO
import torch
from torch import nn

from drl_prune_ros.pruning.masks import Masks
from drl_prune_ros.training.actor import Actor


def select_(parameter: nn.Parameter, dim: int, kept: torch.Tensor,
            optimizer: torch.optim.Optimizer) -> None:
    """Keep the slices `kept` (bool) of a parameter and of its optimizer state along `dim`."""
    index = kept.nonzero().flatten()
    parameter.data = parameter.data.index_select(dim, index)
    parameter.grad = None
    for name, value in optimizer.state.get(parameter, {}).items():
        if torch.is_tensor(value) and value.dim() > dim:
            optimizer.state[parameter][name] = value.index_select(dim, index)


def delete_masked(model: PPO, actor: Actor, masks: Masks) -> Masks:
    """
    Remove every masked hidden neuron from `model`; returns masks of the smaller network.

    Call it between updates: autograd remembers the shapes of parameters that a live graph holds.
    Masked inputs stay as zero columns: the learner's observation keeps its size, and the policy
    file leaves the columns out.
    """
    optimizer = model.policy.optimizer
    for layer in range(1, len(actor.linears)):
        kept, makes, reads = masks.kept[layer], actor.linears[layer - 1], actor.linears[layer]
        select_(makes.weight, 0, kept, optimizer)
        select_(makes.bias, 0, kept, optimizer)
        select_(reads.weight, 1, kept, optimizer)
        makes.out_features = reads.in_features = int(kept.sum())
    store_widths(model, actor)
    hidden = [torch.ones(width, dtype=torch.bool) for width in actor.widths[1:-1]]
    return Masks([masks.kept[0].clone(), *hidden])


def store_widths(model: PPO, actor: Actor) -> None:
    """Write the hidden widths of `actor` where Stable-Baselines3 rebuilds a model from."""
    hidden = list(actor.widths[1:-1])
    for owner in (model.policy_kwargs, vars(model.policy)):
        owner['net_arch'] = {**owner['net_arch'], 'pi': hidden}
    model.policy.mlp_extractor.latent_dim_pi = hidden[-1]
