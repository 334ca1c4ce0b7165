# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How learning rate and entropy bonus fall over a run."""

from dataclasses import dataclass


@dataclass
class FallingRate:
    """
    A rate that falls from `start` to 0 along two straight lines, and stays at 0.

    :param knee: (part of the run, share of `start`) where the first line meets the second.
    """

    start: float
    knee: tuple[float, float] = (0.0, 1.0)

    def __call__(self, progress_remaining: float) -> float:
        """Return the rate when `progress_remaining` (1 to 0, or below) of the run lies ahead."""
        part, share = self.knee
        progress = 1.0 - progress_remaining
        if progress < part:
            return self.start * (1.0 - (1.0 - share) * progress / part)
        # The last rollout overshoots the end of the run: a negative rate would climb the loss.
        return self.start * share * max(0.0, progress_remaining) / (1.0 - part)
