# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the time of a training run goes: rollouts, updates, and what callbacks do between them."""

import time

from drl_prune_ros.training.callbacks import BetweenUpdates


class Stopwatch:
    """
    Seconds spent in each phase of a run so far.

    `first` and `last` are callbacks that stand around all others: a learner tells them when a
    rollout starts and ends, and everything from a rollout's end to the next start is an update,
    then the callbacks between the two.
    """

    def __init__(self) -> None:
        self.seconds = {'rollout': 0.0, 'update': 0.0, 'callbacks': 0.0}
        self.first = _Mark(self, 'update')
        self.last = _Mark(self, 'callbacks')
        self._since = time.monotonic()

    def turn(self, phase: str) -> None:
        """Book the time since the last turn on `phase`."""
        now = time.monotonic()
        self.seconds[phase] += now - self._since
        self._since = now


class _Mark(BetweenUpdates):
    """Turns the stopwatch where rollouts start; the last one also where they end."""

    def __init__(self, watch: Stopwatch, ends: str) -> None:
        super().__init__()
        self.watch = watch
        self.ends = ends

    def _on_rollout_start(self) -> None:
        self.watch.turn(self.ends)

    def _on_rollout_end(self) -> None:
        if self is self.watch.last:
            self.watch.turn('rollout')
