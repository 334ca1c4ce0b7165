# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The reference line of a road, along which a scene is laid straight.

A policy that was trained on straight roads sees x along and y across the road. On a road that
turns, these are measured along its reference line: the leftmost lane of the first segment and
those that continue it. Headings and velocities are relative to the line at the place of each
vehicle. On a straight road all of them are what they are in the road frame, to the bit.
"""

from __future__ import annotations

from dataclasses import replace
import math

import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.perception.lane_network import LaneNetwork
from drl_prune_ros.perception.lanes import CircularLane, Lane, StraightLane, wrap_to_pi
from drl_prune_ros.perception.scene import Ego, Objects

BEYOND = 10_000.0   # meters straight on before the first lane and past the last
WINDOW = 300.0      # meters from the vehicle along the line within which objects are looked for
EASE = 10.0         # meters on either side of a corner over which it turns, at most
FAR = 20.0          # meters from the leg it was on last, from where all are looked at again
SAME_ANGLE, SAME_PLACE = 1e-9, 1e-6   # rad and meters up to which lanes are one straight line
Array = NDArray[np.float64]


class ReferenceLine:
    """
    Places positions along the reference line of a network, in the road frame.

    straight   whether it is the x axis of the road frame, so that nothing changes
    curvature  of its sharpest turn, 1/m
    width      meters of the lanes beside it, where there are most
    """

    def __init__(self, network: LaneNetwork) -> None:
        ways = [network.segments[way] for way in main_road(network)]
        legs = [segment.lanes[0] for segment in ways]
        self.width = max(sum(lane.width for lane in segment.lanes) for segment in ways)
        first = legs[0]
        self.straight = all(_continues(first, leg) for leg in legs)
        self._legs = [_before(first), *legs, _past(legs[-1])]
        lengths = [leg.length for leg in self._legs]
        self._starts = np.cumsum([-BEYOND, *lengths[:-1]])   # s of each, 0 where the first begins
        self._corners = [_corner(a, b) for a, b in zip(self._legs, self._legs[1:], strict=False)]
        self.curvature = max(
            [1 / leg.radius for leg in legs if isinstance(leg, CircularLane)]
            + [abs(angle) / (2 * ease) for angle, ease in self._corners if ease > 0.0],
            default=0.0)
        self._at: int | None = None   # the leg that the vehicle was on last

    def ego(self, ego: Ego) -> Ego:
        """Return the vehicle, in the road frame, as it is along the line."""
        if self.straight:
            return ego
        at = self._leg_of(ego.x, ego.y)
        s, r = self._legs[at].local(ego.x, ego.y)
        heading = float(self._heading(at, np.array([s]))[0])
        # Not wrapped further than the heading of the line was: only its sine and cosine are read.
        return replace(ego, x=float(self._starts[at] + s), y=float(r), yaw=ego.yaw - heading)

    def objects(self, ego: Ego, objects: Objects) -> Objects:
        """Return objects, in the road frame, as they are along the line; ego as in the frame."""
        if self.straight or not len(objects):
            return objects
        at = self._leg_of(ego.x, ego.y)
        here = self._starts[at] + self._legs[at].local(ego.x, ego.y)[0]
        s, r, heading = self._place(objects.x, objects.y, here)
        cos, sin = np.cos(heading), np.sin(heading)
        return Objects(
            x=s, y=r, vx=objects.vx * cos + objects.vy * sin,
            vy=objects.vy * cos - objects.vx * sin, yaw=objects.yaw - heading,
            length=objects.length, width=objects.width, id=objects.id)

    def _leg_of(self, x: float, y: float) -> int:
        """Return the leg that a vehicle is on: near the last one, or else the nearest of all."""
        def away(leg: int) -> float:
            return self._legs[leg].distance(x, y)
        best = self._at
        if best is not None:
            at = -1
            while at != best:   # from leg to leg, as long as it gets nearer
                at = best
                best = min(range(max(0, at - 2), min(len(self._legs), at + 3)), key=away)
        if best is None or away(best) > FAR:
            best = min(range(len(self._legs)), key=away)
        self._at = best
        return best

    def _place(self, x: Array, y: Array, here: float) -> tuple[Array, Array, Array]:
        """Return s, r and the heading of the line for positions (n,), nearest within WINDOW."""
        s, r, heading = np.zeros(x.size), np.zeros(x.size), np.zeros(x.size)
        nearest = np.full(x.size, math.inf)
        for number, leg in enumerate(self._legs):
            start = self._starts[number]
            if not (start - WINDOW < here < start + leg.length + WINDOW):
                continue
            along, across = leg.local(x, y)
            away = np.abs(across) + np.maximum(along - leg.length, 0) + np.maximum(-along, 0)
            nearer = away < nearest
            if nearer.any():
                nearest[nearer] = away[nearer]
                s[nearer], r[nearer] = start + along[nearer], across[nearer]
                heading[nearer] = self._heading(number, along[nearer])
        return s, r, heading

    def _heading(self, number: int, along: Array) -> Array:
        """Return the heading of a leg at meters along it, turning evenly around its corners."""
        leg = self._legs[number]
        heading = np.array([leg.heading_at(float(each)) for each in along])
        if number:
            angle, ease = self._corners[number - 1]
            if ease > 0.0:
                heading -= angle * np.clip(1.0 - along / ease, 0.0, 1.0) / 2
        if number < len(self._corners):
            angle, ease = self._corners[number]
            if ease > 0.0:
                heading += angle * np.clip(1.0 - (leg.length - along) / ease, 0.0, 1.0) / 2
        return heading


def main_road(network: LaneNetwork) -> list[int]:
    """Return the segments from the first on, each the way straight on, to the end or around."""
    following: dict[str, list[int]] = {}
    for number, segment in enumerate(network.segments):
        following.setdefault(segment.start, []).append(number)
    ways, seen = [0], {0}
    while True:
        segment = network.segments[ways[-1]]
        after = following.get(segment.end, [])
        if len(after) > 1:
            lane = segment.lanes[0]
            after = [network.following((ways[-1], 0), *lane.position(lane.length, 0.0))[0]]
        if not after or after[0] in seen:
            return ways
        ways.append(after[0])
        seen.add(after[0])


def _continues(first: Lane, leg: Lane) -> bool:
    """Return whether a lane lies on the straight line that the first one begins."""
    if type(first) is not StraightLane or type(leg) is not StraightLane:
        return False
    across = first.local(*leg.start)[1]
    return (abs(float(wrap_to_pi(leg.heading - first.heading))) < SAME_ANGLE
            and abs(across) < SAME_PLACE)


def _before(lane: Lane) -> StraightLane:
    """Return the straight way that leads to the start of a lane."""
    x, y = map(float, lane.position(0.0, 0.0))
    heading = float(lane.heading_at(0.0))
    return StraightLane(
        start=(x - BEYOND * math.cos(heading), y - BEYOND * math.sin(heading)), end=(x, y))


def _past(lane: Lane) -> StraightLane:
    """Return the straight way on from the end of a lane."""
    x, y = map(float, lane.position(lane.length, 0.0))
    heading = float(lane.heading_at(lane.length))
    return StraightLane(
        start=(x, y), end=(x + BEYOND * math.cos(heading), y + BEYOND * math.sin(heading)))


def _corner(before: Lane, after: Lane) -> tuple[float, float]:
    """Return the angle between two lanes, and the meters on either side over which it turns."""
    angle = float(wrap_to_pi(after.heading_at(0.0) - before.heading_at(before.length)))
    if abs(angle) < SAME_ANGLE:
        return 0.0, 0.0
    return angle, min(EASE, before.length / 2, after.length / 2)
