# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Neuron-importance group-sparse regularizer, as a proximal step.

    penalty = lambda * sum_j (1 - I_j) * sqrt(|W_in,j| |W_out,j|)

with I_j in [0, 1] the importance of hidden unit j among its layer. A ReLU unit can shrink what it
reads and grow what reads it without changing the policy; the geometric mean of the two norms is
blind to that. The soft threshold reaches exact zeros, and its step has a size of its own: tied to
the learning rate it would fade when the rate falls to 0.
"""

import torch

from drl_prune_ros.training.networks.mlp import MlpView


def relative_importance(importance: torch.Tensor) -> torch.Tensor:
    """Return I_j in [0, 1]: the rank of a unit in its layer, 1 for the most important."""
    if len(importance) < 2:
        return torch.ones_like(importance)
    return importance.argsort().argsort().to(importance.dtype) / (len(importance) - 1)


@torch.no_grad()
def shrink_unimportant(actor: MlpView, importance: list[torch.Tensor], strength: float) -> None:
    """
    Do one proximal step on every hidden unit.

    :param importance: one tensor (width,) per layer, the observation first; it is not shrunk.
    :param strength: how much of the mean group norm the least important unit loses.
    """
    for layer in range(1, len(actor.linears)):
        makes, readers = actor.linears[layer - 1], actor.readers(layer)
        read = torch.stack([reader.weight.norm(dim=0) for reader in readers]).norm(dim=0)
        norm = (makes.weight.norm(dim=1) * read).sqrt()
        step = strength * norm.mean() * (1.0 - relative_importance(importance[layer]))
        factor = (1.0 - step / norm.clamp(min=1e-12)).clamp(min=0.0)
        makes.weight.mul_(factor[:, None])
        makes.bias.mul_(factor)
        for reader in readers:
            reader.weight.mul_(factor)
