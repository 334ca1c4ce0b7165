# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
How much a unit matters now: the change of the policy when the unit is replaced by its mean.

For unit j with activation a_j and outputs z, to first order

    I_j = E_s | M (a_j - E a_j) dz/da_j |^2

with M the metric of `divergence`: for action probabilities p = softmax(z) it is the variance under
p of that change of the scores, twice the Kullback-Leibler divergence of the policy before and
after. It is blind to constant units and to the scale of the reward, so units of different layers
compare. Inputs are few and reach through every layer, where a first-order estimate falls short:
theirs is measured, by replacing each with its mean.
"""

import torch

from drl_prune_ros.pruning.divergence import comparable, divergence, metric, variances
from drl_prune_ros.training.networks.mlp import MlpView


@torch.no_grad()
def unit_importance(actor: MlpView, observations: torch.Tensor,
                    inputs: bool = True) -> list[torch.Tensor]:
    """
    Return the importance of every unit, one tensor (width,) per layer, the observation first.

    :param observations: recent states (batch, inputs) float32.
    :param inputs: whether an input may be taken; none is measured otherwise, all are infinite.
    """
    reads, outputs = actor.activations(observations)
    # change[b, m, j] = M dz/da_j, carried back layer by layer.
    heads = torch.cat([head.weight for head in actor.heads])
    change = metric(actor, outputs) @ heads
    importance = [_policy_change(reads[-1], change)]
    for layer in range(len(actor.linears) - 2, 0, -1):
        slope = _slope(actor, reads[layer + 1])
        change = (change * slope[:, None, :]) @ actor.linears[layer].weight
        importance.insert(0, _policy_change(reads[layer], change))
    importance.insert(0, _input_importance(actor, observations, outputs) if inputs
                      else torch.full((actor.widths[0],), torch.inf))
    return importance


def magnitude_importance(actor: MlpView) -> list[torch.Tensor]:
    """Return sqrt(|W_in,j| |W_out,j|) of every hidden unit, and never of an input (infinite)."""
    hidden = [
        (actor.linears[layer - 1].weight.norm(dim=1) * sum(
            reader.weight.norm(dim=0) for reader in actor.readers(layer))).sqrt().detach()
        for layer in range(1, len(actor.linears))]
    return [torch.full((actor.widths[0],), torch.inf), *hidden]


def random_importance(actor: MlpView) -> list[torch.Tensor]:
    """Return a uniform random number for every hidden unit, and never for an input (infinite)."""
    return [torch.full((actor.widths[0],), torch.inf),
            *(torch.rand(width) for width in actor.widths[1:-1])]


def _input_importance(
        actor: MlpView, observations: torch.Tensor, outputs: torch.Tensor) -> torch.Tensor:
    """Return twice the divergence that replacing each input by its mean causes."""
    wanted = comparable(actor, outputs)
    scale = variances(wanted)
    means = observations.mean(dim=0)
    changes = torch.zeros(len(means))
    for column in actor.linears[0].weight.abs().sum(dim=0).nonzero().flatten():
        blind = observations.clone()
        blind[:, column] = means[column]
        changes[column] = 2 * divergence(actor, actor.outputs(blind), wanted, scale)
    return changes


def _policy_change(units: torch.Tensor, change: torch.Tensor) -> torch.Tensor:
    deviation = units - units.mean(dim=0)
    return (deviation.square() * change.square().sum(dim=1)).mean(dim=0)


def _slope(actor: MlpView, activations: torch.Tensor) -> torch.Tensor:
    """Return the derivative of the activation function, from its value: ReLU or tanh."""
    if isinstance(actor.activation, torch.nn.ReLU):
        return (activations > 0).to(activations.dtype)
    return 1.0 - activations.square()


class RunningImportance:
    """Importance as a running mean over measurements, so that one odd rollout removes nothing."""

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
