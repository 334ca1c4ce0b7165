# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A lane and those that continue it, as one line along which distances are measured."""

from __future__ import annotations

from typing import NamedTuple

from drl_prune_ros.perception.lane_network import LaneId, LaneNetwork

MOST_LANES = 256   # that a position is looked for on

class OnLane(NamedTuple):
    """
    A position along lanes: s from the start of the first, r across, heading of the lane there.

    Meters and radians, as in perception.lanes.
    """

    s: float
    r: float
    heading: float


class LanesAhead:
    """The lanes of a network, in the road frame, with the one that follows each of them."""

    __slots__ = ('_following', 'network')

    def __init__(self, network: LaneNetwork) -> None:
        self.network = network
        self._following: dict[LaneId, LaneId] = {}   # those that were asked for

    def place(self, first: LaneId, x: float, y: float) -> OnLane:
        """Return where a position is along a lane, and those that follow where it is past it."""
        lane = self.network.lane(first)
        s, r = lane.local(x, y)
        before = 0.0
        index = first
        for _ in range(MOST_LANES):
            if s < lane.length:
                break
            index = self._after(index)
            following = self.network.lane(index)
            next_s, next_r = following.local(x, y)
            if following is lane or next_s < 0.0:
                break   # past the last lane, or between two that do not quite meet
            before += lane.length
            lane, s, r = following, next_s, next_r
        return OnLane(float(before + s), float(r), lane.heading_at(s))

    def _after(self, index: LaneId) -> LaneId:
        following = self._following.get(index)
        if following is None:
            lane = self.network.lane(index)
            following = self.network.following(index, *lane.position(lane.length, 0.0))
            self._following[index] = following
        return following
