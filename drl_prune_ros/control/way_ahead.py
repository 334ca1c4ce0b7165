# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is in the way of the vehicle along its lane, and what is beside it on another one."""

from __future__ import annotations

from collections.abc import Iterator
import math
from typing import NamedTuple

from drl_prune_ros.control.profile import VehicleProfile
from drl_prune_ros.perception.lane_ahead import LanesAhead, OnLane
from drl_prune_ros.perception.lane_network import LaneId
from drl_prune_ros.perception.road_frame import RoadFrame
from drl_prune_ros.perception.scene import Ego, Objects

CUT_IN_TIME = 1.0     # s for which the lateral velocity of an object is expected to last
SLOWEST_ASIDE = 0.3   # m/s; slower, the vehicle is not counted as leaving what is ahead


class Neighbor(NamedTuple):
    """
    An object along the lane of the vehicle, in meters and m/s.

    ahead   from the center of the vehicle to that of the object
    gap     from bumper to bumper; below 0 beside each other
    speed   along the lane
    left    the side of the object at the smaller r, and right that at the larger one; with what
            it moves aside within CUT_IN_TIME
    beside  from center to center across the lane
    """

    ahead: float
    gap: float
    speed: float
    left: float
    right: float
    beside: float


class WayAhead:
    """
    The scene along one lane, at one stamp.

    lanes    of the road
    lane     along which to look
    ego      in the road frame, as the lanes are
    frame    of the road, in that of the objects
    objects  in the frame of the odometry
    reach    meters; what is farther away does not count
    """

    def __init__(
        self, profile: VehicleProfile, lanes: LanesAhead, lane: LaneId, ego: Ego,
        frame: RoadFrame, objects: Objects, reach: float,
    ) -> None:
        own = lanes.place(lane, ego.x, ego.y)
        angle = ego.yaw - own.heading
        along, across = abs(math.cos(angle)), abs(math.sin(angle))
        self._lanes, self._lane = lanes, lane
        self._ego, self._own = ego, own
        self._frame, self._objects, self._reach = frame, objects, reach
        self._half_length = (profile.length * along + profile.width * across) / 2
        self._half_width = (profile.width * along + profile.length * across) / 2
        self._narrow = profile.width / 2
        self._aside = ego.speed * math.sin(angle)

    def neighbors(self) -> Iterator[Neighbor]:
        """Return every object within reach, but for boxes on the vehicle itself."""
        x0, y0, own = self._ego.x, self._ego.y, self._own
        frame, reach = self._frame, self._reach
        cos, sin = math.cos(frame.yaw), math.sin(frame.yaw)
        for map_x, map_y, map_vx, map_vy, map_yaw, length, width, _ in self._objects.rows():
            dx, dy = map_x - frame.x, map_y - frame.y
            x, y = dx * cos + dy * sin, dx * sin - dy * cos
            if abs(x - x0) - length > reach or abs(y - y0) - length > reach:
                continue
            place = self._lanes.place(self._lane, x, y)
            ahead, beside = place.s - own.s, place.r - own.r
            if abs(ahead) < self._half_length and abs(beside) < self._narrow:
                continue
            yield self._neighbor(
                place, ahead, beside,
                (map_vx * cos + map_vy * sin, map_vx * sin - map_vy * cos),
                frame.yaw - map_yaw, length, width)

    def _neighbor(
        self, place: OnLane, ahead: float, beside: float, velocity: tuple[float, float],
        yaw: float, length: float, width: float,
    ) -> Neighbor:
        cos, sin = math.cos(place.heading), math.sin(place.heading)
        vx, vy = velocity
        moved = (vy * cos - vx * sin) * CUT_IN_TIME
        turned = yaw - place.heading
        along, across = abs(math.cos(turned)), abs(math.sin(turned))
        half_width = (width * along + length * across) / 2
        gap = abs(ahead) - self._half_length - (length * along + width * across) / 2
        return Neighbor(
            ahead, gap, vx * cos + vy * sin, place.r - half_width + min(moved, 0.0),
            place.r + half_width + max(moved, 0.0), beside)

    def in_the_way(self, lateral_gap: float, standstill_gap: float, follows: bool) -> Iterator[
            tuple[float, float]]:
        """
        Return gap, m, and speed, m/s, of every object ahead that the vehicle would run into.

        That is what the body meets between where it is and the middle of the lane, or where it is
        heading unless it follows the lane; but for what it will have left by the time it gets
        there.
        """
        now = self._own.r
        then = 0.0 if follows else now + self._aside * CUT_IN_TIME
        half = self._half_width + lateral_gap
        for other in self.neighbors():
            if other.ahead <= 0.0:
                continue
            if other.right < min(now, then) - half or other.left > max(now, then) + half:
                continue
            beyond = self._narrow + lateral_gap
            if other.left > then + beyond and self._leaves(
                    other, now + half - other.left, -self._aside, standstill_gap):
                continue
            if other.right < then - beyond and self._leaves(
                    other, other.right - (now - half), self._aside, standstill_gap):
                continue
            yield other.gap, other.speed

    def _leaves(
        self, other: Neighbor, needed: float, rate: float, standstill_gap: float,
    ) -> bool:
        """Return whether the body is clear of an object before it gets there."""
        if needed <= 0.0:
            return True
        if rate < SLOWEST_ASIDE:
            return False
        closing = max(self._ego.speed - other.speed, 0.0)
        return other.gap - closing * needed / rate > standstill_gap

    def on_lane(self, lateral_gap: float) -> Iterator[Neighbor]:
        """Return every object that the body would meet if it were in the middle of the lane."""
        half = self._narrow + lateral_gap
        for other in self.neighbors():
            if other.left < half and other.right > -half:
                yield other
