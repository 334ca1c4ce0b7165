# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The growth rate of a value: a least-squares line, in constant memory."""


class Trend:
    """
    The least-squares slope of values over time.

    Means and products are updated value by value (Welford), so that large times lose no digits.
    """

    def __init__(self) -> None:
        self.count = 0
        self._time = self._value = 0.0   # means
        self._time_time = self._time_value = 0.0   # sums of products of deviations

    def add(self, time: float, value: float) -> None:
        """Take a value at a time."""
        self.count += 1
        before = time - self._time
        self._time += before / self.count
        self._value += (value - self._value) / self.count
        self._time_time += before * (time - self._time)
        self._time_value += before * (value - self._value)

    @property
    def slope(self) -> float | None:
        """Return the growth a unit of time; None before two times were seen."""
        return self._time_value / self._time_time if self._time_time > 0.0 else None
