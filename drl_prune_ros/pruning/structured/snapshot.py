# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The last accepted network, kept so that training can go back to it across surgery."""

from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm

from drl_prune_ros.pruning.structured.masks import Masks
from drl_prune_ros.pruning.structured.surgery import store_widths
from drl_prune_ros.training.networks.mlp import MlpView


def take(actor: MlpView, masks: Masks) -> dict[str, Any]:
    """Copy the parameters of the actor and its targets, their optimizer state and the masks."""
    return {'masks': masks.copy().kept,
            'networks': [_copy(network) for network in (actor, *actor.targets)]}


def _copy(network: MlpView) -> dict[str, Any]:
    optimizer = network.optimizer
    return {
        'parameters': [parameter.detach().clone() for parameter in network.parameters()],
        'optimizer': [
            {name: value.clone() for name, value in optimizer.state[parameter].items()}
            if optimizer else {} for parameter in network.parameters()]}


def restore(model: BaseAlgorithm, actor: MlpView, snapshot: dict[str, Any]) -> Masks:
    """Put actor and targets back, with the widths they had; returns the masks. Critics go on."""
    networks = (actor, *actor.targets)
    for network, copy in zip(networks, snapshot['networks'], strict=True):
        for parameter, data, state in zip(
                network.parameters(), copy['parameters'], copy['optimizer'], strict=True):
            parameter.data = data.clone()
            parameter.grad = None
            if network.optimizer:
                network.optimizer.state[parameter] = {
                    name: value.clone() for name, value in state.items()}
        for linear in (*network.linears[:-1], *network.heads):
            linear.out_features, linear.in_features = linear.weight.shape
    store_widths(model)
    return Masks([kept.clone() for kept in snapshot['masks']])


def sync_targets(actor: MlpView) -> None:
    """Copy the actor to its target networks: after a cut they would teach what is gone."""
    for target in actor.targets:
        target.copy_from(actor.parameters())
