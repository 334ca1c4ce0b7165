# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the monitor makes of the messages that it hears, by window and since the start."""

from __future__ import annotations

import math
from typing import Any

from drl_prune_ros.monitoring.histogram import Windowed
from drl_prune_ros.monitoring.latency import LatencyTracker

COUNTERS = ('commands', 'shadow_commands', 'answers', 'deadline_misses', 'dropped')


class TopicStatistics:
    """
    Latency, computing time, jitter, rate, deadline misses and dropped inputs of one policy node.

    Times are of a steady clock, nanoseconds. Jitter is how much longer or shorter one interval
    between commands is than the one before, which needs no idea of what it should be.

    deadline_s  a command that takes longer misses it
    start_ns    now
    """

    def __init__(self, deadline_s: float, start_ns: int) -> None:
        self.latency = LatencyTracker(deadline_s)
        self.compute_ms = Windowed()
        self.jitter_ms = Windowed()
        self._start_ns = self._window_ns = start_ns
        self._before = dict.fromkeys(COUNTERS, 0)
        self._last_ns: int | None = None
        self._interval_ns: int | None = None

    def command(self, stamp_ns: int, now_ns: int, shadow: bool = False) -> None:
        """Take a command received at now_ns; in shadow nobody is driven by it."""
        self.latency.command(stamp_ns, now_ns, shadow)
        if self._last_ns is not None:
            interval_ns = now_ns - self._last_ns
            if self._interval_ns is not None:
                self.jitter_ms.add(abs(interval_ns - self._interval_ns) * 1e-6)
            self._interval_ns = interval_ns
        self._last_ns = now_ns

    def processing_time(self, processing_ms: float) -> None:
        """Take how long the node says that an answer took it."""
        if math.isfinite(processing_ms):
            self.compute_ms.add(processing_ms)

    def total(self, now_ns: int) -> dict[str, Any]:
        """Return everything since the start, as JSON values."""
        return _figures(
            (now_ns - self._start_ns) * 1e-9, self._counts(),
            self.latency.latency_ms.total.summary(), self.compute_ms.total.summary(),
            self.jitter_ms.total.summary())

    def turn(self, now_ns: int) -> dict[str, Any]:
        """Close the window, return what `total` says of it alone, and open the next one."""
        counts = self._counts()
        new = {name: counts[name] - self._before[name] for name in COUNTERS}
        seconds = (now_ns - self._window_ns) * 1e-9
        self._before, self._window_ns = counts, now_ns
        return _figures(seconds, new, self.latency.latency_ms.turn(), self.compute_ms.turn(),
                        self.jitter_ms.turn())

    def _counts(self) -> dict[str, int]:
        return {name: getattr(self.latency, name) for name in COUNTERS}


def _figures(
    seconds: float, counts: dict[str, int], latency: dict[str, Any], compute: dict[str, Any],
    jitter: dict[str, Any],
) -> dict[str, Any]:
    return {
        'seconds': seconds, **counts, 'commands_hz': counts['commands'] / max(seconds, 1e-9),
        'latency_ms': latency, 'compute_ms': compute, 'jitter_ms': jitter}
