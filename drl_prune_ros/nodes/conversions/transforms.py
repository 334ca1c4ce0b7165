# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Readings in a frame that is neither of the odometry's: through tf2, where it is installed."""

from __future__ import annotations

import importlib
from typing import Any

from builtin_interfaces.msg import Time
from rclpy.node import Node

from drl_prune_ros.nodes.conversions.messages import yaw_of
from drl_prune_ros.nodes.conversions.stamps import stamp_to_ns
from drl_prune_ros.perception.pose import Pose
from drl_prune_ros.perception.scene import InvalidInput

LATE_S = 0.2   # seconds, by which the latest transform may be older than what it is used for


class Frames:
    """
    Looks up transforms by tf2, subscribed to from the first look-up on.

    Where tf2 is behind the sensor, as it often is by a few hundredths of a second, the latest
    transform is used, if it is no older than LATE_S: nothing is extrapolated.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._buffer: Any = None
        self._listener: Any = None

    def close(self) -> None:
        """Unsubscribe from tf2."""
        if self._listener is not None:
            self._listener.unregister()
        self._buffer = self._listener = None

    def pose(
        self, name: str, frame_id: str, into: str, body: str, stamp: Time,
    ) -> tuple[Pose, str]:
        """
        Return where a frame lay in another one at a stamp, and the name of that one.

        That is into, but where tf2 does not know it yet, it is body, the vehicle, where frame_id
        is mounted on it: odometry then says where it was. name is the sensor that asks. Raises
        InvalidInput, saying why, where tf2 is missing or does not know.
        """
        problem = f'{name} came in frame {frame_id!r}, but odometry in {into!r}'
        try:
            tf2_ros = importlib.import_module('tf2_ros')
        except ImportError as error:
            raise InvalidInput(
                f'{problem}: publish both in one frame, or install tf2 '
                f'(sudo apt install ros-jazzy-tf2-ros-py)') from error
        if self._buffer is None:
            self._buffer = tf2_ros.Buffer()
            self._listener = tf2_ros.TransformListener(self._buffer, self._node)
        try:
            try:
                return _pose(self._buffer.lookup_transform(into, frame_id, stamp)), into
            except tf2_ros.ExtrapolationException as error:
                return self._behind(tf2_ros, problem, frame_id, into, body, stamp, error)
        except tf2_ros.TransformException as error:
            raise InvalidInput(f'{problem}, and tf2 has no transform: {error}') from error

    def _behind(
        self, tf2_ros: Any, problem: str, frame_id: str, into: str, body: str, stamp: Time,
        error: Exception,
    ) -> tuple[Pose, str]:
        """Return a transform that does not change, or the latest one, if it is near the stamp."""
        if body and body != into:
            try:
                return _pose(self._buffer.lookup_transform(body, frame_id, stamp)), body
            except tf2_ros.TransformException:
                pass   # it is not mounted on the vehicle
        latest = self._buffer.lookup_transform(into, frame_id, Time())
        seconds = (stamp_to_ns(stamp) - stamp_to_ns(latest.header.stamp)) * 1e-9
        if not 0.0 <= seconds <= LATE_S:
            raise InvalidInput(
                f'{problem}, and the latest transform of tf2 is {seconds:.2f} s from its stamp, '
                f'more than {LATE_S:g} s: {error}') from error
        return _pose(latest), into


def _pose(found: Any) -> Pose:
    where = found.transform
    return Pose(where.translation.x, where.translation.y, yaw_of(where.rotation, 'a transform'))
