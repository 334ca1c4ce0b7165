# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import os
import signal
import subprocess
import sys
import time

import pytest

from drl_prune_ros.benchmark.node_process import node_command, node_environment
from drl_prune_ros.benchmark.ros_domain import own_ros_domain
from drl_prune_ros.nodes.common import process


@pytest.mark.parametrize(('arguments', 'complaint'), [
    (['--params-file', 'nowhere.yaml'], 'nowhere.yaml'), (['--bogus'], '--bogus')])
def test_ros_arguments_that_cannot_be_used_are_told_without_a_traceback(arguments, complaint):
    node = subprocess.run(
        [*node_command('policy', {}, ()), *arguments], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=60)
    assert node.returncode == 1
    assert 'Traceback' not in node.stdout
    # rcl may have said something of its own before.
    last = node.stdout.splitlines()[-1]
    assert last.startswith('[ERROR]')
    assert complaint in last


@pytest.fixture
def handlers():
    """Leave this process as it was."""
    before = {number: signal.getsignal(number) for number in process.SIGNALS}
    yield
    process.end_within(0)
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_signal_that_comes_twice_at_once_is_one(handlers, monkeypatch):
    signals = process.Signals()
    for number in (signal.SIGTERM, signal.SIGHUP):
        os.kill(os.getpid(), number)
    assert (signals.first, signals.again) == (signal.SIGTERM, False)
    monkeypatch.setattr(process, 'SAME_S', 0.0)
    os.kill(os.getpid(), signal.SIGINT)
    assert (signals.first, signals.again) == (signal.SIGTERM, True)


@pytest.mark.reaction('words and ends', 'SIGHUP to a node that nohup started', 'ignored')
def test_a_node_that_nohup_started_outlives_its_terminal(handlers):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signals = process.Signals()
    os.kill(os.getpid(), signal.SIGHUP)
    assert signals.first is None


class Moving:
    """Moves until it has been asked to stop, for so many turns."""

    def __init__(self, turns):
        self.turns, self.asked = turns, ''

    def begin_stop(self, reason):
        self.asked = reason

    @property
    def moves(self):
        return self.turns > 0

    def spin(self, timeout_s):
        self.turns -= bool(self.asked)


def test_what_moves_is_stopped_and_for_so_long_alone(handlers, monkeypatch):
    signals = process.Signals()
    os.kill(os.getpid(), signal.SIGTERM)
    node = Moving(3)
    process._stop(node, signals, node.spin)
    assert (node.asked, node.turns) == ('SIGTERM', 0)
    monkeypatch.setattr(process, 'STOP_S', 0)
    node = Moving(10**9)
    began_s = time.monotonic()
    process._stop(node, signals, node.spin)
    assert node.moves
    assert time.monotonic() - began_s < 5.0
    assert signal.alarm(0) > process.END_S - 5, 'it still has to end'


STUCK = """
import sys
import threading
from rclpy.node import Node
from drl_prune_ros.nodes.common import process

class Stuck(Node):
    def run(self, spin_once):
        print('up', flush=True)
        while sys.argv[1] == 'spins':
            spin_once()

    def finish(self):
        if sys.argv[1] == 'spins':
            threading.Event().wait()

    def destroy_node(self):
        threading.Event().wait()

process.END_S = 1
process.main_of('stuck', lambda: Stuck('stuck'))
"""


@pytest.mark.parametrize(('number', 'does'), [
    (signal.SIGINT, 'spins'), (signal.SIGTERM, 'spins'), (signal.SIGHUP, 'spins'),
    (None, 'is done')])
def test_a_node_that_cannot_end_in_order_ends_all_the_same(tmp_path, number, does):
    with own_ros_domain() as domain:
        node = subprocess.Popen(
            [sys.executable, '-c', STUCK, does], stdout=subprocess.PIPE, text=True,
            env=node_environment(domain, tmp_path))
        with node:
            try:
                assert node.stdout.readline() == 'up\n'
                if number is not None:
                    node.send_signal(number)
                assert node.wait(60) == -signal.SIGALRM
            finally:
                node.kill()


LONG_VIDEO = """
import time
from drl_prune_ros.nodes.common import process
from drl_prune_ros.nodes.simulator_node import node as simulator_node

class LongVideo:
    def close(self):
        time.sleep(process.END_S + 1)
        print('written', flush=True)

class Simulator(simulator_node.SimulatorNode):
    def run(self, spin_once):
        print('up', flush=True)
        super().run(spin_once)

process.END_S = 4
simulator_node.open_video = lambda path, rate_hz: LongVideo()
process.main_of('simulator', Simulator)
"""


def test_a_video_is_written_however_long_it_takes(tmp_path):
    with own_ros_domain() as domain:
        node = subprocess.Popen(
            [sys.executable, '-c', LONG_VIDEO, '--ros-args', '-p', 'video:=long.gif'],
            stdout=subprocess.PIPE, text=True, cwd=tmp_path,
            env=node_environment(domain, tmp_path))
        with node:
            try:
                assert node.stdout.readline() == 'up\n'
                node.send_signal(signal.SIGINT)
                assert node.communicate(timeout=60)[0] == 'written\n'
                assert node.returncode == 0
            finally:
                node.kill()
