# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the demo shows while it works: its stages, the time left, and what pruning decides."""

from collections.abc import Mapping, Sequence
import time
from typing import Any

from drl_prune_ros.training.outcome import RunOutcome
from drl_prune_ros.training.run_folder import RunFolder


class Stages:
    """
    Headings of the stages, each with the time that the whole will still take.

    :param stages: (title, seconds on two idle cores) of each, in order.
    """

    def __init__(self, stages: Sequence[tuple[str, float]]) -> None:
        self.stages = stages
        self.begun = 0
        self.started = time.monotonic()

    def begin(self) -> None:
        """Print the heading of the next stage."""
        title, _ = self.stages[self.begun]
        left = remaining([seconds for _, seconds in self.stages], self.begun,
                         time.monotonic() - self.started)
        self.begun += 1
        print(f'\n{self.begun}/{len(self.stages)}  {title}  ({clock(left)} left in all)',
              flush=True)


def remaining(expected: Sequence[float], done: int, elapsed: float) -> float:
    """Return the seconds that are left when `done` stages took `elapsed` seconds."""
    behind = sum(expected[:done])
    return sum(expected[done:]) * (elapsed / behind if behind else 1.0)


def clock(seconds: float) -> str:
    """Return a time as minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f'{minutes}:{rest:02d}'


class NarratedRun(RunFolder):
    """A run folder that prints a line for what is decided about the size of the policy."""

    def log(self, **figures: Any) -> None:
        """Append one line of figures to metrics.jsonl, and print what it decides."""
        super().log(**figures)
        if line := decision(figures):
            print(line, flush=True)


def decision(figures: Mapping[str, Any]) -> str | None:
    """Return a line for people where `figures` are of a pruning decision or a confirmation."""
    if 'budget' in figures:
        return (f'  step {figures["step"]:>9,}   skill {figures["skill"]:6.3f}   crashes '
                f'{figures["crash_rate"]:6.2%}   {figures["decision"]:>9}   '
                f'{figures["weights"]:>6,} weights')
    if 'confirmed_return' in figures:
        return (f'  on held-out episodes, {figures["weights"]:,} weights of step '
                f'{figures["step"]:,}: return {figures["confirmed_return"]:.2f}, crashes '
                f'{figures["confirmed_crash_rate"]:.2%}')
    return None


def choice(outcome: RunOutcome) -> str:
    """Return a line for people about the candidate that a run ended with."""
    limits = 'within' if outcome.acceptable else 'outside'
    return f'  chosen: step {outcome.steps:,}, {limits} the limits'
