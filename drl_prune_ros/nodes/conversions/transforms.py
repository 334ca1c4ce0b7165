# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Readings in a frame that is neither of the odometry's: through tf2, where it is installed."""

from __future__ import annotations

import importlib
from typing import Any

from builtin_interfaces.msg import Time
from rclpy.node import Node

from drl_prune_ros.nodes.conversions.messages import yaw_of
from drl_prune_ros.perception.pose import Pose
from drl_prune_ros.perception.scene import InvalidInput


class Frames:
    """Looks up transforms by tf2, subscribed to from the first look-up on."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._buffer: Any = None
        self._listener: Any = None

    def close(self) -> None:
        """Unsubscribe from tf2."""
        if self._listener is not None:
            self._listener.unregister()
        self._buffer = self._listener = None

    def pose(self, name: str, frame_id: str, into: str, stamp: Time) -> Pose:
        """
        Return where a frame lay in another one at a stamp; name is the sensor that asks.

        Raises InvalidInput, saying why, where tf2 is missing or does not know.
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
            found = self._buffer.lookup_transform(into, frame_id, stamp).transform
        except tf2_ros.TransformException as error:
            raise InvalidInput(f'{problem}, and tf2 has no transform: {error}') from error
        return Pose(
            found.translation.x, found.translation.y, yaw_of(found.rotation, 'a transform'))
