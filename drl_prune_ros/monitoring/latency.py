# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Latency from the reception of odometry to that of the command which answers it."""

from __future__ import annotations

from collections import OrderedDict

from drl_prune_ros.monitoring.histogram import Windowed

PENDING = 512         # messages that may wait for their counterparts


class LatencyTracker:
    """
    Pairs the reception of odometry with the reception of the command that answers it.

    Command, its answered-stamp message and the odometry may be seen in any order. A stamp that
    comes again counts once. Memory is constant.

    deadline_s  a command that takes longer misses it
    """

    def __init__(self, deadline_s: float) -> None:
        self._deadline_ms = deadline_s * 1e3
        self._odometry: OrderedDict[int, int] = OrderedDict()
        self._commands: OrderedDict[int, int] = OrderedDict()
        self._answers: OrderedDict[int, int] = OrderedDict()
        self._replies: OrderedDict[int, int] = OrderedDict()
        self._done: OrderedDict[int, int] = OrderedDict()
        self.latency_ms = Windowed()
        self.commands = 0   # all of them
        self.shadow_commands = 0   # those in shadow, which do not reach the vehicle
        self.answers = 0    # those that answer odometry, once for each stamp
        self.deadline_misses = 0
        # Odometry that should have been answered, from the first on that was: where sensors are
        # faster than the control rate, most of it is not meant to be.
        self.dropped = 0
        self._overtaken = 0                     # not answered since the latest that was
        self._answered_ns: int | None = None    # when the latest that was answered arrived

    def odometry(self, stamp_ns: int, now_ns: int) -> None:
        """Take odometry received at now_ns."""
        if stamp_ns not in self._done:
            if len(self._odometry) == PENDING and stamp_ns not in self._odometry:
                self._overtaken += 1   # the oldest makes room
            _keep_first(self._odometry, stamp_ns, now_ns)
            self._match(stamp_ns)

    def command(self, stamp_ns: int, now_ns: int, shadow: bool = False) -> None:
        """Take a command received at now_ns."""
        self.commands += 1
        self.shadow_commands += shadow
        _keep_first(self._commands, stamp_ns, now_ns)
        self._reply(stamp_ns)

    def answered(self, command_stamp_ns: int, odometry_stamp_ns: int) -> None:
        """Record which odometry a command answers."""
        _keep_first(self._answers, command_stamp_ns, odometry_stamp_ns)
        self._reply(command_stamp_ns)

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
        # Commands, and what they answer, arrive in order: what came before this odometry and was
        # not answered will not be.
        while True:
            before_ns, asked_ns = self._odometry.popitem(last=False)
            if before_ns == stamp_ns:
                break
            self._overtaken += 1
        if self._answered_ns is not None:
            periods = round((asked_ns - self._answered_ns) * 1e-6 / self._deadline_ms)
            self.dropped += min(self._overtaken, max(periods - 1, 0))
        self._answered_ns, self._overtaken = asked_ns, 0
        latency_ms = (received_ns - asked_ns) * 1e-6
        _keep_first(self._done, stamp_ns, received_ns)
        self.latency_ms.add(latency_ms)
        if latency_ms > self._deadline_ms:
            self.deadline_misses += 1


def _keep_first(entries: OrderedDict[int, int], key: int, value: int) -> None:
    entries.setdefault(key, value)
    if len(entries) > PENDING:
        entries.popitem(last=False)
