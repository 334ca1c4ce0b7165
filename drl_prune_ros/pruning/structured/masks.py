# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Binary masks: which units of a network are still in it.

Layer 0 is the observation, layer l > 0 the l-th hidden layer. Unit j of layer l owns the row j
and bias j of the weights that make it (none for the observation) and the column j of the weights
that read it; together they are its group.
"""

import torch

from drl_prune_ros.policy.manifest import count_weights
from drl_prune_ros.training.networks.mlp import MlpView


class Masks:
    """One boolean tensor per layer, True where the unit is kept; the outputs always are."""

    def __init__(self, kept: list[torch.Tensor]) -> None:
        self.kept = kept

    @classmethod
    def all_kept(cls, actor: MlpView) -> 'Masks':
        """Keep every unit of `actor`."""
        return cls([torch.ones(width, dtype=torch.bool) for width in actor.widths[:-1]])

    def copy(self) -> 'Masks':
        """Return masks that can be changed without changing these."""
        return Masks([kept.clone() for kept in self.kept])

    def widths(self, actor: MlpView) -> tuple[int, ...]:
        """Return how many units each layer keeps, inputs first and outputs last."""
        return (*(int(kept.sum()) for kept in self.kept), actor.widths[-1])

    def weights(self, actor: MlpView) -> int:
        """Count the weights between kept units: what the network multiplies at inference."""
        widths = self.widths(actor)
        return count_weights(widths)

    @torch.no_grad()
    def apply(self, actor: MlpView) -> None:
        """Set the groups of units that are not kept to exactly zero, in `actor` and targets."""
        for network in (actor, *actor.targets):
            for layer, kept in enumerate(self.kept):
                if layer:
                    network.linears[layer - 1].weight.mul_(kept[:, None])
                    network.linears[layer - 1].bias.mul_(kept)
                for reader in network.readers(layer):
                    reader.weight.mul_(kept)
