# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the policy node listens to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nav_msgs.msg import Odometry, Path
from rclpy.node import Node
from std_msgs.msg import String

from drl_prune_ros.control.command import Command
from drl_prune_ros.nodes import qos
from drl_prune_ros.nodes.control_loop import ControlLoop
from drl_prune_ros.nodes.driving import Offer
from drl_prune_ros.nodes.frames import Frames
from drl_prune_ros.nodes.messages import odometry_to_ego, stamp_to_ns
from drl_prune_ros.nodes.object_inputs import ObjectInput
from drl_prune_ros.perception.path_road import road_from_path
from drl_prune_ros.perception.road import Road


class PolicyInputs:
    """
    Subscribes to the road and to the sensors.

    values      the parameters of the node
    objects     how objects arrive
    take        is given what a sensor said, by the name of the sensor
    take_road   is given a function that makes a road
    """

    def __init__(
        self, node: Node, values: Mapping[str, Any], objects: ObjectInput,
        take: Callable[[str, Offer], None],
        take_road: Callable[[Callable[[], Road]], None],
    ) -> None:
        self._node = node
        self._path_road = {
            name: values[name] for name in ('lane_count', 'lane_width', 'path_lane')}
        self._take = take
        self._take_road = take_road
        self._frames = Frames(node)
        self._odometry_frames = ('', '')
        self._to_objects = objects.to_objects
        sensor = qos.sensor_subscription(values['input_reliability'])
        # What is ready at the same time is handled in this order: the road before what is on it.
        self._subscriptions = [
            node.create_subscription(
                kind, f'~/input/{name}', callback, profile,
                qos_overriding_options=qos.overridable())
            for kind, name, callback, profile in (
                (String, 'road', self._on_road, qos.LATCHED),
                (Path, 'path', self._on_path, qos.LATCHED),
                (Odometry, 'odometry', self._on_odometry, sensor),
                (objects.message_type, 'objects', self._on_objects, sensor))]

    def close(self) -> None:
        """Listen no more."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)

    def _on_road(self, message: String) -> None:
        self._take_road(lambda: Road.from_json(message.data))

    def _on_path(self, message: Path) -> None:
        points = [(p.pose.position.x, p.pose.position.y) for p in message.poses]
        self._take_road(lambda: road_from_path(points, **self._path_road))

    def _on_odometry(self, message: Odometry) -> None:
        self._odometry_frames = message.header.frame_id, message.child_frame_id
        self._take('odometry', lambda loop, now_ns, publish: loop.odometry(
            odometry_to_ego(message), message.header.frame_id, now_ns, publish,
            message.child_frame_id))

    def _on_objects(self, message: Any) -> None:
        def offer(
            loop: ControlLoop, now_ns: int, publish: Callable[[Command], None],
        ) -> bool:
            stamp, frame_id = message.header.stamp, message.header.frame_id
            objects = self._to_objects(message)
            into = self._odometry_frames[0]
            if into and frame_id not in self._odometry_frames:
                objects, frame_id = self._frames.place(objects, frame_id, into, stamp), into
            return loop.objects(objects, stamp_to_ns(stamp), frame_id, now_ns, publish)
        self._take('objects', offer)
