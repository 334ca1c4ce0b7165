# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How long a command took to answer its odometry, on one steady clock."""

from __future__ import annotations

from collections import deque, OrderedDict

import numpy as np

PENDING = 512         # messages that may wait for their counterparts
SAMPLES = 100_000     # latencies kept for the percentiles, newest last


class LatencyWatch:
    """
    Pairs the receipt of odometry with the receipt of the command that answers it.

    Command, its answered-stamp message and the odometry may be seen in any order. A stamp that
    comes again counts once.

    deadline_s  a command that takes longer misses it
    """

    def __init__(self, deadline_s: float) -> None:
        self._deadline_ms = deadline_s * 1e3
        self._odometry: OrderedDict[int, int] = OrderedDict()
        self._commands: OrderedDict[int, int] = OrderedDict()
        self._answers: OrderedDict[int, int] = OrderedDict()
        self._replies: OrderedDict[int, int] = OrderedDict()
        self._done: OrderedDict[int, int] = OrderedDict()
        self.samples_ms: deque[float] = deque(maxlen=SAMPLES)
        self.commands = 0   # all of them
        self.answers = 0    # those that answer odometry, once for each stamp
        self.deadline_misses = 0

    def odometry(self, stamp_ns: int, now_ns: int) -> None:
        """Take odometry received at now_ns."""
        if stamp_ns not in self._done:
            _keep_first(self._odometry, stamp_ns, now_ns)
            self._match(stamp_ns)

    def command(self, stamp_ns: int, now_ns: int) -> None:
        """Take a command received at now_ns."""
        self.commands += 1
        _keep_first(self._commands, stamp_ns, now_ns)
        self._reply(stamp_ns)

    def answered(self, command_stamp_ns: int, odometry_stamp_ns: int) -> None:
        """Take note which odometry a command answers."""
        _keep_first(self._answers, command_stamp_ns, odometry_stamp_ns)
        self._reply(command_stamp_ns)

    def summary(self) -> dict[str, float | int | None]:
        """Return count, mean, p50, p90, p99 and max in milliseconds; None where no sample is."""
        names = ('mean', 'p50', 'p90', 'p99', 'max')
        if not self.samples_ms:
            return {'count': 0, **dict.fromkeys(names)}
        samples = np.array(self.samples_ms)
        values = (samples.mean(), *np.percentile(samples, (50, 90, 99)), samples.max())
        return {
            'count': len(samples), **dict(zip(names, map(float, values), strict=True))}

    def _reply(self, command_stamp_ns: int) -> None:
        if command_stamp_ns in self._commands and command_stamp_ns in self._answers:
            received_ns = self._commands.pop(command_stamp_ns)
            stamp_ns = self._answers.pop(command_stamp_ns)
            if stamp_ns not in self._done:
                self.answers += stamp_ns not in self._replies
                _keep_first(self._replies, stamp_ns, received_ns)
                self._match(stamp_ns)

    def _match(self, stamp_ns: int) -> None:
        if stamp_ns not in self._odometry or stamp_ns not in self._replies:
            return
        received_ns = self._replies.pop(stamp_ns)
        latency_ms = (received_ns - self._odometry.pop(stamp_ns)) * 1e-6
        _keep_first(self._done, stamp_ns, received_ns)
        self.samples_ms.append(latency_ms)
        if latency_ms > self._deadline_ms:
            self.deadline_misses += 1


def _keep_first(entries: OrderedDict[int, int], key: int, value: int) -> None:
    entries.setdefault(key, value)
    if len(entries) > PENDING:
        entries.popitem(last=False)
