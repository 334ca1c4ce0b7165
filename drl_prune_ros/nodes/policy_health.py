# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the policy node says of itself on /diagnostics."""

from __future__ import annotations

from collections.abc import Mapping
import socket
import time

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.clock import Clock, ClockType
from rclpy.node import Node

from drl_prune_ros.control.safe_stop import SafeStopOutput, SafetyState
from drl_prune_ros.nodes import qos
from drl_prune_ros.nodes.control_loop import ControlLoop
from drl_prune_ros.nodes.diagnostics import (
    diagnostic_array,
    diagnostic_status,
    ERROR,
    OK,
    WARN,
)

PERIOD_S = 1.0
_LEVELS = {SafetyState.DRIVING: OK, SafetyState.HOLDING: WARN}


class PolicyHealth:
    """Publishes one status at 1 Hz, and at once when the state changes."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._publisher = node.create_publisher(DiagnosticArray, '/diagnostics', qos.DIAGNOSTICS)
        node.create_timer(
            PERIOD_S, self._publish, clock=Clock(clock_type=ClockType.STEADY_TIME))
        self._loop: ControlLoop | None = None
        self._about: Mapping[str, object] = {}
        self._output: SafeStopOutput | None = None
        self._commands = 0
        self._refused = 0
        self._slowest_ms = 0.0

    def configured(self, loop: ControlLoop, about: Mapping[str, object]) -> None:
        """Report on this control loop from now on; about says what it drives with."""
        self._loop, self._about = loop, about

    def inactive(self) -> None:
        """Note that nothing is driven with for now."""
        self._output = None

    def answered(self, processing_ms: float) -> None:
        """Count a command that answered inputs."""
        self._commands += 1
        self._slowest_ms = max(self._slowest_ms, processing_ms)

    def looked(self, output: SafeStopOutput) -> None:
        """Take what the steady timer found."""
        before, self._output = self._output, output
        if before is None or output.state is not before.state:
            log = self._node.get_logger()
            if output.state is SafetyState.STOPPING:
                log.error(f'stopping the vehicle: {output.reason}')
            elif output.state is SafetyState.DRIVING:
                log.info('driving')
            self._publish()

    def _publish(self) -> None:
        level, message = self._judge()
        values = {
            **self._about, 'state': self._output.state.value if self._output else 'inactive',
            'commands': self._commands, 'processing time max (ms)': self._slowest_ms,
            'refused inputs': self._loop.refused if self._loop else 0}
        self._publisher.publish(diagnostic_array(
            self._node.get_clock().now().to_msg(),
            diagnostic_status(
                level, f'{self._node.get_name()}: control', message, socket.gethostname(),
                values)))
        self._refused = self._loop.refused if self._loop else 0
        self._slowest_ms = 0.0

    def _judge(self) -> tuple[bytes, str]:
        if self._loop is None or self._output is None:
            return WARN, 'not active'
        if self._output.state is not SafetyState.DRIVING:
            return _LEVELS.get(self._output.state, ERROR), self._output.reason
        if self._loop.refused > self._refused:
            return WARN, f'refused an input: {self._loop.trouble(time.monotonic_ns())}'
        return OK, 'driving'
