# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Prune the critic along with the actor (`--prune-critics`): cheaper training, the same policy file.

A critic shrinks to the same share of a 256-256 network as the actor, by the same importance,
reconstruction and distillation towards what it said before. Twins keep equal widths:
Stable-Baselines3 stores one net_arch for both.
"""

from stable_baselines3 import PPO
from stable_baselines3.common.base_class import BaseAlgorithm
import torch

from drl_prune_ros.policy.manifest import count_weights, dense_widths
from drl_prune_ros.pruning.divergence import comparable
from drl_prune_ros.pruning.structured.importance import unit_importance
from drl_prune_ros.pruning.structured.masks import Masks
from drl_prune_ros.pruning.structured.recent_states import (
    IMPORTANCE_STATES,
    RecentStates,
    RECONSTRUCTION_STATES,
)
from drl_prune_ros.pruning.structured.reconstruction import distill_back, reconstruct
from drl_prune_ros.pruning.structured.selection import choose_units
from drl_prune_ros.pruning.structured.snapshot import sync_targets
from drl_prune_ros.pruning.structured.surgery import delete_masked, store_widths
from drl_prune_ros.training.networks.mlp import critics_of, MlpView

LEAST_UNITS = 16
"""Units per layer that a critic keeps: it has to learn, not only to act."""


def shrink_critics(model: BaseAlgorithm, states: RecentStates, share: float, steps: int,
                   enough: float) -> None:
    """
    Cut every critic of `model` to about `share` of its 256-256 network's weights.

    :param steps: minibatches of distillation at most, until a divergence of `enough`.
    """
    on_policy = isinstance(model, PPO)
    reads = states.shuffled() if on_policy else states.with_actions()
    reads = reads[torch.randperm(len(reads))]
    widths: tuple[int, ...] | None = None
    for critic in critics_of(model):
        # The critic goes on reading everything.
        importance = unit_importance(critic, reads[:IMPORTANCE_STATES], inputs=False)
        masks = Masks.all_kept(critic)
        if widths is None:
            budget = round(share * count_weights(dense_widths(critic.widths[0], 1)))
            masks = choose_units(critic, masks, importance, budget, LEAST_UNITS)
            widths = masks.widths(critic)
        else:
            masks = best_units(masks, importance, widths)
        with torch.no_grad():
            wanted = comparable(critic, critic.outputs(reads))
        reconstruct(critic, masks, reads[:RECONSTRUCTION_STATES])
        distill_back(critic, masks, wanted, reads, steps, enough)
        forget_momentum(critic)
        sync_targets(critic)
        delete_masked(critic, masks)
    store_widths(model)


def best_units(masks: Masks, importance: list[torch.Tensor], widths: tuple[int, ...]) -> Masks:
    """Keep the `widths[layer]` most important units of every layer."""
    chosen = masks.copy()
    for layer in range(1, len(masks.kept)):
        best = importance[layer].argsort(descending=True)[:widths[layer]]
        chosen.kept[layer].fill_(False)
        chosen.kept[layer][best] = True
    return chosen


def forget_momentum(network: MlpView) -> None:
    """Clear Adam's first moments: they point where the network stood before the cut."""
    assert network.optimizer is not None
    for parameter in network.parameters():
        state = network.optimizer.state.get(parameter, {})
        if 'exp_avg' in state:
            state['exp_avg'].zero_()
