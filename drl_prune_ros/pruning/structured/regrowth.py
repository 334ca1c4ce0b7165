# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Masked units may come back until surgery deletes them.

When skill is lost after a cut, the half of the cut units that mattered most regrow: each reads
again what it read before the cut, and nothing reads it yet, so that the policy does not change in
that instant (as grown connections start at zero in RigL, Evci et al. 2020). Training and
distillation then find a use for it.
"""

from typing import Any

import torch

from drl_prune_ros.pruning.structured.masks import Masks
from drl_prune_ros.training.networks.mlp import MlpView


class RegrowthBuffer:
    """What the units of the last cut read before it, and how much they mattered."""

    def __init__(self) -> None:
        self.kept: list[torch.Tensor] = []
        self.importance: list[torch.Tensor] = []
        self.rows: list[tuple[torch.Tensor, torch.Tensor]] = []

    def before_cut(self, actor: MlpView, masks: Masks, importance: list[torch.Tensor]) -> None:
        """Remember the network as it stands."""
        self.kept = masks.copy().kept
        self.importance = [mean.clone() for mean in importance]
        self.rows = [(linear.weight.detach().clone(), linear.bias.detach().clone())
                     for linear in actor.linears[:-1]]

    def forget(self) -> None:
        """Surgery has come: what was masked is gone."""
        self.kept, self.importance, self.rows = [], [], []

    @torch.no_grad()
    def regrow(self, actor: MlpView, masks: Masks) -> Masks:
        """Bring back half of the hidden units that the last cut masked, the better half."""
        grown = masks.copy()
        for layer in range(1, len(self.kept)):
            cut = (self.kept[layer] & ~masks.kept[layer]).nonzero().flatten()
            order = self.importance[layer][cut].argsort(descending=True)
            back = cut[order[:(len(cut) + 1) // 2]]
            weight, bias = self.rows[layer - 1]
            makes = actor.linears[layer - 1]
            # What is not read any more stays out: the masks of the layer before hold.
            makes.weight[back] = weight[back] * masks.kept[layer - 1]
            makes.bias[back] = bias[back]
            grown.kept[layer][back] = True
        return grown

    def state(self) -> dict[str, Any]:
        """Return what a resume needs."""
        return {'kept': self.kept, 'importance': self.importance, 'rows': self.rows}

    def set_state(self, state: dict[str, Any]) -> None:
        """Resume from `state`."""
        self.kept, self.importance, self.rows = (
            state['kept'], state['importance'], state['rows'])
