# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""TD3's policy with block-circulant layers in actor, critics and targets, while they last."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from stable_baselines3 import TD3
from stable_baselines3.td3.policies import Actor, ContinuousCritic, TD3Policy
from torch import nn

from drl_prune_ros.policy.network import MlpNetwork
from drl_prune_ros.training.networks.circulant import blocks_of, tie, untie
from drl_prune_ros.training.networks.mlp import MlpView


class CirculantTD3Policy(TD3Policy):
    """
    The MlpPolicy of TD3, with layers tied before the optimizers take hold of their parameters.

    Everything else, the expansion included, follows from the layers; Stable-Baselines3 saves
    `block_sizes` with a model and makes the same policy when it loads one.

    :param block_sizes: one for each layer of actor and critics, first to last; 1 for a dense one.
    """

    def __init__(self, *args: Any, block_sizes: Sequence[int], **kwargs: Any) -> None:
        self.block_sizes = tuple(block_sizes)
        super().__init__(*args, **kwargs)

    def make_actor(self, features_extractor: nn.Module | None = None) -> Actor:
        """Make an actor with tied layers."""
        actor = super().make_actor(features_extractor)
        self._tie(actor.mu)
        return actor

    def make_critic(self, features_extractor: nn.Module | None = None) -> ContinuousCritic:
        """Make twin critics with tied layers."""
        critic = super().make_critic(features_extractor)
        for network in critic.q_networks:
            self._tie(network)
        return critic

    def _tie(self, layers: Iterable[nn.Module]) -> None:
        linears = [layer for layer in layers if isinstance(layer, nn.Linear)]
        for place, (linear, block) in enumerate(zip(linears, self.block_sizes, strict=True)):
            if block > 1:
                tie(linear, block)
            elif 0 < place < len(linears) - 1:
                untie(linear)

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return {**super()._get_constructor_parameters(), 'block_sizes': self.block_sizes}


def untie_layers(model: TD3) -> None:
    """
    Untie the weights between hidden layers, which are then learned one by one; outputs stay.

    Actor, critics and targets alike; single weights can be masked from then on. The optimizers
    forget what they knew of the vectors, and a saved model is made without them.
    """
    policy: Any = model.policy
    for layers in (policy.actor.mu, policy.actor_target.mu, *policy.critic.q_networks,
                   *policy.critic_target.q_networks):
        for linear in [layer for layer in layers if isinstance(layer, nn.Linear)][1:-1]:
            untie(linear)
    for optimizer in (policy.actor.optimizer, policy.critic.optimizer):
        for parameter, state in list(optimizer.state.items()):
            if state['exp_avg'].shape != parameter.shape:
                # The parameter is the one it was, of another shape: these are of its vectors.
                del optimizer.state[parameter]
                parameter.grad = None
    first, *inner, last = policy.block_sizes
    policy.block_sizes = (first, *(1 for _ in inner), last)
    model.policy_kwargs = {**model.policy_kwargs, 'block_sizes': policy.block_sizes}


def circulant_layers(actor: MlpView, network: MlpNetwork) -> tuple[tuple[int, ...], ...] | None:
    """
    Return (block size, blocks left, blocks in all) of each layer of `network`, made from `actor`.

    Single weights are blocks of size 1; of a dense layer none is gone. None where every layer is
    dense.
    """
    layers, circulant = [], False
    for linear, (weight, _) in zip(actor.linears, network.layers, strict=True):
        blocks = blocks_of(linear)
        circulant = circulant or blocks is not None
        if blocks is None:
            layers.append((1, weight.size, weight.size))
        elif blocks.block == 1:
            layers.append((1, int(np.count_nonzero(weight)), weight.size))
        else:
            layers.append((blocks.block, int(blocks.kept.sum()), blocks.kept.numel()))
    return tuple(layers) if circulant else None
