# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Real nodes in processes of their own, and the other side of their topics."""

from collections.abc import Callable
import os
from pathlib import Path
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import rclpy
from rclpy.client import Client
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.task import Future

from drl_prune_ros.benchmark.node_process import node_command
from drl_prune_ros.benchmark.ros_domain import own_ros_domain
from drl_prune_ros.policy.manifest import dense_widths, Manifest
from drl_prune_ros.policy.network import MlpNetwork
from drl_prune_ros.policy.policy_file import write_policy

LONG_S = 40.0   # nothing takes as long, on however busy a machine
REPEAT_CALL_S = 2.0


class NodeProcess:
    """A node that was started."""

    def __init__(self, process: subprocess.Popen, log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def log(self) -> str:
        """What it printed until now."""
        return self._log.read_text()

    @property
    def errors(self) -> list[str]:
        """Every line that it logged as an error."""
        return [line for line in self.log.splitlines() if line.startswith('[ERROR]')]

    def wait(self) -> int:
        """Wait for its end, and return its exit status."""
        return self.process.wait(LONG_S)

    def end(self, number: int = signal.SIGINT) -> int:
        """Send a signal, wait for the end, and return the exit status."""
        self.process.send_signal(number)
        return self.wait()


class Peer:
    """A node in this process, which talks to those that were started."""

    def __init__(self, domain: int, name: str) -> None:
        self._context = Context()
        rclpy.init(context=self._context, domain_id=domain)
        self.node = Node(name, context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._clients: dict[str, Client] = {}
        self._closed = False

    def close(self) -> None:
        """
        Leave the graph, once.

        First the executor gives up its wait set, then what it waited for goes, each before the
        node that it belongs to, and the node before its context.
        """
        if self._closed:
            return
        self._closed = True
        self._executor.remove_node(self.node)
        self._executor.shutdown()
        for client in self._clients.values():
            self.node.destroy_client(client)
        self._clients.clear()
        self.node.destroy_node()
        self._context.try_shutdown()

    def until(self, condition: Callable[[], object], what: str = '') -> None:
        """Spin until a condition holds; fails when it never does."""
        give_up = time.monotonic() + LONG_S
        while not condition():
            assert time.monotonic() < give_up, f'waited in vain: {what}'
            self._executor.spin_once(timeout_sec=0.02)

    def listen(self, kind: type, topic: str, qos: object) -> list:
        """Subscribe; returns the list that messages are appended to."""
        received: list = []
        self.node.create_subscription(kind, topic, received.append, qos)
        return received

    def client(self, kind: type, name: str) -> Client:
        """Return the one client of a service, when there is somebody who serves it."""
        if name not in self._clients:
            self._clients[name] = self.node.create_client(kind, name)
        self.until(self._clients[name].service_is_ready, name)
        return self._clients[name]

    def call(self, kind: type, name: str, request: object) -> object:
        """
        Call a service, and return its response.

        While the server has not found this client yet, which no client can see, requests and
        answers get lost: it asks again.
        """
        client = self.client(kind, name)
        answers: list[Future] = []
        repeat = 0.0

        def answered() -> bool:
            nonlocal repeat
            if time.monotonic() >= repeat:
                answers.append(client.call_async(request))
                repeat = time.monotonic() + REPEAT_CALL_S
            return any(answer.done() for answer in answers)
        self.until(answered, name)
        return next(answer.result() for answer in answers if answer.done())


class Graph:
    """Nodes that talk in a ROS domain of their own."""

    def __init__(self, domain: int, folder: Path) -> None:
        self._domain = domain
        self._folder = folder
        self._started: list[NodeProcess] = []
        self._peers: list[Peer] = []

    def start(
        self, node: str, topics: tuple = (), python: tuple = (), **parameters: object,
    ) -> NodeProcess:
        """Start 'policy', 'monitor' or 'simulator', with options for the interpreter."""
        executable, *arguments = node_command(node, parameters, topics)
        log = self._folder / f'{len(self._started)}.log'
        with log.open('wb') as output:
            process = subprocess.Popen(
                [executable, *python, *arguments], stdout=output, stderr=subprocess.STDOUT,
                env={**os.environ, 'ROS_DOMAIN_ID': str(self._domain), 'PYTHONUNBUFFERED': '1'})
        self._started.append(NodeProcess(process, log))
        return self._started[-1]

    def peer(self) -> Peer:
        """Join the graph."""
        self._peers.append(Peer(self._domain, f'peer_{len(self._peers)}'))
        return self._peers[-1]

    def close(self) -> None:
        """End everything."""
        for started in self._started:
            started.process.kill()
            started.process.wait()
        for peer in self._peers:
            peer.close()


@pytest.fixture(scope='module')
def graph(tmp_path_factory):
    """Give a graph to the tests of one file."""
    with own_ros_domain() as domain:
        graph = Graph(domain, tmp_path_factory.mktemp('nodes'))
        yield graph
        graph.close()


@pytest.fixture
def no_vehicle_messages(monkeypatch, tmp_path):
    """Hide the messages of Ackermann and Autoware, here and from the nodes that are started."""
    for name in ('ackermann_msgs', 'autoware_control_msgs', 'autoware_perception_msgs'):
        # A package of that name that has no messages.
        (tmp_path / 'hiding' / name).mkdir(parents=True)
        (tmp_path / 'hiding' / name / '__init__.py').touch()
        monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.setitem(sys.modules, f'{name}.msg', None)
    monkeypatch.setenv('PYTHONPATH', str(tmp_path / 'hiding'), prepend=os.pathsep)


@pytest.fixture
def imports():
    """Return a function that lists the packages that a process run with -X importtime loaded."""
    def imports(node: NodeProcess) -> set[str]:
        return {
            line.rpartition('|')[2].strip().split('.')[0]
            for line in node.log.splitlines() if line.startswith('import time:')}
    return imports


@pytest.fixture(scope='session')
def vector_policy(tmp_path_factory):
    """Write a policy for CartPole-v1, which no vehicle can serve."""
    from drl_prune_ros.tasks.catalogue import load_task

    task = load_task('CartPole-v1')
    network = MlpNetwork(
        layers=((np.ones((2, task.observation.size)), np.zeros(2)),), activation='relu',
        output='argmax')
    size = task.observation.size
    manifest = Manifest(task.id, task.observation, task.action, (size, 2), dense_widths(size, 2))
    path = tmp_path_factory.mktemp('policy') / 'vector.onnx'
    write_policy(path, network, manifest)
    return path
