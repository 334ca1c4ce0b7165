# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Objects in a frame that is neither of the odometry's: through tf2, where it is installed."""

from __future__ import annotations

import importlib
from typing import Any

from builtin_interfaces.msg import Time
from rclpy.node import Node

from drl_prune_ros.nodes.messages import yaw_of
from drl_prune_ros.perception.scene import InvalidInput, Objects


class Frames:
    """Listens to tf2 from the first time that it is needed."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._buffer: Any = None
        self._listener: Any = None

    def place(self, objects: Objects, frame_id: str, into: str, stamp: Time) -> Objects:
        """
        Return objects of a frame in the axes of another, as that lay at a stamp.

        Raises InvalidInput, saying why, where tf2 is missing or does not know.
        """
        try:
            tf2_ros = importlib.import_module('tf2_ros')
        except ImportError as error:
            raise InvalidInput(
                f'the objects are in frame {frame_id!r}, but the odometry is in {into!r}: publish '
                f'both in one frame, or install tf2 (sudo apt install ros-jazzy-tf2-ros-py)'
            ) from error
        if self._buffer is None:
            self._buffer = tf2_ros.Buffer()
            self._listener = tf2_ros.TransformListener(self._buffer, self._node)
        try:
            found = self._buffer.lookup_transform(into, frame_id, stamp).transform
        except tf2_ros.TransformException as error:
            raise InvalidInput(
                f'the objects are in frame {frame_id!r}, and tf2 has no transform to {into!r}: '
                f'{error}') from error
        return objects.placed(
            found.translation.x, found.translation.y, yaw_of(found.rotation, 'a transform'))
