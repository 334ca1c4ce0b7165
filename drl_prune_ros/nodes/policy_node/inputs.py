# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the policy node listens to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from nav_msgs.msg import Odometry, Path
from rclpy.node import Node
from rclpy.qos import QoSProfile
from std_msgs.msg import String

from drl_prune_ros.control.control_loop import ControlLoop
from drl_prune_ros.nodes.common import qos
from drl_prune_ros.nodes.conversions.odometry import read_odometry
from drl_prune_ros.nodes.conversions.sensors import Sensor
from drl_prune_ros.nodes.conversions.stamps import ns_to_stamp
from drl_prune_ros.nodes.conversions.transforms import Frames
from drl_prune_ros.nodes.policy_node.engagement import Offer
from drl_prune_ros.nodes.policy_node.loaded_policy import LoadedPolicy
from drl_prune_ros.perception.path_road import road_from_path
from drl_prune_ros.perception.road import Road


class PolicyInputs:
    """
    Subscribes to what a loop needs: the road, odometry, and its sensors.

    values      the parameters of the node
    loaded      whose inputs they are
    take        is given what a sensor said, by the name of the sensor
    take_road   is given a function that makes a road, and the frame it is in, '' where unsaid
    """

    def __init__(
        self, node: Node, values: Mapping[str, Any], loaded: LoadedPolicy,
        take: Callable[[str, Offer], None],
        take_road: Callable[[Callable[[], Road], str], None],
    ) -> None:
        self._node = node
        self._path_road = {
            name: values[name] for name in ('lane_count', 'lane_width', 'path_lane')}
        self._take = take
        self._take_road = take_road
        self._frames = Frames(node)
        self._odometry_frames = ('', '')
        self._needs = _needs_of(loaded)
        loop = loaded.loop
        reliability = qos.sensor_subscription(values['input_reliability'])
        # What is ready at the same time is handled in this order: the road before what is on it.
        topics: list[tuple[type, str, Callable[[Any], None], QoSProfile, bool]] = []
        if loop.needs_road:
            topics += [(String, 'road', self._on_road, qos.LATCHED, False),
                       (Path, 'path', self._on_path, qos.LATCHED, False)]
        # Of what comes at the control rate, the bytes are read.
        if loop.needs_odometry:
            topics.append((Odometry, 'odometry', self._on_odometry, reliability, True))
        topics += [(sensor.message_type, sensor.name, partial(self._on_reading, sensor),
                    reliability, True) for sensor in loaded.sensors]
        self._subscriptions = [
            node.create_subscription(
                kind, f'~/input/{name}', callback, profile,
                qos_overriding_options=qos.overridable(), raw=raw)
            for kind, name, callback, profile, raw in topics]

    def serves(self, loaded: LoadedPolicy) -> bool:
        """Whether these are the inputs of another policy as well."""
        return self._needs == _needs_of(loaded)

    def close(self) -> None:
        """Listen no more."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._frames.close()

    def _on_road(self, message: String) -> None:
        self._take_road(lambda: Road.from_json(message.data), '')

    def _on_path(self, message: Path) -> None:
        points = [(p.pose.position.x, p.pose.position.y) for p in message.poses]
        self._take_road(
            lambda: road_from_path(points, **self._path_road), message.header.frame_id)

    def _on_odometry(self, data: bytes) -> None:
        def offer(loop: ControlLoop, now_ns: int, publish: Callable[[Any], None]) -> bool:
            ego, frame_id, child_frame_id = read_odometry(data)
            self._odometry_frames = frame_id, child_frame_id
            return loop.odometry(ego, frame_id, now_ns, publish, child_frame_id)
        self._take('odometry', offer)

    def _on_reading(self, sensor: Sensor, data: bytes) -> None:
        def offer(loop: ControlLoop, now_ns: int, publish: Callable[[Any], None]) -> bool:
            reading, stamp_ns, frame_id = sensor.read(data)
            frame, body = self._odometry_frames
            into = body if reading.of_vehicle else frame
            if reading.of_vehicle is not None and into and frame_id not in (frame, body):
                pose = self._frames.pose(sensor.name, frame_id, into, ns_to_stamp(stamp_ns))
                reading, frame_id = reading.placed(pose), into
            return loop.sensor(sensor.name, reading, stamp_ns, frame_id, now_ns, publish)
        self._take(sensor.name, offer)


def _needs_of(loaded: LoadedPolicy) -> tuple[object, ...]:
    """Return what two policies must have in common to share their subscriptions."""
    loop = loaded.loop
    return loop.needs_road, loop.needs_odometry, loop.sensors
