# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""At most one set of inputs per control period, however fast the sensors are."""

from __future__ import annotations

TOLERANCE = 0.5   # control periods; sensors jitter, and the grid keeps the mean


class RateLimiter:
    """
    Takes one event per control period, on a time grid that begins with the first.

    period_s  control period, seconds
    """

    def __init__(self, period_s: float) -> None:
        self._period_ns = round(period_s * 1e9)
        self.reset()

    def reset(self) -> None:
        """Begin the grid anew."""
        self._due_ns: int | None = None

    def take(self, now_ns: int) -> bool:
        """Return whether what came at now_ns is to be answered; of any clock that runs."""
        tolerance = TOLERANCE * self._period_ns
        if self._due_ns is None or not (
                -2 * self._period_ns <= now_ns - self._due_ns <= self._period_ns):
            self._due_ns = now_ns   # the first, after a pause, or the clock was set
        if now_ns < self._due_ns - tolerance:
            return False
        self._due_ns += self._period_ns
        return True
