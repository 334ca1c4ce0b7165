# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How sharply the lanes of a network bend, also where a bend is made of straight legs."""

from __future__ import annotations

from drl_prune_ros.perception.lane_network import LaneId, LaneNetwork
from drl_prune_ros.perception.lanes import StraightLane, wrap_to_pi


class Bends:
    """Reckons the bend of each lane once."""

    def __init__(self) -> None:
        self._network: LaneNetwork | None = None
        self._known: dict[LaneId, float | None] = {}

    def of(self, network: LaneNetwork, index: LaneId) -> float | None:
        """
        Return the curvature, 1/m, of a road made of straight legs at one of them.

        None where the lane is no straight line, and has a curvature of its own.
        """
        if network is not self._network:
            self._network, self._known = network, {}
        if index not in self._known:
            self._known[index] = _of_legs(network, index)
        return self._known[index]


def _of_legs(network: LaneNetwork, index: LaneId) -> float | None:
    lane = network.lane(index)
    if type(lane) is not StraightLane:
        return None
    following = network.lane(network.following(index, *lane.position(lane.length, 0.0)))
    if following is lane or type(following) is not StraightLane:
        return 0.0
    turned = wrap_to_pi(following.heading - lane.heading)
    return turned / ((lane.length + following.length) / 2)
