# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The pairs node: sends a policy node and an echo node the same sensor data, in turn, and times both.

Each gets a set at the rate, half a period after the other, so that neither is timed while the
other still works; the order changes from pair to pair. Latency is from just before the first
message of a set is published to the arrival of the command that carries its stamp.
"""

from __future__ import annotations

from collections.abc import Mapping
import time

from geometry_msgs.msg import TwistStamped
from nav_msgs.msg import Odometry
import numpy as np
import psutil
from rclpy.node import Node
from sensor_msgs.msg import PointCloud2
from std_msgs.msg import Float64, String
from std_srvs.srv import SetBool

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.monitoring.process_usage import ProcessSampler, Usage
from drl_prune_ros.monitoring.trend import Trend
from drl_prune_ros.nodes.common import qos
from drl_prune_ros.nodes.common.parameters import declare, Parameter
from drl_prune_ros.nodes.common.process import main_of, SpinOnce
from drl_prune_ros.nodes.common.report_file import ReportFile
from drl_prune_ros.nodes.conversions.cdr import raw_stamp_ns
from drl_prune_ros.nodes.conversions.messages import ego_to_odometry
from drl_prune_ros.nodes.conversions.object_cloud import objects_to_cloud
from drl_prune_ros.nodes.conversions.stamps import reception_time_ns
from drl_prune_ros.perception.path_road import road_from_path
from drl_prune_ros.perception.scene import Ego, Objects

NAMES = ('policy', 'echo')
WARM_UP = 100          # pairs that are sent before any counts
ROAD_M = 1e6           # long enough for any number of pairs
LANE_WIDTH_M = 4.0
SPEED = 25.0           # m/s, of everybody
AHEAD_M = (-30.0, 20.0, 45.0, 60.0, 90.0, 120.0)   # where the others drive
DISCOVERY_S = 30.0
ANSWER_S = 1.0         # after which an answer counts as lost
WEIGHED = 500          # pairs between two samples of memory, for which the kernel stops a process
GROWTH_PAIRS = 10_000  # that growth is given for
FEWEST_SAMPLES = 10      # needed for a growth
PARAMETERS = (
    Parameter('pairs', 1000, 'Pairs to time.', low=1, high=1_000_000),
    Parameter('rate', 20.0, 'Pairs per second.', low=0.1, high=1000.0),
    Parameter('control_period', 0.2, 'Time between two sets, s, as their stamps have it.',
              low=0.001, high=10.0),
    Parameter('lane_count', 3, 'Lanes of the road.', low=1, high=16),
    Parameter('policy_pid', 1, 'Process of the policy node.', low=1, high=2**31 - 1),
    Parameter('echo_pid', 1, 'Process of the echo node.', low=1, high=2**31 - 1),
    Parameter('report', '', 'Where to write the JSON report.'),
)


class MeasuredNode:
    """One of the two nodes, seen from its sensors and its vehicle."""

    def __init__(self, node: Node, name: str, pid: int) -> None:
        self.name = name
        self.latencies_us: list[float | None] = []
        self._growth = Trend()
        self._process = psutil.Process(pid)
        self._odometry = node.create_publisher(
            Odometry, f'/{name}/input/odometry', qos.SENSOR_PUBLISHER)
        self._objects = node.create_publisher(
            PointCloud2, f'/{name}/input/objects', qos.SENSOR_PUBLISHER)
        self.road = node.create_publisher(String, f'/{name}/input/road', qos.LATCHED)
        node.create_subscription(
            TwistStamped, f'/{name}/output/command', self._on_command, qos.COMMAND, raw=True)
        self._asked_ns = -1
        self._answered_ns: list[int] = []

    def ready(self) -> bool:
        """Return whether it takes all that is sent."""
        return all(publisher.get_subscription_count()
                   for publisher in (self._odometry, self._objects, self.road))

    def begin(self) -> None:
        """Forget what was measured; from now on it counts."""
        self.latencies_us.clear()
        self._growth = Trend()

    def ask(self, ego: Ego, objects: Objects, spin_once: SpinOnce) -> float | None:
        """Send a set of inputs; return its latency, us, or None when the answer was lost."""
        odometry = ego_to_odometry(ego, 'map', 'base_link')
        cloud = objects_to_cloud(objects, ego.stamp_ns, 'map')
        self._asked_ns = ego.stamp_ns
        self._answered_ns.clear()
        start_ns = time.monotonic_ns()
        self._odometry.publish(odometry)
        self._objects.publish(cloud)
        while not self._answered_ns:
            left_s = ANSWER_S - (time.monotonic_ns() - start_ns) * 1e-9
            if left_s <= 0:
                return None
            spin_once(left_s)
        return (self._answered_ns[0] - start_ns) * 1e-3

    def cpu_s(self) -> float:
        """Return the processor time that its process has taken, seconds."""
        times = self._process.cpu_times()
        return times.user + times.system

    def weigh(self) -> None:
        """Sample its memory, to see how it grows with the pairs."""
        pss_mb = self._usage().pss_mb
        if pss_mb is not None:
            self._growth.add(len(self.latencies_us), pss_mb)

    def memory(self) -> dict[str, float | None]:
        """Return what its process holds now, and by how much that grew."""
        usage, slope = self._usage(), self._growth.slope
        if slope is not None:
            slope = slope * GROWTH_PAIRS if self._growth.count >= FEWEST_SAMPLES else None
        return {'pss_mb': usage.pss_mb, 'rss_mb': usage.rss_mb, 'pss_mb_per_10000': slope}

    def _usage(self) -> Usage:
        usage = ProcessSampler(self._process.pid).sample()
        assert usage is not None
        return usage

    def _on_command(self, data: bytes, info: Mapping[str, int]) -> None:
        if raw_stamp_ns(data) == self._asked_ns:
            self._answered_ns.append(reception_time_ns(info))


class PairsNode(Node):
    """Times pairs, and ends."""

    def __init__(self) -> None:
        super().__init__('pairs')
        self._values = declare(self, PARAMETERS)
        self._report = ReportFile(self._values['report'])
        self._period_s = 1 / self._values['rate']
        self._measured_nodes = [
            MeasuredNode(self, name, self._values[f'{name}_pid']) for name in NAMES]
        self._compute_us: list[float] = []
        self.create_subscription(
            Float64, '/policy/debug/processing_time_ms', self._on_processing_time, qos.DEBUG)
        self._started_ns = self.get_clock().now().nanoseconds
        self._scenes = 0
        # In shadow the policy node would publish no commands.
        self._engage = self.create_client(SetBool, '/policy/engage')

    def run(self, spin_once: SpinOnce) -> None:
        """Meet both nodes, warm them up, time the pairs and write the report."""
        road = road_from_path(
            [(0, 0), (ROAD_M, 0)], self._values['lane_count'], LANE_WIDTH_M, 0)
        for node in self._measured_nodes:
            node.road.publish(String(data=road.to_json()))
        give_up = time.monotonic() + DISCOVERY_S
        while not all(node.ready() for node in self._measured_nodes):
            _check_time(give_up, 'the nodes did not find each other')
            spin_once(0.05)
        while not self._engaged(spin_once):
            _check_time(give_up, 'the policy node was not engaged')
        while not all([node.ask(*self._scene(), spin_once) is not None
                       for node in self._measured_nodes]):
            _check_time(give_up, 'a node does not answer')
        self._pairs(WARM_UP, spin_once)
        for node in self._measured_nodes:
            node.begin()
        self._compute_us.clear()
        before = [node.cpu_s() for node in self._measured_nodes]
        start = time.monotonic()
        self._pairs(self._values['pairs'], spin_once)
        duration_s = time.monotonic() - start
        self._report.write({
            'seconds': duration_s,
            'compute_us': self._compute_us,
            **{node.name: {
                'latencies_us': node.latencies_us,
                'cpu_percent': 100 * (node.cpu_s() - cpu_s) / duration_s,
                **node.memory(),
            } for node, cpu_s in zip(self._measured_nodes, before, strict=True)},
        })

    def finish(self) -> None:
        """Do nothing: the report is written when there is one."""

    def _pairs(self, count: int, spin_once: SpinOnce) -> None:
        due = time.monotonic()
        for pair in range(count):
            order = self._measured_nodes if pair % 2 else self._measured_nodes[::-1]
            scene = self._scene()
            for node in order:
                while (left_s := due - time.monotonic()) > 0:
                    spin_once(left_s)
                node.latencies_us.append(node.ask(*scene, spin_once))
                # What is late is not made up for: that would be a burst.
                due = max(due + self._period_s / 2, time.monotonic())
            if pair % WEIGHED == 0:
                for node in order:
                    node.weigh()

    def _engaged(self, spin_once: SpinOnce) -> bool:
        """Ask the policy node to drive; the request or its answer may get lost at first."""
        future = self._engage.call_async(SetBool.Request(data=True))
        for _ in range(20):
            if not future.done():
                spin_once(0.05)
        return future.done() and future.result().success

    def _scene(self) -> tuple[Ego, Objects]:
        """
        Return the vehicle and those around it, all at one speed, a control period later.

        The policy node answers once per control period, by the stamps, however quickly they come.
        """
        self._scenes += 1
        now_ns = self._started_ns + round(self._scenes * self._values['control_period'] * 1e9)
        x = 1000.0 + SPEED * (now_ns - self._started_ns) * 1e-9
        lane = min(1, self._values['lane_count'] - 1)
        count = len(AHEAD_M)
        lanes = np.arange(count) % self._values['lane_count']
        return Ego(now_ns, x, -LANE_WIDTH_M * lane, 0.0, SPEED), Objects(
            x=x + np.array(AHEAD_M), y=-LANE_WIDTH_M * lanes, vx=np.full(count, SPEED),
            vy=np.zeros(count), yaw=np.zeros(count), length=np.full(count, 5.0),
            width=np.full(count, 2.0), id=np.arange(count))

    def _on_processing_time(self, message: Float64) -> None:
        self._compute_us.append(message.data * 1e3)


def _check_time(give_up: float, problem: str) -> None:
    if time.monotonic() > give_up:
        raise DrlPruneError(f'{problem} within {DISCOVERY_S:g} s: is this computer very busy?')


def main() -> None:
    """Run the node as a process."""
    main_of('pairs', PairsNode)


if __name__ == '__main__':
    main()
