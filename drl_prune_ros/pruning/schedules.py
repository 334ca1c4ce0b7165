# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
How much has been pruned at which part of a run.

The cubic ramp of Zhu and Gupta, 'To prune, or not to prune' (2017): with s the part of the weights
that is gone,

    s(t) = s_final (1 - (1 - (t - start) / (end - start))^3)
"""

from drl_prune_ros.errors import DrlPruneError

RAMP = (0.2, 0.75)
"""Part of a run from scratch in which weights leave, as is usual."""
TEACHER_RAMP = (0.0, 0.75)
"""The same from a teacher, whose training was the dense phase: it starts at once."""


def cubic(progress: float, ramp: tuple[float, float]) -> float:
    """Return s(t) / s_final at `progress` (0 to 1) of the run."""
    start, end = ramp
    return 1.0 - (1.0 - min(1.0, max(0.0, (progress - start) / (end - start)))) ** 3


def check_ramp(ramp: tuple[float, float]) -> None:
    """Raise DrlPruneError if `ramp` is no (start, end) with 0 <= start < end <= 1."""
    start, end = ramp
    if not 0 <= start < end <= 1:
        raise DrlPruneError(f'the ramp must lie in 0 to 1, got {start} to {end}')
