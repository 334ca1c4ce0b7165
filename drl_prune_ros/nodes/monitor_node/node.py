# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The monitor: latency, memory and processor time of a policy node, and the computer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
import os
import time
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from nav_msgs.msg import Odometry
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import TimeReference
from std_msgs.msg import Float64

from drl_prune_ros.monitoring.histogram import NAMES
from drl_prune_ros.monitoring.process_usage import NamedProcess, Usage
from drl_prune_ros.monitoring.system_health import SystemHealth, SystemHealthSampler
from drl_prune_ros.monitoring.topic_statistics import COUNTERS, Figures, TopicStatistics
from drl_prune_ros.nodes.common import qos
from drl_prune_ros.nodes.common.diagnostics import diagnostic_array
from drl_prune_ros.nodes.common.given_parameters import warn_of_unused, warn_of_unused_qos
from drl_prune_ros.nodes.common.guarded_node import GuardedNode
from drl_prune_ros.nodes.common.identity import NameWatch, status_prefix
from drl_prune_ros.nodes.common.parameters import declare
from drl_prune_ros.nodes.common.process import main_of, spin, SpinOnce
from drl_prune_ros.nodes.common.report_file import ReportFile
from drl_prune_ros.nodes.conversions.cdr import raw_stamp_ns
from drl_prune_ros.nodes.conversions.outputs import load_output
from drl_prune_ros.nodes.conversions.stamps import reception_time_ns, stamp_to_ns
from drl_prune_ros.nodes.monitor_node.csv_file import CsvFile
from drl_prune_ros.nodes.monitor_node.diagnostics import MonitorHealth
from drl_prune_ros.nodes.monitor_node.parameters import MONITOR_PARAMETERS
from drl_prune_ros.nodes.monitor_node.policy_finder import PolicyFinder

PERIOD_S = 1.0
TIMES = ('latency_ms', 'compute_ms', 'jitter_ms')
USAGE = tuple(Usage.__dataclass_fields__)
SYSTEM_HEALTH = tuple(SystemHealth.__dataclass_fields__)


class MonitorNode(GuardedNode, Node):
    """Monitors one policy node from outside."""

    def __init__(self) -> None:
        super().__init__('monitor')
        values = declare(self, MONITOR_PARAMETERS)
        command = load_output(values['output_type']).message_type
        self._deadline_s = values['deadline']
        self._window_ns = round(values['window'] * 1e9)
        self._health = MonitorHealth(values, PERIOD_S, status_prefix(self))
        self._processes = [
            NamedProcess('policy', values['policy_process'], values['policy_pid']),
            NamedProcess('monitor', 'monitor_node', os.getpid()),
            *(NamedProcess(name, name) for name in dict.fromkeys(values['processes'].split())
              if name not in ('policy', 'monitor'))]
        self._finder: PolicyFinder | None = None
        if not values['policy_pid'] and not values['policy_process']:
            self._finder = PolicyFinder(
                self, ('~/input/command', '~/input/shadow_command'), self._processes[0].follow)
        self._system_health = SystemHealthSampler()
        self._report = ReportFile(values['report'])
        self._csv = CsvFile(values['csv'], _columns(self._processes))
        self._publisher = self.create_publisher(
            DiagnosticArray, '/diagnostics', qos.DIAGNOSTICS)
        self.create_timer(PERIOD_S, self._on_timer, clock=Clock(clock_type=ClockType.STEADY_TIME))
        # Deep enough for a burst while this process sleeps. Odometry last: once it is subscribed
        # to, all other subscriptions are there too.
        reliable = QoSProfile(depth=100, reliability=ReliabilityPolicy.RELIABLE)
        sensor = QoSProfile(depth=100, reliability=ReliabilityPolicy.BEST_EFFORT)
        # A policy commands on one topic at a time.
        self.create_subscription(
            command, '~/input/command', self._on_command, reliable, raw=True)
        self.create_subscription(
            command, '~/input/shadow_command', self._on_shadow_command, reliable, raw=True)
        self.create_subscription(
            TimeReference, '~/input/answered', self._on_answered, reliable)
        self.create_subscription(
            Float64, '~/input/processing_time', self._on_processing_time, reliable)
        self.create_subscription(
            Odometry, '~/input/odometry', self._on_odometry, sensor, raw=True)
        warn_of_unused(self)
        warn_of_unused_qos(self)
        NameWatch(self)
        self.guard_services()
        self._started_ns = self._opened_ns = time.monotonic_ns()
        self._statistics = TopicStatistics(self._deadline_s, self._started_ns)
        self._window: Figures | None = None
        self._reported = (0, 0)   # commands and deadline misses of the last status

    def run(self, spin_once: SpinOnce) -> None:
        """Monitor until a signal arrives."""
        spin(spin_once)

    def finish(self) -> None:
        """Write the report, and the row of the window that is open."""
        now_ns = time.monotonic_ns()
        for process in self._processes:
            process.sample(fresh=True)
        system_health = self._system_health.sample()
        total = self._statistics.total(now_ns)
        self._close_window(now_ns, system_health)
        policy, monitor, *others = self._processes
        self._report.write({
            'duration_s': total['seconds'],
            **{name: value for name, value in total.items() if name != 'seconds'},
            'latency_counts': self._statistics.latency.latency_ms.total.buckets(),
            'deadline_ms': self._deadline_s * 1e3,
            'policy': policy.summary(), 'monitor': monitor.summary(),
            'processes': {process.label: process.summary() for process in others},
            'computer': asdict(system_health),
        })

    def _on_odometry(self, data: bytes, info: Mapping[str, int]) -> None:
        self._statistics.latency.odometry(raw_stamp_ns(data), reception_time_ns(info))

    def _on_command(self, data: bytes, info: Mapping[str, int]) -> None:
        self._statistics.command(raw_stamp_ns(data), reception_time_ns(info))

    def _on_shadow_command(self, data: bytes, info: Mapping[str, int]) -> None:
        self._statistics.command(raw_stamp_ns(data), reception_time_ns(info), shadow=True)

    def _on_answered(self, message: TimeReference) -> None:
        self._statistics.latency.answered(
            stamp_to_ns(message.header.stamp), stamp_to_ns(message.time_ref))

    def _on_processing_time(self, message: Float64) -> None:
        self._statistics.processing_time(message.data)

    def _on_timer(self) -> None:
        now_ns = time.monotonic_ns()
        if self._finder is not None:
            self._finder.look()
        fault_reasons = [process.sample()[1] for process in self._processes]
        if self._finder is not None and self._finder.reason:
            fault_reasons[0] = self._finder.reason
        system_health = self._system_health.sample()
        if now_ns - self._opened_ns >= self._window_ns:
            self._close_window(now_ns, system_health)
        total = self._statistics.total(now_ns)
        before, self._reported = self._reported, (total['commands'], total['deadline_misses'])
        policy, monitor, *others = self._processes
        self._publisher.publish(diagnostic_array(
            self.get_clock().now().to_msg(),
            self._health.latency(
                total, self._window, *(now - then for now, then in zip(
                    self._reported, before, strict=True))),
            self._health.process('policy', policy.sampler, fault_reasons[0], monitor.sampler),
            *(self._health.process(process.label, process.sampler, fault_reason)
              for process, fault_reason in zip(others, fault_reasons[2:], strict=True)),
            self._health.computer(system_health)))

    def _close_window(self, now_ns: int, system_health: SystemHealth) -> None:
        self._window = self._statistics.turn(now_ns)
        self._opened_ns = now_ns
        self._csv.append(_row(
            (now_ns - self._started_ns) * 1e-9, self._window, self._processes, system_health))


def _columns(processes: list[NamedProcess]) -> tuple[str, ...]:
    return tuple(_names(processes))


def _names(processes: list[NamedProcess]) -> Iterator[str]:
    yield from ('time_s', 'seconds', *COUNTERS, 'commands_hz')
    for times in TIMES:
        yield from (f'{times}_{name}' for name in NAMES)
    for process in processes:
        yield from (f'{process.label}_{name}' for name in USAGE)
    yield from SYSTEM_HEALTH


def _row(
    time_s: float, window: Figures, processes: list[NamedProcess],
    system_health: SystemHealth,
) -> dict[str, Any]:
    """Return a window as one level of names, those of _names."""
    row: dict[str, Any] = {'time_s': time_s, **window, **asdict(system_health)}
    for times in TIMES:
        row.update({f'{times}_{name}': value for name, value in row[times].items()})
    for process in processes:
        if process.sampler is not None and process.sampler.latest is not None:
            latest = asdict(process.sampler.latest)
            row.update({f'{process.label}_{name}': value for name, value in latest.items()})
    return row


def main() -> None:
    """Run the node as a process."""
    main_of('monitor', MonitorNode)
