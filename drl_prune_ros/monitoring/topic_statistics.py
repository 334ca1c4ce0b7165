# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Statistics of the topics of a policy node, by window and since the start."""

from __future__ import annotations

import math
from typing import TypedDict

from drl_prune_ros.monitoring.histogram import Summary, Windowed
from drl_prune_ros.monitoring.latency import LatencyTracker

COUNTERS = ('commands', 'shadow_commands', 'answers', 'deadline_misses', 'dropped')


class Figures(TypedDict):
    """
    The statistics of a window, or since the start; JSON values.

    seconds      length of the window
    counters     see LatencyTracker
    commands_hz  commands per second
    latency_ms, compute_ms, jitter_ms  see TopicStatistics; milliseconds
    """

    seconds: float
    commands: int
    shadow_commands: int
    answers: int
    deadline_misses: int
    dropped: int
    commands_hz: float
    latency_ms: Summary
    compute_ms: Summary
    jitter_ms: Summary


class TopicStatistics:
    """
    Latency, processing time, jitter, rate, deadline misses and dropped inputs of a policy node.

    Times are of a steady clock, nanoseconds. Jitter is the absolute difference of two successive
    intervals between commands, so that no nominal interval has to be known.

    deadline_s  latency above which a command misses its deadline
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
        """Take a command received at now_ns; in shadow it does not reach the vehicle."""
        self.latency.command(stamp_ns, now_ns, shadow)
        if self._last_ns is not None:
            interval_ns = now_ns - self._last_ns
            if self._interval_ns is not None:
                self.jitter_ms.add(abs(interval_ns - self._interval_ns) * 1e-6)
            self._interval_ns = interval_ns
        self._last_ns = now_ns

    def processing_time(self, processing_ms: float) -> None:
        """Take the processing time of an answer, as the node publishes it."""
        if math.isfinite(processing_ms):
            self.compute_ms.add(processing_ms)

    def total(self, now_ns: int) -> Figures:
        """Return everything since the start, as JSON values."""
        return _figures(
            (now_ns - self._start_ns) * 1e-9, self._counts(),
            self.latency.latency_ms.total.summary(), self.compute_ms.total.summary(),
            self.jitter_ms.total.summary())

    def turn(self, now_ns: int) -> Figures:
        """Close the window, return its figures, as `total` does, and open the next one."""
        counts = self._counts()
        new = {name: counts[name] - self._before[name] for name in COUNTERS}
        seconds = (now_ns - self._window_ns) * 1e-9
        self._before, self._window_ns = counts, now_ns
        return _figures(seconds, new, self.latency.latency_ms.turn(), self.compute_ms.turn(),
                        self.jitter_ms.turn())

    def _counts(self) -> dict[str, int]:
        return {name: getattr(self.latency, name) for name in COUNTERS}


def _figures(
    seconds: float, counts: dict[str, int], latency: Summary, compute: Summary, jitter: Summary,
) -> Figures:
    return Figures(
        seconds=seconds, commands=counts['commands'], shadow_commands=counts['shadow_commands'],
        answers=counts['answers'], deadline_misses=counts['deadline_misses'],
        dropped=counts['dropped'], commands_hz=counts['commands'] / max(seconds, 1e-9),
        latency_ms=latency, compute_ms=compute, jitter_ms=jitter)
