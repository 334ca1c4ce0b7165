# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The subscriptions of the policy node, and what their messages are converted to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
import time
from typing import Any, TypeVar

from nav_msgs.msg import Odometry, Path
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.subscription import Subscription
from std_msgs.msg import String

from drl_prune_ros.nodes.common import qos
from drl_prune_ros.nodes.conversions.odometry import read_odometry
from drl_prune_ros.nodes.conversions.sensors import Sensor
from drl_prune_ros.nodes.conversions.stamps import ns_to_stamp
from drl_prune_ros.nodes.conversions.transforms import Frames
from drl_prune_ros.nodes.policy_node.engagement import Engagement
from drl_prune_ros.nodes.policy_node.loaded_policy import LoadedPolicy
from drl_prune_ros.perception.lidar import Scan
from drl_prune_ros.perception.occupancy_grid import GridLayer
from drl_prune_ros.perception.path_road import road_from_path
from drl_prune_ros.perception.readings import Reading, SensorInput
from drl_prune_ros.perception.road import Road
from drl_prune_ros.perception.scene import InvalidInput, Objects
from drl_prune_ros.perception.synchronizer import ODOMETRY

MessageT = TypeVar('MessageT')


class PolicyInputs:
    """
    Subscribes to what a policy needs: the road, odometry, and its sensors.

    values      the parameters of the node
    loaded      the policy
    take_road   gets a function that makes a road, the frame it is in, '' where unknown, and the
                name of the input that it came on
    engagement  gets odometry and readings; None while the node is inactive
    """

    engagement: Engagement | None

    def __init__(
        self, node: Node, values: Mapping[str, Any], loaded: LoadedPolicy,
        take_road: Callable[[Callable[[], Road], str, str], None],
    ) -> None:
        self.engagement = None
        self._node = node
        self._path_road = {
            name: values[name] for name in ('lane_count', 'lane_width', 'path_lane')}
        self._take_road = take_road
        self._frames = Frames(node)
        self._odometry_frames = ('', '')
        self._needs = _needs_of(loaded)
        driver = loaded.driver
        reliability = qos.sensor_subscription(values['input_reliability'])
        self._subscriptions: list[Subscription] = []
        # What is ready at the same time is handled in this order: the road before what is on it.
        if driver.needs_road:
            self._subscribe(String, 'road', self._on_road,
                            qos.latched_subscription(values['road_durability']))
            self._subscribe(Path, 'path', self._on_path,
                            qos.latched_subscription(values['path_durability']))
        # Messages that arrive at the control rate are read from their bytes.
        if driver.needs_ego:
            self._subscribe(Odometry, ODOMETRY, self._on_odometry, reliability, raw=True)
        for sensor in loaded.sensors:
            self._subscribe(sensor.message_type, sensor.name, partial(self._on_reading, sensor),
                            reliability, raw=True)

    def _subscribe(
        self, message_type: type, name: str, callback: Callable[[MessageT], None],
        profile: QoSProfile, raw: bool = False,
    ) -> None:
        self._subscriptions.append(self._node.create_subscription(
            message_type, f'~/input/{name}', callback, profile,
            qos_overriding_options=qos.overridable(), raw=raw))

    def serves(self, loaded: LoadedPolicy) -> bool:
        """Return whether another policy needs the same inputs."""
        return self._needs == _needs_of(loaded)

    def close(self) -> None:
        """Destroy the subscriptions."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._frames.close()

    def _on_odometry(self, data: bytes) -> None:
        if self.engagement is None:
            return
        now_ns = time.monotonic_ns()
        try:
            message = read_odometry(data)
        except InvalidInput as error:
            self.engagement.refuse(ODOMETRY, error, now_ns)
            return
        self._odometry_frames = message.frame_id, message.child_frame_id
        self.engagement.on_odometry(message, now_ns)

    def _on_reading(self, sensor: Sensor, data: bytes) -> None:
        if self.engagement is None:
            return
        now_ns = time.monotonic_ns()
        try:
            reading, stamp_ns, frame_id = sensor.read(data)
            if frame_id not in self._odometry_frames:
                reading, frame_id = self._by_tf2(sensor.name, reading, stamp_ns, frame_id)
        except InvalidInput as error:
            self.engagement.refuse(sensor.name, error, now_ns)
            return
        self.engagement.on_reading(SensorInput(sensor.name, reading, stamp_ns, frame_id), now_ns)

    def _by_tf2(
        self, name: str, reading: Reading, stamp_ns: int, frame_id: str,
    ) -> tuple[Reading, str]:
        """Return a reading in a frame of the odometry, and that frame, where they are known."""
        frame, body = self._odometry_frames
        into = body if reading.of_vehicle else frame
        if reading.of_vehicle is None or not into:
            return reading, frame_id
        assert isinstance(reading, (Objects, Scan, GridLayer))
        pose = self._frames.pose(name, frame_id, into, ns_to_stamp(stamp_ns))
        return reading.placed(pose), into

    def _on_road(self, message: String) -> None:
        self._take_road(lambda: Road.from_json(message.data), '', 'road')

    def _on_path(self, message: Path) -> None:
        points = [(p.pose.position.x, p.pose.position.y) for p in message.poses]
        self._take_road(
            lambda: road_from_path(points, **self._path_road), message.header.frame_id, 'path')


def _needs_of(loaded: LoadedPolicy) -> tuple[object, ...]:
    """Return what two policies must have in common to share their subscriptions."""
    driver = loaded.driver
    return driver.needs_road, driver.needs_ego, driver.sensors
