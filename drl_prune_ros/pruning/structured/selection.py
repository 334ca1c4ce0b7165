# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Choose the units that leave: those that matter least for each weight they free."""

import torch

from drl_prune_ros.pruning.structured.masks import Masks
from drl_prune_ros.training.networks.mlp import MlpView


def choose_units(actor: MlpView, masks: Masks, importance: list[torch.Tensor], budget: int,
                 least: int = 1) -> Masks:
    """
    Mask the units that matter least for each weight they free, until `budget` weights are left.

    Layers compete with each other; each keeps at least `least` units. Every removal changes what
    the others free, so the ranking is made anew after each. At most one input leaves at a time:
    inputs stand in for each other, so that two which hardly matter alone may matter together. A
    unit of infinite importance stays, also where the budget cannot be met then.
    """
    chosen = masks.copy()
    inputs = int(masks.kept[0].sum())
    while chosen.weights(actor) > budget:
        widths = chosen.widths(actor)
        best: tuple[float, int, int] | None = None
        for layer, kept in enumerate(chosen.kept):
            if widths[layer] <= (max(least, inputs - 1) if layer == 0 else least):
                continue
            freed = (widths[layer - 1] if layer else 0) + widths[layer + 1]
            scores = torch.where(kept, importance[layer], torch.inf)
            unit = int(scores.argmin())
            if torch.isposinf(scores[unit]):
                continue   # never to be taken, however little is left
            price = float(scores[unit]) / freed
            if best is None or price < best[0]:
                best = (price, layer, unit)
        if best is None:
            break
        chosen.kept[best[1]][best[2]] = False
    return chosen
