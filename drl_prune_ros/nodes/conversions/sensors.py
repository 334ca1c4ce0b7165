# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The message type of each sensor, by the name that the policy's observer has for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nav_msgs.msg import OccupancyGrid
from sensor_msgs.msg import JointState, LaserScan

from drl_prune_ros.nodes.conversions import cdr
from drl_prune_ros.nodes.conversions.laser_scan import message_to_scan
from drl_prune_ros.nodes.conversions.object_inputs import load_object_input
from drl_prune_ros.nodes.conversions.occupancy_grid import message_to_layer
from drl_prune_ros.perception.named_values import Values
from drl_prune_ros.perception.readings import Reading
from drl_prune_ros.perception.scene import InvalidInput

ReadStamped = Callable[[bytes], tuple[Reading, int, str]]
"""Returns a reading, its stamp in nanoseconds and its frame_id from the bytes of a message."""

# rclpy makes a message of bytes without letting another thread run, the watchdog's neither.
LARGEST_BYTES = 2**20
LARGEST_OBJECTS_BYTES = 512 * 2**10   # of Autoware's, which it makes many objects of
LARGEST_GRID_BYTES = 16 * 2**20       # a byte a cell, all of them converted at once


@dataclass(frozen=True, slots=True)
class Sensor:
    """
    One stream of readings.

    name          of the topic below ~/input, and of the sensor in what is said of it
    message_type  has a header
    read          converts a serialized message; raises InvalidInput where it cannot be used
    largest       bytes of a message that is converted
    """

    name: str
    message_type: type
    read: ReadStamped
    largest: int = LARGEST_BYTES

    def check_size(self, data: bytes) -> None:
        """Raise InvalidInput where a message is so large that it would hold up the node."""
        if len(data) > self.largest:
            raise InvalidInput(
                f'{self.name} arrived with {len(data):,} bytes, {self.largest:,} is the most: '
                'publish fewer at a time')


def load_sensor(name: str, objects_type: str) -> Sensor:
    """
    Return a sensor by its name: 'objects', 'scan', 'vector' or 'grid/' and the name of a layer.

    Raises DrlPruneError, naming the package, where the type of its message is missing.
    """
    if name == 'objects':
        adapter = load_object_input(objects_type)
        if adapter.make_reader is not None:
            return Sensor(name, adapter.message_type, adapter.make_reader())
        return _converted(
            name, adapter.message_type, adapter.to_objects, LARGEST_OBJECTS_BYTES)
    if name == 'scan':
        return _converted(name, LaserScan, message_to_scan)
    if name == 'vector':
        return _converted(name, JointState, message_to_values)
    assert name.startswith('grid/'), name
    return _converted(name, OccupancyGrid, message_to_layer, LARGEST_GRID_BYTES)


def _converted(
    name: str, message_type: type, convert: Callable[[Any], Reading],
    largest: int = LARGEST_BYTES,
) -> Sensor:
    return Sensor(
        name, message_type, lambda data: cdr.stamped(data, message_type, convert), largest)


def message_to_values(message: JointState) -> Values:
    """Return named numbers; raises InvalidInput where names and numbers do not match."""
    return Values(message.name, message.position, message.velocity, message.effort)
