# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""At most one set of inputs per control period, however fast the sensors are."""

from __future__ import annotations

SMOOTHING = 8   # events over which the interval between them is averaged


class RateLimiter:
    """
    Takes one event per control period, on a time grid that begins with the first.

    That is the event nearest to each time of the grid, which keeps the mean. The next one is
    expected after the mean interval of the latest, so that jitter makes it take no other.

    period_s  control period, seconds
    """

    def __init__(self, period_s: float) -> None:
        self._period_ns = round(period_s * 1e9)
        self.reset()

    def reset(self) -> None:
        """Begin the grid anew."""
        self._due_ns: int | None = None
        self._latest_ns: int | None = None
        self._interval_ns = float(self._period_ns)

    def take(self, now_ns: int) -> bool:
        """Return whether what came at now_ns is to be answered; of any clock that runs."""
        expected_ns = min(self._expected(now_ns), self._period_ns)
        if self._due_ns is None or not (
                -2 * self._period_ns <= now_ns - self._due_ns <= self._period_ns):
            self._due_ns = now_ns   # the first, after a pause, or the clock was set
        if now_ns < self._due_ns - expected_ns / 2:
            return False
        self._due_ns += self._period_ns
        return True

    def _expected(self, now_ns: int) -> float:
        """Return in how many nanoseconds the next event is expected."""
        latest_ns, self._latest_ns = self._latest_ns, now_ns
        if latest_ns is not None and 0 < now_ns - latest_ns < 2 * self._period_ns:
            self._interval_ns += (now_ns - latest_ns - self._interval_ns) / SMOOTHING
        return self._interval_ns
