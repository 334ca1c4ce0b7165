# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
How much a unit matters now: the change of the policy when the unit is replaced by its mean.

For unit j with activation a_j, scores z and action probabilities p = softmax(z), to first order

    I_j = E_s[ Var_p( (a_j - E a_j) * dz/da_j ) ]

which is twice the Kullback-Leibler divergence of the policy before and after. It is blind to
constant units and to the scale of the reward, so units of different layers compare. Inputs are
few and reach through every layer, where a first-order estimate falls short: theirs is measured,
by replacing each with its mean.
"""

import torch
from torch.nn import functional

from drl_prune_ros.training.actor import Actor


@torch.no_grad()
def unit_importance(actor: Actor, observations: torch.Tensor) -> list[torch.Tensor]:
    """
    Return the importance of every unit, one tensor (width,) a layer, the observation first.

    :param observations: recent states (batch, inputs) float32.
    """
    reads, scores = actor.activations(observations)
    probabilities = scores.softmax(dim=1)
    # jacobian[b, k, j] = d score_k / d unit_j, carried back layer by layer.
    jacobian = actor.linears[-1].weight.expand(len(observations), -1, -1)
    importance = [_policy_change(reads[-1], jacobian, probabilities)]
    for layer in range(len(actor.linears) - 2, 0, -1):
        slope = _slope(actor, reads[layer + 1])
        jacobian = (jacobian * slope[:, None, :]) @ actor.linears[layer].weight
        importance.insert(0, _policy_change(reads[layer], jacobian, probabilities))
    importance.insert(0, _input_importance(actor, observations, scores.log_softmax(dim=1)))
    return importance


def _input_importance(
        actor: Actor, observations: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
    """Return twice the divergence that replacing each input by its mean causes."""
    means = observations.mean(dim=0)
    changes = torch.zeros(len(means))
    for column in actor.linears[0].weight.abs().sum(dim=0).nonzero().flatten():
        blind = observations.clone()
        blind[:, column] = means[column]
        after = actor(blind).log_softmax(dim=1)
        changes[column] = 2 * functional.kl_div(
            after, before, log_target=True, reduction='batchmean')
    return changes


def _policy_change(
        units: torch.Tensor, jacobian: torch.Tensor, probabilities: torch.Tensor) -> torch.Tensor:
    deviation = units - units.mean(dim=0)
    weighted = probabilities[:, :, None] * jacobian
    variance = (weighted * jacobian).sum(dim=1) - weighted.sum(dim=1).square()
    return (deviation.square() * variance).mean(dim=0).clamp(min=0.0)


def _slope(actor: Actor, activations: torch.Tensor) -> torch.Tensor:
    """Return the derivative of the activation function, from its value: ReLU or tanh."""
    if isinstance(actor.activation, torch.nn.ReLU):
        return (activations > 0).to(activations.dtype)
    return 1.0 - activations.square()


class RunningImportance:
    """Importance as a running mean over updates, so that one odd rollout removes nothing."""

    def __init__(self, decay: float = 0.7) -> None:
        self.decay = decay
        self.mean: list[torch.Tensor] | None = None

    def update(self, now: list[torch.Tensor]) -> list[torch.Tensor]:
        """Blend in the importance of the newest states and return the mean."""
        if self.mean is None:
            self.mean = now
        else:
            self.mean = [self.decay * old + (1 - self.decay) * new
                         for old, new in zip(self.mean, now, strict=True)]
        return self.mean

    def select(self, kept: list[torch.Tensor]) -> None:
        """Forget units that surgery removed."""
        if self.mean is not None:
            self.mean = [mean[keep] for mean, keep in zip(self.mean, kept, strict=True)]
