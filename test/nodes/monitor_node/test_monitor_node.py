# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The monitor as a process, beside messages that are made here."""

import csv
import itertools
import json
import os
import subprocess
import sys

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import TwistStamped
from nav_msgs.msg import Odometry
import pytest
from sensor_msgs.msg import JointState, TimeReference
from std_msgs.msg import Float64

from drl_prune_ros.control.command import Motion
from drl_prune_ros.nodes.conversions.messages import answered_message
from drl_prune_ros.nodes.conversions.outputs import twist
from drl_prune_ros.nodes.conversions.stamps import ns_to_stamp

TOPICS = ('odometry', 'command', 'answered')
WORKSHOP = {'torch', 'stable_baselines3', 'gymnasium', 'highway_env', 'matplotlib', 'onnx',
            'onnxruntime', 'envpool'}


@pytest.fixture
def victim():
    """Start a process to be watched."""
    process = subprocess.Popen(
        [sys.executable, '-c', 'import sys; sys.stdin.read()'], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


@pytest.fixture(scope='module')
def peer(graph):
    return graph.peer()


def statuses(diagnostics, name):
    return [status for message in diagnostics for status in message.status if status.name == name]


def answer(stamp, odometry, command, answered):
    """Publish odometry of a stamp, a command, and that the one answers the other."""
    message = Odometry()
    message.header.stamp = ns_to_stamp(stamp)
    odometry.publish(message)
    sent = TwistStamped()
    twist.fill(sent, Motion(1.0, 0.0, 0.0, 0.0), ns_to_stamp(10**9 + stamp), 'base_link')
    command.publish(sent)
    answered.publish(answered_message(ns_to_stamp(10**9 + stamp), stamp))


def test_what_is_commanded_in_shadow_counts_too(graph, peer, victim):
    monitor = graph.start('monitor', (('__node', 'onlooker'),), policy_pid=victim.pid)
    odometry, shadow, answered = (
        peer.node.create_publisher(kind, f'/onlooker/input/{name}', 100) for kind, name in (
            (Odometry, 'odometry'), (TwistStamped, 'shadow_command'), (TimeReference, 'answered')))
    diagnostics = peer.listen(DiagnosticArray, '/diagnostics', 10)
    stamps = itertools.count(1)

    def answers():
        answer(next(stamps), odometry, shadow, answered)
        for status in statuses(diagnostics, 'onlooker: latency'):
            values = {pair.key: pair.value for pair in status.values}
            if status.level == DiagnosticStatus.OK and values['p50 (ms)'] != 'None':
                return values['commands'] == values['commands in shadow'] != '0'
        return False
    peer.until(answers, 'a latency in shadow')
    assert monitor.end() == 0


def test_it_reports_latency_and_cost_and_that_the_policy_is_gone(
        graph, peer, tmp_path, victim, imports):
    report, table = tmp_path / 'report.json', tmp_path / 'windows.csv'
    monitor = graph.start(
        'monitor', python=('-X', 'importtime'), report=str(report), policy_pid=victim.pid,
        deadline=10.0, csv=str(table), window=1.0, processes='no_such_node')
    kinds = (Odometry, TwistStamped, TimeReference)
    odometry, command, answered = (
        peer.node.create_publisher(kind, f'/monitor/input/{name}', 100)
        for kind, name in zip(kinds, TOPICS, strict=True))
    processing = peer.node.create_publisher(Float64, '/monitor/input/processing_time', 100)
    diagnostics = peer.listen(DiagnosticArray, '/diagnostics', 10)
    peer.until(lambda: all(
        publisher.get_subscription_count()
        for publisher in (odometry, command, answered, processing)),
        'the monitor')
    stamp = 0

    def statistics():
        nonlocal stamp
        stamp += 1
        answer(stamp, odometry, command, answered)
        processing.publish(Float64(data=0.25))
        return any(
            status.level == DiagnosticStatus.OK and int(
                {pair.key: pair.value for pair in status.values}['commands']) >= 30
            for status in statuses(diagnostics, 'monitor: latency'))
    peer.until(statistics, 'a status of the latency')
    peer.until(lambda: any(
        status.level == DiagnosticStatus.OK and {'policy PSS (MB)', 'monitor RSS (MB)'} <= {
            pair.key for pair in status.values}
        for status in statuses(diagnostics, 'monitor: policy process')), 'what it costs')

    assert any(
        status.level == DiagnosticStatus.WARN
        and 'no process called no_such_node' in status.message
        for status in statuses(diagnostics, 'monitor: no_such_node process'))
    assert statuses(diagnostics, 'monitor: computer')

    victim.kill()
    os.waitid(os.P_PID, victim.pid, os.WEXITED | os.WNOWAIT)
    peer.until(lambda: any(
        status.level == DiagnosticStatus.ERROR
        and f'the policy process {victim.pid} is gone' in status.message
        for status in statuses(diagnostics, 'monitor: policy process')), 'that it is gone')

    assert not report.exists()
    assert monitor.end() == 0
    found = json.loads(report.read_text())
    assert found['version'] == 1
    # What was published before the two ends knew each other is not seen by anybody.
    assert stamp - 10 <= found['commands'] <= stamp
    counted = sum(count for _, count in found['latency_counts'])
    assert found['latency_ms']['count'] == counted >= 20
    assert found['compute_ms']['p50'] == found['compute_ms']['max'] == 0.25
    assert found['jitter_ms']['count'] == found['commands'] - 2
    assert found['commands_hz'] > 0 and found['dropped'] == 0
    assert found['processes'] == {'no_such_node': {'pid': None}}
    assert found['computer'].keys() == {
        'temperature_c', 'frequency_mhz', 'throttled', 'throttles'}
    assert found['latency_ms']['p50'] <= found['latency_ms']['p99'] <= found['latency_ms']['max']
    assert found['deadline_misses'] == 0
    assert found['policy']['pid'] == victim.pid
    for who in ('policy', 'monitor'):
        assert 0 < found[who]['pss_mb'] <= found[who]['rss_mb']
        assert found[who]['threads'] >= 1 and found[who]['preempted'] >= 0
    rows = list(csv.DictReader(table.open()))
    assert sum(int(row['commands']) for row in rows) == found['commands']
    assert float(rows[-1]['time_s']) == pytest.approx(found['duration_s'], abs=1e-5)
    assert all(row['monitor_rss_mb'] for row in rows)
    assert imports(monitor) >= {'rclpy', 'psutil', 'drl_prune_ros'}
    assert not imports(monitor) & WORKSHOP


def test_a_report_that_exists_is_kept(graph, tmp_path):
    report = tmp_path / 'report.json'
    report.write_text('precious')
    monitor = graph.start('monitor', report=str(report))
    assert monitor.wait() == 1
    assert len(monitor.errors) == 1
    assert 'exists and is kept' in monitor.errors[0]
    assert 'Traceback' not in monitor.log
    assert report.read_text() == 'precious'


def test_it_reads_commands_of_the_type_that_the_policy_node_publishes(
        no_vehicle_messages, graph, peer):
    wrong = graph.start('monitor', (('__node', 'unavailable'),), output_type='ackermann')
    graph.start('monitor', (('__node', 'other'),), output_type='vector')
    command = peer.node.create_publisher(JointState, '/other/input/command', 10)
    diagnostics = peer.listen(DiagnosticArray, '/diagnostics', 10)

    def counted():
        command.publish(JointState())
        return any(
            {pair.key: pair.value for pair in status.values}['commands'] != '0'
            for message in diagnostics for status in message.status
            if status.name == 'other: latency')
    peer.until(counted, 'a command that is counted')
    assert wrong.wait() == 1
    assert len(wrong.errors) == 1
    assert 'sudo apt install ros-jazzy-ackermann-msgs' in wrong.errors[0]
