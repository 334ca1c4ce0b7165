# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Levels follow the thresholds; what is worst is what the status says."""

import os

from diagnostic_msgs.msg import DiagnosticStatus
import pytest

from drl_prune_ros.monitoring.process_usage import ProcessSampler
from drl_prune_ros.monitoring.system_health import SystemHealth
from drl_prune_ros.monitoring.topic_statistics import TopicStatistics
from drl_prune_ros.nodes.common.diagnostics import level_of
from drl_prune_ros.nodes.monitor_node.diagnostics import MonitorHealth
from drl_prune_ros.nodes.monitor_node.parameters import MONITOR_PARAMETERS

OK, WARN, ERROR = DiagnosticStatus.OK, DiagnosticStatus.WARN, DiagnosticStatus.ERROR
MS = 1_000_000


def health(**changed):
    values = {parameter.name: parameter.default for parameter in MONITOR_PARAMETERS}
    assert changed.keys() <= values.keys()
    return MonitorHealth({**values, **changed}, 1.0)


def statistics(latency_ms):
    statistics = TopicStatistics(0.2, 0)
    statistics.latency.odometry(1, 0)
    statistics.command(1, latency_ms * MS)
    statistics.latency.answered(1, 1)
    return statistics.total(1000 * MS), statistics.turn(1000 * MS)


@pytest.mark.parametrize(('value', 'warn', 'error', 'level'), [
    (5.0, 0.0, 0.0, OK), (5.0, 5.0, 9.0, OK), (5.1, 5.0, 9.0, WARN), (9.1, 5.0, 9.0, ERROR),
    (9.1, 0.0, 9.0, ERROR), (None, 5.0, 9.0, OK)])
def test_a_level_is_that_of_the_threshold_that_is_passed(value, warn, error, level):
    assert level_of(value, warn, error) == level


@pytest.mark.parametrize(('commands', 'misses', 'level', 'said'), [
    (20, 0, OK, 'in time'), (20, 1, WARN, '1 of 20 commands were late'),
    (20, 11, ERROR, '11 of 20'), (0, 0, WARN, 'no command for 1 s')])
def test_late_commands(commands, misses, level, said):
    status = health().latency(*statistics(3), commands, misses)
    assert status.level == level
    assert said in status.message


def test_the_latency_of_a_window_has_thresholds():
    total, window = statistics(30)
    limits = {'latency_warn': 0.02, 'latency_error': 0.05}
    assert health().latency(total, window, 5, 0).level == OK
    status = health(**limits).latency(total, window, 5, 0)
    assert (status.level, status.message) == (WARN, 'p99 of the latency is 30.0 ms')
    values = {pair.key: pair.value for pair in status.values}
    assert values['window p99 (ms)'] == values['p99 (ms)'] == '30'
    assert values['window commands (Hz)'] == '1' and values['dropped inputs'] == '0'
    # Not before the first window has been closed.
    assert health(**limits).latency(total, None, 5, 0).level == OK


def test_a_process():
    sampler = ProcessSampler(os.getpid())
    sampler.sample()
    assert health().process('policy', sampler, '').level == OK
    status = health(pss_warn=1.0).process('policy', sampler, '')
    assert status.level == WARN and 'it holds' in status.message
    status = health(pss_warn=1.0, pss_error=2.0).process('policy', sampler, '')
    assert status.level == ERROR
    keys = {pair.key for pair in status.values}
    assert {'policy PSS (MB)', 'policy PSS max (MB)', 'policy threads', 'policy preempted'} <= keys
    # The thresholds are for the policy; a process that it does not need is no ERROR.
    assert health(pss_error=2.0).process('rviz2', sampler, '').level == OK
    assert health().process('rviz2', None, 'no process called rviz2 to watch').level == WARN
    status = health().process('policy', None, 'the policy process 5 is gone')
    assert (status.level, status.message) == (ERROR, 'the policy process 5 is gone')


@pytest.mark.parametrize(('system_health', 'level', 'said'), [
    (SystemHealth(None, None, None, None), OK, 'nothing is known'),
    (SystemHealth(60.0, 2000.0, False, 0), OK, 'fine'),
    (SystemHealth(86.0, None, None, None), WARN, 'at 86 degrees'),
    (SystemHealth(96.0, None, True, 2), ERROR, 'at 96 degrees Celsius, heat or power holds'),
    (SystemHealth(None, None, True, None), WARN, 'holds the processor back')])
def test_the_computer(system_health, level, said):
    status = health().computer(system_health)
    assert status.level == level
    assert said in status.message
