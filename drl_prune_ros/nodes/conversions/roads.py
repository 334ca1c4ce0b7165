# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""std_msgs/String with a road description, and nav_msgs/Path, as the road that they describe."""

from __future__ import annotations

from collections.abc import Callable
import struct
from typing import Any

from nav_msgs.msg import Path
from std_msgs.msg import String

from drl_prune_ros.nodes.conversions import cdr
from drl_prune_ros.perception.lane_json import RoadError
from drl_prune_ros.perception.path_road import MOST_POSITIONS, Point, road_from_path
from drl_prune_ros.perception.road import LONGEST_TEXT, Road
from drl_prune_ros.perception.scene import InvalidInput

LARGEST_TEXT_BYTES = 4 * LONGEST_TEXT + 64
LARGEST_PATH_BYTES = 2 * 2**20
# Of a path that is not little-endian: rclpy makes objects of all of it, and lets no other thread
# run, the watchdog's neither, until it has ended.
LARGEST_FOREIGN_PATH_BYTES = 128 * 2**10
_POSITION = struct.Struct('<2d')
_POSE_SIZE = 7 * 8   # position and quaternion
_STAMP_SIZE, _COUNT_SIZE = 8, 4


class RoadReader:
    """
    Makes roads of the bytes of messages; raises RoadError where it cannot.

    A message that comes again, as latched ones do at 10 Hz, is not read again.

    lane_count, lane_width, path_lane  of a road that arrives as a path: see road_from_path
    """

    def __init__(self, lane_count: int, lane_width: float, path_lane: int) -> None:
        self._lanes = lane_count, lane_width, path_lane
        self._text: tuple[bytes, Road | RoadError] | None = None
        self._path: tuple[bytes, list[Point], Road | RoadError] | None = None

    def from_text(self, data: bytes) -> Road:
        """Return the road of a std_msgs/String."""
        if self._text is None or self._text[0] != data:
            _check_size(data, LARGEST_TEXT_BYTES)
            self._text = data, _outcome(lambda: Road.from_json(_text_of(data)))
        return _road_of(self._text[1])

    def from_path(self, data: bytes) -> Road:
        """Return the road along a nav_msgs/Path; its stamps may change meanwhile."""
        _check_size(data, LARGEST_PATH_BYTES)
        unstamped = data[cdr.START + _STAMP_SIZE:]
        if self._path is None or self._path[0] != unstamped:
            points = _points_of(data)
            if self._path is None or self._path[1] != points:
                outcome = _outcome(lambda: road_from_path(points, *self._lanes))
            else:
                outcome = self._path[2]
            self._path = unstamped, points, outcome
        return _road_of(self._path[2])


def frame_of_path(data: bytes) -> str:
    """Return the frame_id of a nav_msgs/Path, '' where the bytes are none."""
    try:
        if cdr.plain(data):
            return cdr.string(data, cdr.START + _STAMP_SIZE)[0]
        return str(_message(data, Path, LARGEST_FOREIGN_PATH_BYTES).header.frame_id)
    except (*cdr.ERRORS, RoadError):
        return ''


def _text_of(data: bytes) -> str:
    try:
        if cdr.plain(data):
            return cdr.string(data, cdr.START)[0]
    except cdr.ERRORS as error:
        raise RoadError(f'road description: bytes arrived that are no String: {error}') from error
    return str(_message(data, String, LARGEST_TEXT_BYTES).data)


def _points_of(data: bytes) -> list[Point]:
    """Return the positions of a path."""
    if not cdr.plain(data):
        return [(stamped.pose.position.x, stamped.pose.position.y)
                for stamped in _message(data, Path, LARGEST_FOREIGN_PATH_BYTES).poses]
    points: list[Point] = []
    try:
        at = cdr.aligned4(cdr.string(data, cdr.START + _STAMP_SIZE)[1])
        count = cdr.uint32(data, at)
        if count > MOST_POSITIONS:
            raise RoadError(
                f'the path has {count:,} positions, {MOST_POSITIONS:,} is the most: publish the '
                'stretch ahead, or positions farther apart')
        at += _COUNT_SIZE
        for _ in range(count):
            at = cdr.aligned8(cdr.string(data, cdr.aligned4(at) + _STAMP_SIZE)[1])
            points.append(_POSITION.unpack_from(data, at))
            at += _POSE_SIZE
        if at > len(data):
            raise ValueError('the message ends too early')
    except cdr.ERRORS as error:
        raise RoadError(f'bytes arrived that are no Path: {error}') from error
    return points


def _check_size(data: bytes, largest: int) -> None:
    if len(data) > largest:
        raise RoadError(
            f'a road arrived with {len(data):,} bytes, {largest:,} is the most: publish the '
            'stretch ahead')


def _message(data: bytes, message_type: type, largest: int) -> Any:
    """Return a message by rclpy."""
    _check_size(data, largest)
    try:
        return cdr.message_from(data, message_type)
    except InvalidInput as error:
        raise RoadError(str(error)) from error


def _outcome(make: Callable[[], Road]) -> Road | RoadError:
    try:
        return make()
    except RoadError as error:
        return error


def _road_of(outcome: Road | RoadError) -> Road:
    if isinstance(outcome, RoadError):
        raise outcome
    return outcome
