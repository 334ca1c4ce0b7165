# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Quantiles of a stream in constant memory: a histogram with buckets of one relative width.

It is what HdrHistogram does (hdrhistogram.org). Of the libraries, hdrhistogram cannot be installed
beside colcon, which excludes the setuptools that it asks for, and no distribution packages one for
Python, while the vehicle side is to need nothing from pip.
"""

from __future__ import annotations

from array import array
import math
from typing import TypedDict

import numpy as np

RATIO = 1.01      # of a bucket's ends: a quantile is known to half a percent
LOWEST = 1e-3     # what is smaller counts as this
HIGHEST = 1e6     # what is larger counts as this, but for the maximum
_STEP = math.log(RATIO)
_BUCKETS = math.ceil(math.log(HIGHEST / LOWEST) / _STEP) + 1
NAMES = ('mean', 'p50', 'p90', 'p99', 'max')


class Summary(TypedDict):
    """Count, mean, quantiles and maximum of some values; None where there are none."""

    count: int
    mean: float | None
    p50: float | None
    p90: float | None
    p99: float | None
    max: float | None


class Histogram:
    """Values between LOWEST and HIGHEST, in whatever unit, as counts."""

    def __init__(self) -> None:
        self._counts = array('q', bytes(8 * _BUCKETS))
        self.clear()

    def clear(self) -> None:
        """Forget all values."""
        # In place, so that memory neither grows nor is taken anew.
        np.frombuffer(self._counts, np.int64)[:] = 0
        self.count = 0
        self._sum = 0.0
        self._least, self._most = math.inf, -math.inf

    def add(self, value: float) -> None:
        """Take a finite value."""
        bucket = 0
        if value > LOWEST:
            bucket = min(int(math.log(value / LOWEST) / _STEP), _BUCKETS - 1)
        self._counts[bucket] += 1
        self.count += 1
        self._sum += value
        self._least = min(self._least, value)
        self._most = max(self._most, value)

    def quantile(self, share: float) -> float:
        """Return the smallest value that `share` of the values, 0 to 1, do not exceed."""
        rank = max(1, math.ceil(share * self.count))
        reached = np.cumsum(np.frombuffer(self._counts, np.int64))
        return self._value(int(np.searchsorted(reached, rank)))

    def summary(self) -> Summary:
        """Return count, mean, p50, p90, p99 and max; None where no value is."""
        if not self.count:
            return Summary(count=0, mean=None, p50=None, p90=None, p99=None, max=None)
        p50, p90, p99 = (self.quantile(share) for share in (0.5, 0.9, 0.99))
        return Summary(
            count=self.count, mean=self._sum / self.count, p50=p50, p90=p90, p99=p99,
            max=self._most)

    def buckets(self) -> list[tuple[float, int]]:
        """Return (value, count) of every bucket that holds any, smallest first."""
        return [(self._value(bucket), count)
                for bucket, count in enumerate(self._counts) if count]

    def _value(self, bucket: int) -> float:
        """Return the middle of a bucket, within what was seen."""
        middle = LOWEST * math.exp((bucket + 0.5) * _STEP)
        return min(max(middle, self._least), self._most)


class Windowed:
    """Values since the start, and those of the window that is open."""

    def __init__(self) -> None:
        self.total = Histogram()
        self.window = Histogram()

    def add(self, value: float) -> None:
        """Take a finite value."""
        self.total.add(value)
        self.window.add(value)

    def turn(self) -> Summary:
        """Close the window, return its summary and open the next one."""
        summary = self.window.summary()
        self.window.clear()
        return summary
