# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The teacher: the network as it stood before the first cut, which later ones are held to.

Every cut is distilled back towards the teacher, and while the learner goes on, a regularizer pulls
the policy towards it:

    gradient += strength * d/dw divergence(teacher, policy)

on states that the policy itself has visited lately. The strength falls to 0, so that in the end
only the reward speaks.
"""

import copy
from typing import Any

from stable_baselines3 import DQN, PPO
from stable_baselines3.common.base_class import BaseAlgorithm
import torch
from torch.nn.utils import skip_init

from drl_prune_ros.pruning.divergence import comparable, divergence, variances
from drl_prune_ros.training.networks.mlp import MlpView

REGULARIZER_BATCH = 512
REGULARIZER_STATES = 16_384
"""Of the latest states, those that the teacher answers at a time."""


@torch.no_grad()
def loss_scale(model: BaseAlgorithm, actor: MlpView, states: torch.Tensor) -> float:
    """
    Return the size of the learner's own loss, so that one strength of the regularizer fits all.

    PPO normalizes its advantages: 1. TD3 and SAC climb the critic, which is as large as the
    values: their mean, as TD3+BC has it (Fujimoto and Gu, 2021, eq. 5). DQN fits values: their
    variance.
    """
    states = states[:REGULARIZER_BATCH]
    if isinstance(model, PPO):
        return 1.0
    if isinstance(model, DQN):
        return max(1e-3, float(actor(states).var()))
    acting = actor(states).tanh()
    return max(1e-3, float(model.critic(states, acting)[0].abs().mean()))  # type: ignore


class Teacher:
    """A frozen copy of an actor, and what it says of the latest states."""

    def __init__(self, actor: MlpView) -> None:
        self.actor = MlpView(
            [copy.deepcopy(linear) for linear in actor.linears], actor.activation,
            actor.output_kind,
            log_std=copy.deepcopy(actor.log_std))
        for parameter in self.actor.parameters():
            parameter.requires_grad_(False)
        self.states = torch.empty(0)
        self.answers: list[torch.Tensor] = []
        self.loss_scale = 1.0

    def answer(self, states: torch.Tensor) -> list[torch.Tensor]:
        """Return what the teacher says of states (batch, inputs), in comparable parts."""
        with torch.no_grad():
            return comparable(self.actor, self.actor.outputs(states))

    def label(self, states: torch.Tensor, loss_scale: float = 1.0) -> None:
        """
        Label `states` once, for the regularizer to draw from until the next call.

        :param loss_scale: how large the learner's own loss is, see `loss_scale`.
        """
        self.states, self.answers = states, self.answer(states)
        self.scale = variances(self.answers)
        self.loss_scale = loss_scale

    def apply_regularizer(self, actor: MlpView, strength: float) -> None:
        """Add the regularizer's gradient to the gradients of `actor`, on a random minibatch."""
        if strength <= 0.0 or not len(self.states):
            return
        index = torch.randint(len(self.states), (REGULARIZER_BATCH,))
        loss = strength * self.loss_scale * divergence(
            actor, actor.outputs(self.states[index]), [part[index] for part in self.answers],
            self.scale)
        parameters = actor.parameters()
        gradients = torch.autograd.grad(loss, parameters)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            if parameter.grad is not None:
                parameter.grad.add_(gradient)

    def labeled(self) -> tuple[torch.Tensor, float]:
        """Return what `label` was given last, for a checkpoint and for `restore`."""
        # A view of all states otherwise, which would be written whole.
        return self.states.clone(), self.loss_scale

    def restore(self, labeled: tuple[torch.Tensor, float]) -> None:
        """Label again what `labeled` returned, if that is anything."""
        if len(labeled[0]):
            self.label(*labeled)

    def state(self) -> list[torch.Tensor]:
        """Return the parameters, for a checkpoint."""
        return [parameter.detach().clone() for parameter in self.actor.parameters()]

    @classmethod
    def from_state(cls, state: list[torch.Tensor], like: MlpView) -> 'Teacher':
        """Rebuild a teacher of an actor of the kind of `like` from `state`."""
        linears: list[Any] = []
        for weight, bias in zip(state[::2], state[1::2], strict=True):
            # Without initial values: drawing them would move the random state of a resumed run.
            linear = skip_init(torch.nn.Linear, weight.shape[1], weight.shape[0])
            linear.weight.data, linear.bias.data = weight, bias
            linears.append(linear)
        log_std = linears.pop() if like.log_std else None
        return cls(MlpView(linears, like.activation, like.output_kind, log_std=log_std))
