# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is in the way of the vehicle along its lane, and what is around it on another one."""

from __future__ import annotations

import math

from drl_prune_ros.control.profile import VehicleProfile
from drl_prune_ros.perception.lane_ahead import LanesAhead
from drl_prune_ros.perception.lane_network import LaneId
from drl_prune_ros.perception.scene import Ego, Objects

CUT_IN_TIME = 2.0   # s for which the lateral velocity of an object is expected to last


Neighbor = tuple[float, float, bool]
"""
An object along the lane of the vehicle.

Its gap from bumper to bumper, m, below 0 where both are beside each other; its speed along the
lane, m/s; and whether its center is ahead of the vehicle's.
"""


class WayAhead:
    """
    The scene along one lane, at one stamp.

    lanes    of the road
    lane     along which to look
    ego      in the road frame
    objects  in the frame of the odometry
    reach    meters; what is farther away does not count
    """

    def __init__(
        self, profile: VehicleProfile, lanes: LanesAhead, lane: LaneId, ego: Ego,
        objects: Objects, reach: float,
    ) -> None:
        self._own = own = lanes.place(lane, ego.x, ego.y)
        angle = ego.yaw - own.heading
        along, across = abs(math.cos(angle)), abs(math.sin(angle))
        self._lanes, self._lane, self._objects, self._reach = lanes, lane, objects, reach
        self._half_length = (profile.length * along + profile.width * across) / 2
        self._half_width = (profile.width * along + profile.length * across) / 2
        self._narrow = profile.width / 2
        self._aside = ego.speed * math.sin(angle)

    def in_the_way(self, lateral_gap: float, follows: bool) -> list[Neighbor]:
        """
        Return every object ahead that the body would meet.

        That is between where it is now and the middle of the lane, or where it is heading unless
        it follows the lane.
        """
        now = self._own.r
        then = 0.0 if follows else now + self._aside * CUT_IN_TIME
        half = self._half_width + lateral_gap
        return self._between(min(now, then) - half, max(now, then) + half, 0.0)

    def on_lane(self, lateral_gap: float) -> list[Neighbor]:
        """Return every object that the body would meet if it were in the middle of the lane."""
        half = self._narrow + lateral_gap
        return self._between(-half, half, -self._reach)

    def _between(self, least: float, most: float, rear: float) -> list[Neighbor]:
        """
        Return every object that is, or soon will be, within two lateral bounds, m.

        Its center is farther ahead than rear, m. Boxes on the vehicle itself are left out.
        """
        found: list[Neighbor] = []
        lanes, lane, reach = self._lanes, self._lane, self._reach
        own_s, own_r, _, _ = self._own
        half_length, narrow = self._half_length, self._narrow
        sx, sy, s0, rx, ry, r0, end, heading, line_turn = lanes.line(lane)
        # Written out, since it is done for each object at the control rate.
        for x, y, vx, vy, yaw, length, width, _ in self._objects.rows():
            s = x * sx + y * sy + s0
            if s < end:
                ahead = s - own_s
                if not rear < ahead < reach:
                    continue
                r = x * rx + y * ry + r0
                speed, aside = vx * sx + vy * sy, vx * rx + vy * ry
                turned, turn = heading - yaw, line_turn
            else:   # past the lane, or not on a straight one
                s, r, speed, aside, turned, turn = lanes.along(lane, x, y, vx, vy, yaw)
                ahead = s - own_s
                if not rear < ahead < reach:
                    continue
            # Most are on other lanes, which is seen without the box: no sine exceeds its angle.
            at_most = (width + length * min(abs(turned), 1.0)) / 2
            if (r + at_most + (CUT_IN_TIME * aside if aside > 0.0 else 0.0) < least
                    or r - at_most + (CUT_IN_TIME * aside if aside < 0.0 else 0.0) > most):
                continue
            along, across = abs(math.cos(turned)), abs(math.sin(turned))
            half = (width * along + length * across) / 2
            # What the turn of the road explains is no movement to another lane.
            explained = abs(speed) * turn
            moved = CUT_IN_TIME * (
                aside - min(explained, aside) if aside > 0.0 else aside + min(explained, -aside))
            if (r + half + (moved if moved > 0.0 else 0.0) < least
                    or r - half + (moved if moved < 0.0 else 0.0) > most
                    or (abs(ahead) < half_length and abs(r - own_r) < narrow)):
                continue
            gap = abs(ahead) - half_length - (length * along + width * across) / 2
            found.append((gap, speed, ahead > 0.0))
        return found
