# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The teacher: the network as it stood before the first cut, which later ones are held to.

Every cut is distilled back towards the teacher, and while the learner goes on, an anchor pulls
the policy towards it:

    gradient += strength * d/dw KL(teacher || policy)

on states that the policy itself has visited lately. The strength falls to 0, so that in the end
only the reward speaks.
"""

import copy
from typing import Any

import torch
from torch.nn import functional
from torch.nn.utils import skip_init

from drl_prune_ros.training.actor import Actor

ANCHOR_BATCH = 512


class Teacher:
    """A frozen copy of an actor, and what it says of the latest states."""

    def __init__(self, actor: Actor) -> None:
        self.actor = Actor([copy.deepcopy(linear) for linear in actor.linears], actor.activation)
        for parameter in self.actor.parameters():
            parameter.requires_grad_(False)
        self.states = torch.empty(0)
        self.answers = torch.empty(0)

    def log_probabilities(self, states: torch.Tensor) -> torch.Tensor:
        """Return the teacher's log-probabilities (batch, actions) of states (batch, inputs)."""
        with torch.no_grad():
            return self.actor(states).log_softmax(dim=1)

    def look_at(self, states: torch.Tensor) -> None:
        """Answer `states` once, for the anchor to draw from until the next call."""
        self.states, self.answers = states, self.log_probabilities(states)

    def pull(self, actor: Actor, strength: float) -> None:
        """Add the anchor's gradient to the gradients of `actor`, on a random minibatch."""
        if strength <= 0.0 or not len(self.states):
            return
        index = torch.randint(len(self.states), (ANCHOR_BATCH,))
        now = functional.log_softmax(actor(self.states[index]), dim=1)
        loss = strength * functional.kl_div(
            now, self.answers[index], log_target=True, reduction='batchmean')
        parameters = actor.parameters()
        gradients = torch.autograd.grad(loss, parameters)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            if parameter.grad is not None:
                parameter.grad.add_(gradient)

    def state(self) -> list[torch.Tensor]:
        """Return the parameters, for a checkpoint."""
        return [parameter.detach().clone() for parameter in self.actor.parameters()]

    @classmethod
    def from_state(cls, state: list[torch.Tensor], activation: Any) -> 'Teacher':
        """Rebuild a teacher from `state`."""
        linears = []
        for weight, bias in zip(state[::2], state[1::2], strict=True):
            # Without initial values: drawing them would move the random state of a resumed run.
            linear = skip_init(torch.nn.Linear, weight.shape[1], weight.shape[0])
            linear.weight.data, linear.bias.data = weight, bias
            linears.append(linear)
        return cls(Actor(linears, activation))
