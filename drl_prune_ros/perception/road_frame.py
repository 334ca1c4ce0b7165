# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
From the map frame to the road frame, in which policies were trained.

The road frame has its origin at the first pose of the leftmost lane, x along that lane and y to
the RIGHT, so that yaw, yaw rate and steering count clockwise. On a road that begins at the map's
origin along x, the conversion only changes signs and is exact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
import math

from drl_prune_ros.perception.lanes import CircularLane, Lane, Numbers, SineLane, StraightLane
from drl_prune_ros.perception.scene import Ego, Objects


@dataclass(frozen=True, slots=True)
class RoadFrame:
    """
    The pose of the road frame in the map frame: x, y in meters, yaw in radians.

    Every method takes what is given in the map frame and returns it in the road frame.
    """

    x: float
    y: float
    yaw: float

    def vector(self, vx: Numbers, vy: Numbers) -> tuple[Numbers, Numbers]:
        """Convert a velocity or a displacement, floats or arrays."""
        cosine, sine = math.cos(self.yaw), math.sin(self.yaw)
        return vx * cosine + vy * sine, vx * sine - vy * cosine

    def point(self, x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
        """Convert a position, floats or arrays."""
        return self.vector(x - self.x, y - self.y)

    def angle(self, yaw: Numbers) -> Numbers:
        """Convert a heading, not wrapped."""
        return self.yaw - yaw

    def ego(self, ego: Ego) -> Ego:
        """Convert the vehicle's own state."""
        x, y = self.point(ego.x, ego.y)
        return Ego(
            stamp_ns=ego.stamp_ns, x=x, y=y, yaw=self.angle(ego.yaw), speed=ego.speed,
            yaw_rate=-ego.yaw_rate, lateral_speed=-ego.lateral_speed)

    def objects(self, objects: Objects) -> Objects:
        """Convert the objects."""
        x, y = self.point(objects.x, objects.y)
        vx, vy = self.vector(objects.vx, objects.vy)
        return Objects(
            x=x, y=y, vx=vx, vy=vy, yaw=self.angle(objects.yaw),
            length=objects.length, width=objects.width, id=objects.id)

    def lane(self, lane: Lane) -> Lane:
        """Convert a lane."""
        if isinstance(lane, CircularLane):
            return replace(
                lane, center=self.point(*lane.center),
                start_phase=self.angle(lane.start_phase), end_phase=self.angle(lane.end_phase))
        if not isinstance(lane, StraightLane):
            raise TypeError(f'no conversion for a {type(lane).__name__}')
        moved = replace(lane, start=self.point(*lane.start), end=self.point(*lane.end))
        if isinstance(moved, SineLane):
            return replace(moved, amplitude=-moved.amplitude)
        return moved
