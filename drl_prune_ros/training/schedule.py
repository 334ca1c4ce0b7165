# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How learning rate and entropy bonus fall over a run."""

from dataclasses import dataclass, replace
from typing import Any, Self


@dataclass(frozen=True)
class LearningRateSchedule:
    """
    A rate that falls from `start` to 0 along two straight lines, and stays at 0.

    A run is given one with a `start` relative to its settings, which `scaled` then multiplies by
    the learning rate or the entropy bonus.
    """

    start: float = 1.0
    """Rate at the start of the run."""
    breakpoint: float = 0.0
    """Fraction of the run, 0 to less than 1, after which the second line begins."""
    slow_rate: float = 1.0
    """Rate at the breakpoint, as a fraction of `start`."""

    def scaled(self, rate: float) -> Self:
        """Return the schedule whose start is `rate` times this one's."""
        return replace(self, start=self.start * rate)

    def __call__(self, progress_remaining: float) -> float:
        """Return the rate when `progress_remaining` (1 to 0, or below) of the run lies ahead."""
        progress = 1.0 - progress_remaining
        if progress < self.breakpoint:
            return self.start * (1.0 - (1.0 - self.slow_rate) * progress / self.breakpoint)
        # The last rollout overshoots the end of the run: a negative rate would climb the loss.
        return self.start * self.slow_rate * max(0.0, progress_remaining) / (1.0 - self.breakpoint)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore a pickled schedule, also one of a run of version 1 or 2."""
        if 'knee' in state:
            state['breakpoint'], state['slow_rate'] = state.pop('knee')
        self.__dict__.update(state)


LINEAR = LearningRateSchedule()
"""Falls from the learner's own rate to 0 along one line."""

FallingRate = LearningRateSchedule
"""The name by which checkpoints of runs of version 1 and 2 pickled it."""
