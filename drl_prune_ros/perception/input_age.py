# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The age of inputs: their stamps against the clock of the node."""

from __future__ import annotations

from collections.abc import Callable

from drl_prune_ros.perception.scene import Contradiction


class InputAge:
    """
    Refuses what is too old, or stamped in the future, and remembers how old the others were.

    now_ns     returns the time of the clock that stamps are made by, nanoseconds; 0 where none
               is known, as with use_sim_time before the first /clock
    max_age_s  seconds to either side; 0 for no limit, as recordings and lock-step need it
    """

    def __init__(self, now_ns: Callable[[], int], max_age_s: float) -> None:
        self._now_ns = now_ns
        self._limit_ns = round(max_age_s * 1e9)
        self._taken = 0
        self._sum_ns = 0
        self._most_ns = 0

    def check(self, name: str, stamp_ns: int) -> None:
        """Raise Contradiction for an input, by its name and stamp, that is not of now."""
        now_ns = self._now_ns()
        if now_ns <= 0:
            raise Contradiction(
                'use_sim_time is true, but no /clock arrives: publish /clock, or set '
                'use_sim_time to false')
        age_ns = now_ns - stamp_ns
        limit_ns = self._limit_ns
        if not limit_ns:
            return
        if not -limit_ns <= age_ns <= limit_ns:
            when = 'old' if age_ns > 0 else 'in the future'
            raise Contradiction(
                f"{name} is {abs(age_ns) * 1e-9:.2f} s {when} by this node's clock, beyond "
                f'max_input_age, {limit_ns * 1e-9:g} s: synchronize the clocks, stamp what is '
                'measured when it is, or set max_input_age to 0 for a recording')
        self._taken += 1
        self._sum_ns += age_ns
        if age_ns > self._most_ns:
            self._most_ns = age_ns

    def take(self) -> dict[str, float]:
        """Return mean and maximum age since the last call, ms; nothing without any input."""
        taken, summed, most = self._taken, self._sum_ns, self._most_ns
        self._taken = self._sum_ns = self._most_ns = 0
        if not taken:
            return {}
        return {'input age mean (ms)': summed * 1e-6 / taken, 'input age max (ms)': most * 1e-6}
