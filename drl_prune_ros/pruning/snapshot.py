# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The last accepted network, kept so that training can go back to it across surgery."""

from typing import Any

from stable_baselines3 import PPO

from drl_prune_ros.pruning.masks import Masks
from drl_prune_ros.pruning.surgery import store_widths
from drl_prune_ros.training.actor import Actor


def take(model: PPO, actor: Actor, masks: Masks) -> dict[str, Any]:
    """Copy the actor's parameters, their optimizer state and the masks."""
    optimizer = model.policy.optimizer
    return {
        'parameters': [parameter.detach().clone() for parameter in actor.parameters()],
        'optimizer': [
            {name: value.clone() for name, value in optimizer.state[parameter].items()}
            for parameter in actor.parameters()],
        'masks': masks.copy().kept,
    }


def restore(model: PPO, actor: Actor, snapshot: dict[str, Any]) -> Masks:
    """Put the actor back, with the widths it had; returns its masks. The critic goes on."""
    optimizer = model.policy.optimizer
    for parameter, data, state in zip(
            actor.parameters(), snapshot['parameters'], snapshot['optimizer'], strict=True):
        parameter.data = data.clone()
        parameter.grad = None
        optimizer.state[parameter] = {name: value.clone() for name, value in state.items()}
    for linear in actor.linears:
        linear.out_features, linear.in_features = linear.weight.shape
    store_widths(model, actor)
    return Masks([kept.clone() for kept in snapshot['masks']])
