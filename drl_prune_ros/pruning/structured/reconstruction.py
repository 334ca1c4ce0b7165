# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Reconstruct a network after a cut: the remaining units take over what the masked ones did.

First in closed form: the mean of a removed unit folds into the next bias, and the next layer is
fitted by least squares to what it computed before the cut. Then distillation brings the policy
back to the teacher's.
"""

import torch

from drl_prune_ros.pruning.divergence import divergence, variances
from drl_prune_ros.pruning.structured.masks import Masks
from drl_prune_ros.training.networks.mlp import MlpView

RIDGE = 1e-3
CHECK_EVERY = 50


@torch.no_grad()
def reconstruct(actor: MlpView, masks: Masks, observations: torch.Tensor) -> None:
    """
    Apply `masks` and fit every layer that reads a masked unit, from the observation up.

    Least squares with a bias contains the folding of means: where the remaining units explain
    nothing of a removed one, its mean is all that is left. Ridge keeps the weights near the old.

    :param observations: recent states (batch, inputs).
    """
    reads, _ = actor.activations(observations)
    values = observations
    for layer, read in enumerate(reads):
        kept = masks.kept[layer]
        for linear in actor.readers(layer):
            if not kept.all():
                _least_squares(linear, values, kept, linear(read))
        if layer < len(reads) - 1:
            linear, alive = actor.linears[layer], masks.kept[layer + 1]
            linear.weight.mul_(alive[:, None])
            linear.bias.mul_(alive)
            values = actor.activation(linear(values))


def _least_squares(linear: torch.nn.Linear, values: torch.Tensor, kept: torch.Tensor,
           wanted: torch.Tensor) -> None:
    """Fit the kept columns of `linear` to `wanted` (batch, out), near where they are."""
    design = values[:, kept].double()
    left = wanted.double() - design @ linear.weight[:, kept].double().T
    mean, center = design.mean(dim=0), left.mean(dim=0)
    design = design - mean
    gram = design.T @ design / len(design)
    ridge = RIDGE * gram.diagonal().mean().clamp(min=1e-12)
    gram.diagonal().add_(ridge)
    change = torch.linalg.solve(gram, design.T @ (left - center) / len(design)).T
    linear.weight[:, kept] += change.to(linear.weight.dtype)
    linear.weight[:, ~kept] = 0.0
    linear.bias.copy_((center - change @ mean).to(linear.bias.dtype))


def distill_back(actor: MlpView, masks: Masks, wanted: list[torch.Tensor],
                observations: torch.Tensor, steps: int, enough: float, batch_size: int = 1024,
                learning_rate: float = 2e-3) -> float:
    """
    Bring the network back to what the teacher says.

    Minimizes the divergence on `observations` with an optimizer of its own, so that the learner's
    moments are not mixed up with it.

    :param wanted: the teacher's answers, comparable parts (batch, m).
    :param steps: minibatches at most.
    :param enough: divergence at which it stops, checked every 50 minibatches; a large network
        hardly notices a cut.
    :return: the divergence on the last minibatches.
    """
    optimizer = torch.optim.Adam(actor.parameters(), lr=learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(1, steps))
    scale = variances(wanted)
    latest, recent = float('inf'), []
    for step in range(1, steps + 1):
        index = torch.randint(len(observations), (min(batch_size, len(observations)),))
        loss = divergence(actor, actor.outputs(observations[index]),
                          [part[index] for part in wanted], scale)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        masks.apply(actor)
        recent.append(float(loss.detach()))
        if step % CHECK_EVERY == 0 or step == steps:
            latest = sum(recent) / len(recent)
            recent.clear()
            if latest < enough:
                break
    return latest
