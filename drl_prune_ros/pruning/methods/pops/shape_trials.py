# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Find the shape that learns best, of several of one size.

How many weights a sparse network has left in a layer says how many a dense one needs in all, and
little about how wide its layers should be: a sparse layer has many units of few weights, a dense
one few of many. So every shape learns for a while, from labels that are there already, and the
one whose best student comes nearest to the teacher is taken.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch

from drl_prune_ros.pruning.distillation.dataset import DistillationDataset
from drl_prune_ros.pruning.distillation.distiller import Distillation, DistillationSettings

STARTS = 3
"""Students of each shape, from first weights of their own."""
SHARE = 0.15
"""Part of a distillation's minibatches that each of them learns for."""


def nearest_shapes(dataset: DistillationDataset, shapes: Sequence[tuple[int, ...]],
                   inputs: torch.Tensor, settings: DistillationSettings,
                   ) -> dict[tuple[int, ...], float]:
    """
    Return how far the best student of each of `shapes` stays from the teacher, nearest first.

    :param shapes: hidden widths.
    :param inputs: (n,) bool, which observation values students may read.
    :param settings: of the distillation that follows.
    """
    short = replace(settings, restarts=STARTS, rounds=1,
                    minibatches=max(1, round(SHARE * settings.minibatches)))
    divergences = {}
    for hidden in shapes:
        distillation = Distillation(dataset, hidden, None, 0, short, inputs)
        divergences[hidden] = min(distillation.turn()[1] for _ in range(STARTS))
    return dict(sorted(divergences.items(), key=lambda one: one[1]))
