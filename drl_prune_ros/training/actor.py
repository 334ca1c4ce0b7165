# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The part of a learner that is deployed: a plain chain of linear layers."""

from collections.abc import Callable

import numpy as np
from stable_baselines3 import PPO
from stable_baselines3.common.base_class import BaseAlgorithm
import torch
from torch import nn

from drl_prune_ros.errors import DrlPruneError


class Actor:
    """
    The deployed network of a learner: `linears[0]` reads the observation, the last one answers.

    The layers are the learner's own parameters, not a copy. `activation` stands between two of
    them; the last one's output is the scores of the actions.
    """

    def __init__(self, linears: list[nn.Linear], activation: nn.Module) -> None:
        self.linears = linears
        self.activation = activation

    @property
    def widths(self) -> tuple[int, ...]:
        """Inputs, hidden widths and outputs, as stored."""
        return (self.linears[0].in_features, *(linear.out_features for linear in self.linears))

    def parameters(self) -> list[nn.Parameter]:
        """Return every weight and bias, layer by layer."""
        return [p for linear in self.linears for p in (linear.weight, linear.bias)]

    def activations(self, observations: torch.Tensor) -> tuple[list[torch.Tensor], torch.Tensor]:
        """Return what each layer reads, [(batch, inputs), (batch, h1), ...], and the scores."""
        reads, values = [observations], observations
        for linear in self.linears[:-1]:
            values = self.activation(linear(values))
            reads.append(values)
        return reads, self.linears[-1](values)

    def __call__(self, observations: torch.Tensor) -> torch.Tensor:
        """Return the scores (batch, outputs) of observations (batch, inputs)."""
        return self.activations(observations)[1]


def actor_of(model: BaseAlgorithm) -> Actor:
    """Return the deployed network of `model`; learners without one that fits are refused."""
    if not isinstance(model, PPO):
        raise DrlPruneError(f'{type(model).__name__} cannot be pruned yet: use PPO')
    body = model.policy.mlp_extractor.policy_net
    linears = [module for module in body if isinstance(module, nn.Linear)]
    others = [module for module in body if not isinstance(module, nn.Linear)]
    if not linears:
        raise DrlPruneError('the policy has no hidden layer, so there is nothing to prune: '
                            'train it with hidden layers')
    return Actor([*linears, model.policy.action_net], others[0])


def greedy(model: BaseAlgorithm) -> Callable[[np.ndarray], np.ndarray]:
    """Return the greedy policy of `model`: observations (batch, n) to actions (batch,) int64."""
    actor = actor_of(model)

    def act(observations: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            scores = actor(torch.as_tensor(observations))
        return scores.argmax(dim=1).numpy()
    return act
