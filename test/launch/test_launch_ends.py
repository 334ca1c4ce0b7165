# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""drive.launch.py in processes of its own; needs launch, which is not on PyPI."""

from collections.abc import Iterator
from contextlib import contextmanager
import os
from pathlib import Path
import re
import signal
import subprocess
import sys
import time

import pytest

pytest.importorskip('launch_ros', reason='launch_ros comes with an installation of ROS 2')

import rclpy
from rclpy.context import Context
from rclpy.node import Node

from drl_prune_ros.benchmark.ros_domain import own_ros_domain

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys
from launch import LaunchDescription, LaunchService
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
path, *words = sys.argv[1:]
service = LaunchService(noninteractive=True)
service.include_launch_description(LaunchDescription([IncludeLaunchDescription(
    PythonLaunchDescriptionSource(path), launch_arguments=[w.split(':=') for w in words])]))
sys.exit(service.run())
"""
WAIT_S = 60.0


@pytest.fixture(scope='module')
def domain() -> Iterator[int]:
    """Hold a ROS domain for the tests of this file."""
    with own_ros_domain() as domain:
        yield domain


@contextmanager
def launched(domain: int, log: Path, *words: str) -> Iterator[subprocess.Popen]:
    """Run `ros2 launch drl_prune_ros drive.launch.py` with these words."""
    with log.open('w') as output:
        process = subprocess.Popen(
            [sys.executable, '-c', PROGRAM, str(ROOT / 'launch/drive.launch.py'), *words],
            env=os.environ | {'ROS_DOMAIN_ID': str(domain)}, stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(WAIT_S)
        finally:
            process.kill()


def wait_for(log: Path, pattern: str) -> re.Match[str]:
    give_up = time.monotonic() + WAIT_S
    while not (found := re.search(pattern, log.read_text())):
        assert time.monotonic() < give_up, log.read_text()
        time.sleep(0.02)
    return found


def pid_of(log: Path, name: str) -> int:
    return int(wait_for(log, rf'\[{name}-\d\]: process started with pid \[(\d+)\]')[1])


@pytest.mark.parametrize('name', ['policy_node', 'monitor_node'])
def test_where_one_node_is_killed_all_end_in_an_error(
        name: str, domain: int, tmp_path: Path) -> None:
    log = tmp_path / 'log'
    with launched(domain, log, 'output_type:=twist') as launch:
        pids = {each: pid_of(log, each) for each in ('policy_node', 'monitor_node')}
        wait_for(log, r'control every')
        os.kill(pids[name], signal.SIGKILL)
        assert launch.wait(WAIT_S) == 1
    assert f'{name}-' in wait_for(log, r'\S+ ended by signal 9')[0]
    assert not [pid for pid in pids.values() if Path(f'/proc/{pid}').exists()]


def test_a_node_that_cannot_start_ends_the_launch(domain: int, tmp_path: Path) -> None:
    log = tmp_path / 'log'
    with launched(
            domain, log, 'output_type:=twist', 'vehicle_profile:=/nowhere.yaml') as launch:
        assert launch.wait(WAIT_S) == 1
    wait_for(log, r'policy_node-\d ended with exit code 1')


@pytest.mark.parametrize(('words', 'says'), [
    (('output_type:=twisted',), r"'twist', 'ackermann', 'autoware', 'vector'"),
    (('output_type:=twist', 'policy_params:=/nowhere.yaml'), r'there is no file /nowhere.yaml'),
    ((), r'output_type'),
])
def test_words_that_cannot_be_used_start_nothing(
        words: tuple[str, ...], says: str, domain: int, tmp_path: Path) -> None:
    log = tmp_path / 'log'
    with launched(domain, log, *words) as launch:
        assert launch.wait(WAIT_S) == 1
    wait_for(log, says)
    assert 'process started' not in log.read_text()


def test_sigint_ends_all_of_it_well(domain: int, tmp_path: Path) -> None:
    log = tmp_path / 'log'
    with launched(domain, log, 'output_type:=twist', 'log_level:=warn') as launch:
        pids = [pid_of(log, each) for each in ('policy_node', 'monitor_node')]
        with graph_of(domain) as node:
            wait_for_topic(node, '/policy/output/model')
        launch.send_signal(signal.SIGINT)
        assert launch.wait(WAIT_S) == 0
    assert not [pid for pid in pids if Path(f'/proc/{pid}').exists()]
    assert 'control every' not in log.read_text()   # which is INFO


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGKILL])
def test_nodes_do_not_outlive_launch(
        number: signal.Signals, domain: int, tmp_path: Path) -> None:
    log = tmp_path / 'log'
    with launched(domain, log, 'output_type:=twist') as launch:
        pids = [pid_of(log, each) for each in ('policy_node', 'monitor_node')]
        wait_for(log, r'control every')
        launch.send_signal(number)
        assert launch.wait(WAIT_S) != 0
        give_up = time.monotonic() + WAIT_S
        while any(Path(f'/proc/{pid}').exists() for pid in pids):
            assert time.monotonic() < give_up
            time.sleep(0.02)


def test_two_vehicles_share_no_topic(domain: int, tmp_path: Path) -> None:
    """All that both have are the topics that every node of ROS 2 has in common."""
    logs = tmp_path / 'one', tmp_path / 'two'
    with (launched(domain, logs[0], 'output_type:=twist', 'namespace:=one'),
          launched(domain, logs[1], 'output_type:=twist', 'namespace:=two'),
          graph_of(domain) as node):
        expected = {
            f'/{name}/{topic}' for name in ('one', 'two') for topic in (
                'odometry', 'objects', 'road', 'path', 'command', 'policy/debug/command')}
        topics: set[str] = set()
        give_up = time.monotonic() + WAIT_S
        while not expected <= topics:
            assert time.monotonic() < give_up, expected - topics
            time.sleep(0.02)
            topics = {name for name, _ in node.get_topic_names_and_types()}
    assert {name for name in topics if not name.startswith(('/one/', '/two/'))} == {
        '/diagnostics', '/parameter_events', '/rosout'}


@contextmanager
def graph_of(domain: int) -> Iterator[Node]:
    """Join the graph of ROS as a node that says nothing."""
    context = Context()
    rclpy.init(context=context, domain_id=domain)
    node = Node('onlooker', context=context, enable_rosout=False, start_parameter_services=False)
    yield node
    node.destroy_node()
    context.shutdown()


def wait_for_topic(node: Node, topic: str) -> None:
    give_up = time.monotonic() + WAIT_S
    while not node.get_publishers_info_by_topic(topic):
        assert time.monotonic() < give_up, topic
        time.sleep(0.02)
