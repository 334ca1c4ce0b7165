# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the policy node publishes about itself on /diagnostics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
import os
import threading
import time

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.clock import Clock, ClockType
from rclpy.duration import Duration
from rclpy.node import Node

from drl_prune_ros.control.command import Components, Motion
from drl_prune_ros.control.control_loop import ComponentLoop, MotionLoop
from drl_prune_ros.control.counts import Counts
from drl_prune_ros.control.envelope import SafetyOutput, SafetyState
from drl_prune_ros.control.faults import Fault
from drl_prune_ros.control.guard_counts import GuardCounts
from drl_prune_ros.nodes.common import qos
from drl_prune_ros.nodes.common.diagnostics import (
    diagnostic_array,
    diagnostic_status,
    ERROR,
    OK,
    WARN,
)

PERIOD_S = 1.0
Output = SafetyOutput[Motion] | SafetyOutput[Components]
_LEVELS = {SafetyState.DRIVING: OK, SafetyState.HOLDING: WARN}


class PolicyHealth:
    """
    Publishes one status at 1 Hz, and at once when the state changes.

    The watchdog of the node calls update, so a status comes while a callback is blocked.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._lock = threading.Lock()
        self._publisher = node.create_publisher(DiagnosticArray, '/diagnostics', qos.DIAGNOSTICS)
        node.create_timer(PERIOD_S, self._on_timer, clock=Clock(clock_type=ClockType.STEADY_TIME))
        self._loop: MotionLoop | ComponentLoop | None = None
        self._about: Mapping[str, object] = {}
        self._output: Output | None = None
        self._published = Counts()
        self._published_s = 0.0
        self._slowest_ms = 0.0
        self.engaged = False
        self._failure = ''

    def configured(self, loop: MotionLoop | ComponentLoop, about: Mapping[str, object]) -> None:
        """Report on this control loop from now on; `about` describes its policy."""
        self._loop, self._about, self._published, self._failure = loop, about, Counts(), ''

    def failed(self, reason: str) -> None:
        """Report that a transition of the node failed."""
        self._failure = reason
        self.publish()

    def engage(self, engaged: bool) -> None:
        """Record whether the vehicle is engaged, and publish it at the next tick."""
        self.engaged = engaged
        self._published_s = 0.0

    def inactive(self) -> None:
        """Record that the node is inactive."""
        self._output = None

    def answered(self, processing_ms: float) -> None:
        """Record the processing time of an answer."""
        self._slowest_ms = max(self._slowest_ms, processing_ms)

    def update(self, output: Output) -> None:
        """Record the output of the last tick; publish a change of state at once."""
        before, self._output = self._output, output
        if before is None or (output.state, output.fault) != (before.state, before.fault):
            log = self._node.get_logger()
            if output.state in (SafetyState.COMFORTABLE_STOP, SafetyState.EMERGENCY_STOP):
                text = f'{output.state.value}: {output.fault.value}: {output.reason}'
                if output.fault is Fault.REQUESTED:
                    log.warning(text)
                else:
                    log.error(text)
            elif output.state is SafetyState.DRIVING:
                log.info('driving')
            self.publish()
        elif time.monotonic() - self._published_s >= PERIOD_S:
            self.publish()

    def last(self) -> None:
        """Publish a last status and wait until it is acknowledged."""
        self.publish()
        self._publisher.wait_for_all_acked(Duration(seconds=qos.ACKNOWLEDGE_S))

    def publish(self) -> None:
        """Publish the status as it is now."""
        with self._lock:
            counts = self._loop.counts if self._loop else Counts()
            guard = self._loop.guard_counts if self._loop else GuardCounts()
            level, message = self._level(counts)
            output = self._output
            values = {
                **self._about, 'state': output.state.value if output else 'inactive',
                'fault': output.fault.value if output else 'none',
                'road frame': self._loop.road_frame if self._loop else 'no road',
                'engaged': self.engaged, 'commands': counts.commands,
                'processing time max (ms)': self._slowest_ms, 'late commands': counts.late,
                'refused inputs': counts.refused, 'inputs out of order': counts.unordered,
                'guarded commands': guard.guarded, 'guard interventions': guard.interventions}
            self._publisher.publish(diagnostic_array(
                self._node.get_clock().now().to_msg(),
                diagnostic_status(
                    level, f'{self._node.get_name()}: control', message, os.uname().nodename,
                    values)))
            self._published = replace(counts)
            self._published_s = time.monotonic()
            self._slowest_ms = 0.0

    def _on_timer(self) -> None:
        if time.monotonic() - self._published_s >= PERIOD_S / 2:
            self.publish()

    def _level(self, counts: Counts) -> tuple[bytes, str]:
        if self._failure:
            return ERROR, self._failure
        if self._loop is None or self._output is None:
            return WARN, 'not active'
        output = self._output
        if output.state is SafetyState.WAITING and output.fault is Fault.NONE:
            return OK, output.reason   # it was reset just now
        if output.state is not SafetyState.DRIVING:
            return _LEVELS.get(output.state, ERROR), output.reason
        if self._loop.braking:
            return WARN, self._loop.braking
        if counts.late > self._published.late:
            return WARN, (
                f'{counts.late - self._published.late} commands were late: processing times up to '
                f'{self._slowest_ms:.0f} ms')
        if counts.refused > self._published.refused:
            return WARN, f'refused an input: {self._loop.fault_reason(time.monotonic_ns())[1]}'
        return OK, 'driving' if self.engaged else 'driving in shadow: not engaged'
