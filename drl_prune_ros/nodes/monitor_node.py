# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The monitor: what driving with a policy costs, in latency, memory and processor time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
import os
import socket
import time
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import TwistStamped
from nav_msgs.msg import Odometry
import psutil
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import TimeReference

from drl_prune_ros.nodes import qos
from drl_prune_ros.nodes.diagnostics import (
    diagnostic_array,
    diagnostic_status,
    ERROR,
    OK,
    WARN,
)
from drl_prune_ros.nodes.latency import LatencyWatch
from drl_prune_ros.nodes.messages import stamp_to_ns
from drl_prune_ros.nodes.parameters import declare, Parameter
from drl_prune_ros.nodes.process import main_of, spin
from drl_prune_ros.nodes.process_usage import find_processes, ProcessWatch, Usage
from drl_prune_ros.nodes.receipt import raw_stamp_ns, receipt_ns
from drl_prune_ros.nodes.report_file import ReportFile

PERIOD_S = 1.0
MONITOR_PARAMETERS = (
    Parameter(
        'policy_pid', 0, 'Process id of the policy node; 0 looks for policy_process.',
        low=0, high=2**31 - 1),
    Parameter(
        'policy_process', 'policy_node', 'Name of the executable or module to look for.'),
    Parameter(
        'deadline', 0.2, 'Latency, s, above which a command is late: the control period.',
        low=0.001, high=10.0),
    Parameter('report', '', 'Where to write a JSON report at exit; nowhere when empty.'),
)


class MonitorNode(Node):
    """Watches one policy node from outside."""

    def __init__(self) -> None:
        super().__init__('monitor')
        values = declare(self, MONITOR_PARAMETERS)
        self._report = ReportFile(values['report'])
        self._name = values['policy_process']
        self._deadline_s = values['deadline']
        self._latency = LatencyWatch(self._deadline_s)
        self._own = ProcessWatch(os.getpid())
        self._policy: ProcessWatch | None = None
        if values['policy_pid']:
            self._watch(values['policy_pid'])
        self._wanted_pid = values['policy_pid']
        self._reported = (0, 0)
        self._publisher = self.create_publisher(
            DiagnosticArray, '/diagnostics', qos.DIAGNOSTICS)
        self.create_timer(PERIOD_S, self._on_timer, clock=Clock(clock_type=ClockType.STEADY_TIME))
        # Deep enough for a burst while this process sleeps. Odometry last: whoever sees that the
        # monitor takes it may rely on all the rest being there.
        reliable = QoSProfile(depth=100, reliability=ReliabilityPolicy.RELIABLE)
        sensor = QoSProfile(depth=100, reliability=ReliabilityPolicy.BEST_EFFORT)
        self.create_subscription(
            TwistStamped, '~/input/command', self._on_command, reliable, raw=True)
        self.create_subscription(
            TimeReference, '~/input/answered', self._on_answered, reliable)
        self.create_subscription(
            Odometry, '~/input/odometry', self._on_odometry, sensor, raw=True)
        self._started_ns = time.monotonic_ns()

    def run(self, spin_once: Callable[[], None]) -> None:
        """Watch until a signal arrives."""
        spin(spin_once)

    def finish(self) -> None:
        """Write the report."""
        if self._policy is not None:
            self._policy.look()
        self._own.look()
        self._report.write({
            'duration_s': (time.monotonic_ns() - self._started_ns) * 1e-9,
            'latency_ms': self._latency.summary(),
            'latencies_ms': list(self._latency.samples_ms),
            'deadline_ms': self._deadline_s * 1e3,
            'deadline_misses': self._latency.deadline_misses,
            'commands': self._latency.commands,
            'answers': self._latency.answers,
            'policy': _usage(self._policy),
            'monitor': _usage(self._own),
        })

    def _on_odometry(self, data: bytes, info: Mapping[str, int]) -> None:
        self._latency.odometry(raw_stamp_ns(data), receipt_ns(info))

    def _on_command(self, data: bytes, info: Mapping[str, int]) -> None:
        self._latency.command(raw_stamp_ns(data), receipt_ns(info))

    def _on_answered(self, message: TimeReference) -> None:
        self._latency.answered(
            stamp_to_ns(message.header.stamp), stamp_to_ns(message.time_ref))

    def _watch(self, pid: int) -> None:
        try:
            self._policy = ProcessWatch(pid)
        except psutil.NoSuchProcess:
            self.get_logger().error(f'there is no process {pid} to watch')

    def _on_timer(self) -> None:
        self._publisher.publish(diagnostic_array(
            self.get_clock().now().to_msg(), self._latency_status(), self._process_status()))

    def _latency_status(self) -> DiagnosticStatus:
        commands, misses = self._latency.commands, self._latency.deadline_misses
        new_commands, new_misses = commands - self._reported[0], misses - self._reported[1]
        self._reported = commands, misses
        level, message = OK, 'in time'
        if new_misses:
            level, message = WARN, f'{new_misses} of {new_commands} commands were late'
        elif not new_commands:
            level, message = WARN, f'no command for {PERIOD_S:g} s'
        values = {f'{name} (ms)': value for name, value in self._latency.summary().items()
                  if name != 'count' and value is not None}
        return diagnostic_status(
            level, 'monitor: latency', message, socket.gethostname(),
            {**values, 'deadline misses': misses, 'commands': commands})

    def _process_status(self) -> DiagnosticStatus:
        level, message, values = OK, 'running', {}
        usage = self._policy.look() if self._policy is not None else None
        if usage is None and not self._wanted_pid:
            usage = self._find()
        own = self._own.look()
        if self._policy is None:
            level, message = ERROR, f'no process called {self._name} to watch'
        elif usage is None:
            level, message = ERROR, f'the policy process {self._policy.pid} is gone'
        for who, found in (('policy', usage), ('monitor', own)):
            if found is not None:
                values.update({
                    f'{who} RSS (MB)': found.rss_mb, f'{who} PSS (MB)': found.pss_mb,
                    f'{who} CPU (%)': found.cpu_percent})
        return diagnostic_status(
            level, 'monitor: policy process', message, socket.gethostname(), values)

    def _find(self) -> Usage | None:
        found = find_processes(self._name)
        if len(found) > 1:
            self.get_logger().warning(
                f'{len(found)} processes are called {self._name}: give policy_pid',
                throttle_duration_sec=10.0)
        if len(found) != 1:
            return None
        self._watch(found[0])
        return self._policy.look() if self._policy is not None else None


def _usage(watch: ProcessWatch | None) -> dict[str, Any]:
    """Return the latest look at a process, as JSON values."""
    if watch is None or watch.latest is None:
        return {'pid': watch.pid if watch else None}
    return {'pid': watch.pid, **asdict(watch.latest), 'pss_mb_max': watch.pss_mb_max}


def main() -> None:
    """Run the node as a process."""
    main_of('monitor', MonitorNode)


if __name__ == '__main__':
    main()
