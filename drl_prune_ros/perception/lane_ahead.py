# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A lane and those that continue it, as one line along which distances are measured."""

from __future__ import annotations

import math
from typing import NamedTuple

from drl_prune_ros.perception.lane_network import LaneId, LaneNetwork
from drl_prune_ros.perception.lanes import StraightLane, wrap_to_pi
from drl_prune_ros.perception.road_frame import RoadFrame

MOST_LANES = 256   # that a position is looked for on
MOST_TURN = 0.1    # rad; where two lanes meet at a larger angle, the road has a corner


class OnLane(NamedTuple):
    """
    A position along lanes: s from the start of the first, r across, heading of the lane there.

    Meters and radians in the road frame, as in perception.lanes. turn is how far the road may turn
    from there, within what is described as one straight lane: a bend of short ones is round.
    """

    s: float
    r: float
    heading: float
    turn: float


class Line(NamedTuple):
    """
    A straight lane as numbers: s = x * sx + y * sy + s0, and r likewise, with x and y of odometry.

    end      s where the lane ends; -inf where it is not straight
    heading  in the frame of the odometry, but clockwise
    turn     as in OnLane
    """

    sx: float
    sy: float
    s0: float
    rx: float
    ry: float
    r0: float
    end: float
    heading: float
    turn: float


NOT_STRAIGHT = Line(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -math.inf, 0.0, 0.0)


class LanesAhead:
    """
    The lanes of a network, with the one that follows each of them.

    network  in the road frame
    frame    of the road, in that of the odometry
    """

    __slots__ = ('_following', '_lines', 'frame', 'network')

    def __init__(self, network: LaneNetwork, frame: RoadFrame) -> None:
        self.network = network
        self.frame = frame
        # Those that were asked for.
        self._following: dict[LaneId, LaneId] = {}
        self._lines: dict[LaneId, Line] = {}

    def place(self, first: LaneId, x: float, y: float) -> OnLane:
        """
        Return where a position in the road frame is along a lane.

        Past its end, that is along the lanes that follow.
        """
        lane = self.network.lane(first)
        s, r = lane.local(x, y)
        before = 0.0
        index = at = first
        for _ in range(MOST_LANES):
            if s < lane.length:
                break
            index = self._after(index)
            following = self.network.lane(index)
            next_s, next_r = following.local(x, y)
            if following is lane or next_s < 0.0:
                break   # past the last lane, or between two that do not quite meet
            before += lane.length
            at, lane, s, r = index, following, next_s, next_r
        return OnLane(float(before + s), float(r), lane.heading_at(s), self.line(at).turn)

    def along(
        self, first: LaneId, x: float, y: float, vx: float, vy: float, yaw: float,
    ) -> tuple[float, float, float, float, float, float]:
        """
        Return s, r, both velocities along these, heading in the lane and turn of an object.

        What is given is in the frame of the odometry.
        """
        s, r, heading, turn = self.place(first, *self.frame.point(x, y))
        vx, vy = self.frame.vector(vx, vy)
        cos, sin = math.cos(heading), math.sin(heading)
        return (s, r, vx * cos + vy * sin, vy * cos - vx * sin,
                self.frame.yaw - yaw - heading, turn)

    def line(self, index: LaneId) -> Line:
        """Return the numbers of a lane."""
        line = self._lines.get(index)
        if line is None:
            line = self._lines[index] = self._line(index)
        return line

    def _line(self, index: LaneId) -> Line:
        lane = self.network.lane(index)
        if type(lane) is not StraightLane:
            return NOT_STRAIGHT
        frame = self.frame
        s0, r0 = lane.local(*frame.point(0.0, 0.0))
        cos, sin = math.cos(frame.yaw), math.sin(frame.yaw)
        ux, uy = lane.direction
        return Line(
            cos * ux + sin * uy, sin * ux - cos * uy, float(s0),
            sin * ux - cos * uy, -sin * uy - cos * ux, float(r0), lane.length,
            frame.yaw - lane.heading, self._turn(index, lane))

    def _turn(self, index: LaneId, lane: StraightLane) -> float:
        following = self.network.lane(self._after(index))
        if type(following) is not StraightLane:
            return 0.0
        return min(abs(wrap_to_pi(following.heading - lane.heading)) / 2, MOST_TURN)

    def _after(self, index: LaneId) -> LaneId:
        following = self._following.get(index)
        if following is None:
            lane = self.network.lane(index)
            following = self.network.following(index, *lane.position(lane.length, 0.0))
            self._following[index] = following
        return following
