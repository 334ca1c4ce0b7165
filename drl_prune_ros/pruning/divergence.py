# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
How far two outputs of a network lie from each other, whatever its learner.

Every module of this project that compares policies measures by it.

    scores   (PPO, discrete)     KL(p || q) of the action probabilities
    others                       half the mean squared difference of what decides over its variance

What decides are the actions inside their bounds (TD3, SAC), the action mean (PPO, continuous),
or the values of the actions beside each other (DQN); DQN's mean value and SAC's log-deviation are
held in the same way, since training goes on with them. It is free of the scale of rewards and
actions. To second order

    2 * divergence = E |M dz|^2

for a small change dz of the outputs, which is what importance is measured by.
"""

import torch
from torch.nn import functional

from drl_prune_ros.training.networks.mlp import MlpView, OutputKind

CONSTANT_VARIANCE = 1e-6
"""Variance up to which a part of the outputs counts as constant."""


def comparable(actor: MlpView, outputs: torch.Tensor) -> list[torch.Tensor]:
    """Split outputs (batch, k) into parts (batch, m) that are compared each on its own scale."""
    if actor.output_kind is OutputKind.SCORES:
        return [outputs.log_softmax(dim=1)]
    if actor.output_kind is OutputKind.VALUES and outputs.shape[1] > 1:
        mean = outputs.mean(dim=1, keepdim=True)
        return [outputs - mean, mean]
    actions = actor.linears[-1].out_features
    means, log_std = outputs[:, :actions], outputs[:, actions:]
    said = means.tanh() if actor.output_kind is OutputKind.SQUASHED else means
    return [said] + ([log_std] if actor.log_std else [])


def variances(parts: list[torch.Tensor]) -> list[torch.Tensor]:
    """
    Return the variance over states of each part, summed over its outputs.

    A part that does not vary is held on the scale it has, by 1: a teacher from a policy file has
    one log-deviation everywhere, and beside a variance of nothing no action would count.
    """
    said = [part.var(dim=0, unbiased=False).sum() for part in parts]
    return [torch.where(each > CONSTANT_VARIANCE, each, torch.ones_like(each)) for each in said]


def divergence(actor: MlpView, now: torch.Tensor, wanted: list[torch.Tensor],
               scale: list[torch.Tensor]) -> torch.Tensor:
    """
    Return how far the outputs `now` (batch, k) lie from the parts `wanted`.

    :param wanted: what `comparable` returned for the same states.
    :param scale: what `variances` returned, over many states.
    """
    parts = comparable(actor, now)
    if actor.output_kind is OutputKind.SCORES:
        return functional.kl_div(parts[0], wanted[0], log_target=True, reduction='batchmean')
    distances = [0.5 * (part - other).square().sum(dim=1).mean() / variance
             for part, other, variance in zip(parts, wanted, scale, strict=True)]
    return torch.stack(distances).sum()


def metric(actor: MlpView, outputs: torch.Tensor) -> torch.Tensor:
    """Return M (batch, m, k) of the quadratic form above, at outputs (batch, k)."""
    batch, width = outputs.shape
    unit = torch.eye(width, dtype=outputs.dtype)
    if actor.output_kind is OutputKind.SCORES:
        p = outputs.softmax(dim=1)
        return p.sqrt()[:, :, None] * (unit - p[:, None, :])
    scale = [variance.sqrt() for variance in variances(comparable(actor, outputs))]
    if actor.output_kind is OutputKind.VALUES and width > 1:
        mean = torch.full((1, width), 1.0 / width, dtype=outputs.dtype)
        return torch.cat([(unit - mean) / scale[0], mean / scale[1]]).expand(batch, -1, -1)
    slopes = torch.ones_like(outputs)
    actions = actor.linears[-1].out_features
    if actor.output_kind is OutputKind.SQUASHED:
        slopes[:, :actions] = 1.0 - outputs[:, :actions].tanh().square()
    slopes[:, :actions] /= scale[0]
    if actor.log_std:
        slopes[:, actions:] /= scale[1]
    return torch.diag_embed(slopes)
