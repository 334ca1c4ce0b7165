# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The diagnostic statuses of the monitor: values, and levels by the node's thresholds."""

from __future__ import annotations

from collections.abc import Mapping
import os
from typing import Any

from diagnostic_msgs.msg import DiagnosticStatus

from drl_prune_ros.monitoring.histogram import Summary
from drl_prune_ros.monitoring.process_usage import ProcessSampler
from drl_prune_ros.monitoring.system_health import SystemHealth
from drl_prune_ros.monitoring.topic_statistics import Figures
from drl_prune_ros.nodes.common.diagnostics import diagnostic_status, ERROR, level_of, OK, WARN
from drl_prune_ros.nodes.monitor_node.parameters import THRESHOLDS

# (level, reason) of everything that is not as it should be.
Findings = list[tuple[bytes, str]]


class MonitorHealth:
    """
    Makes the diagnostic statuses.

    values    the node's parameters
    period_s  between two statuses
    prefix    what their names begin with: the name of the node, with its namespace
    """

    def __init__(
        self, values: Mapping[str, Any], period_s: float, prefix: str = 'monitor',
    ) -> None:
        self._prefix = prefix
        self._limits = {name: (values[f'{name}_warn'], values[f'{name}_error'])
                        for name in THRESHOLDS}
        self._period_s = period_s

    def latency(
        self, total: Figures, window: Figures | None, commands: int,
        misses: int,
    ) -> DiagnosticStatus:
        """
        Return the status of the latency.

        total and window are what TopicStatistics gave: since the start, and the last window that
        was closed, if any. commands and misses are those of the last period.
        """
        findings: Findings = []
        if misses:
            level = max(WARN, self._level('late', misses / max(commands, misses)))
            findings.append((level, f'{misses} of {commands} commands were late'))
        elif not commands:
            findings.append((WARN, f'no command for {self._period_s:g} s'))
        values: dict[str, object] = _times('', total['latency_ms'])
        if window is not None:
            values.update(_times('window ', window['latency_ms']))
            p99_ms = window['latency_ms']['p99']
            if p99_ms is not None:
                findings.append((self._level('latency', p99_ms * 1e-3),
                                 f'p99 of the latency is {p99_ms:.1f} ms'))
            values.update(_times('window compute ', window['compute_ms']))
            values.update(_times('window jitter ', window['jitter_ms']))
            values['window commands (Hz)'] = window['commands_hz']
        values.update({
            'deadline misses': total['deadline_misses'], 'commands': total['commands'],
            'commands in shadow': total['shadow_commands'], 'dropped inputs': total['dropped']})
        return _status(f'{self._prefix}: latency', findings, 'in time', values)

    def process(
        self, label: str, sampler: ProcessSampler | None, fault_reason: str,
        own: ProcessSampler | None = None,
    ) -> DiagnosticStatus:
        """
        Return the status of a process; `own`, the monitor's usage, is shown beside it.

        fault_reason says why it cannot be sampled, '' where it can.
        """
        findings: Findings = []
        values: dict[str, object] = {}
        has_thresholds = label == 'policy'
        if fault_reason:
            findings.append((ERROR if has_thresholds else WARN, fault_reason))
        elif sampler is not None and sampler.latest is not None:
            usage = sampler.latest
            values.update(_usage(label, sampler))
            values.update({
                f'{label} PSS max (MB)': sampler.pss_mb_max,
                f'{label} PSS growth (MB/h)': sampler.growth, f'{label} threads': usage.threads,
                f'{label} preempted': usage.preempted})
            if has_thresholds:
                for name, value, text in (
                    ('pss', usage.pss_mb, 'it holds {:.1f} MB'),
                    ('pss_growth', sampler.growth, 'it grows by {:.1f} MB an hour'),
                    ('cpu', usage.cpu_percent, 'it takes {:.0f} % of a core'),
                ):
                    if value is not None:
                        findings.append((self._level(name, value), text.format(value)))
        if own is not None:
            values.update(_usage('monitor', own))
        return _status(f'{self._prefix}: {label} process', findings, 'running', values)

    def computer(self, health: SystemHealth) -> DiagnosticStatus:
        """Return the status of the computer."""
        findings: Findings = []
        if health.temperature_c is not None:
            findings.append((self._level('temperature', health.temperature_c),
                             f'the processor is at {health.temperature_c:.0f} degrees Celsius'))
        if health.throttled:
            findings.append((WARN, 'heat or power holds the processor back'))
        values = {
            'temperature (degrees Celsius)': health.temperature_c,
            'frequency (MHz)': health.frequency_mhz, 'held back': health.throttled,
            'times held back': health.throttles}
        fine = 'fine' if any(value is not None for value in values.values()) else (
            'nothing is known of its processor')
        return _status(f'{self._prefix}: computer', findings, fine, values)

    def _level(self, name: str, value: float) -> bytes:
        return level_of(value, *self._limits[name])


def _status(
    name: str, findings: Findings, fine: str, values: Mapping[str, object],
) -> DiagnosticStatus:
    bad = [(level, text) for level, text in findings if level != OK]
    return diagnostic_status(
        max((level for level, _ in bad), default=OK), name,
        ', '.join(text for _, text in bad) or fine, os.uname().nodename,
        {key: value for key, value in values.items() if value is not None})


def _usage(label: str, sampler: ProcessSampler) -> dict[str, object]:
    usage = sampler.latest
    if usage is None:
        return {}
    return {f'{label} RSS (MB)': usage.rss_mb, f'{label} PSS (MB)': usage.pss_mb,
            f'{label} CPU (%)': usage.cpu_percent}


def _times(prefix: str, summary: Summary) -> dict[str, object]:
    return {f'{prefix}{name} (ms)': value for name, value in summary.items() if name != 'count'}
