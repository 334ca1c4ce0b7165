# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Coordinates of the road that the vehicle is on: s along its leftmost lane, r across to the right.

Policies were trained on roads that lie along the x axis. In these coordinates a road that turns
looks like one of those: x is s, y is r, headings and velocities are relative to the direction of
the leftmost lane beside each position. On a road along the x axis they are those of the road
frame, to the bit.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from drl_prune_ros.perception.chains import Chain, chains_of
from drl_prune_ros.perception.lane_network import LaneNetwork
from drl_prune_ros.perception.lanes import wrap_to_pi
from drl_prune_ros.perception.reference_line import Array
from drl_prune_ros.perception.scene import Ego, Objects

NEAR = 10.0       # meters along the road around where the vehicle was, where it is sought first
REACH = 300.0     # meters along the road around the vehicle that objects are looked for


class Stretch:
    """
    The road around a vehicle.

    Everything that it converts is in the axes of the road frame, as that of the RoadFrame.

    chain    the segments that the vehicle is on
    ego      the vehicle in road coordinates; its yaw rate is as measured
    straight whether road coordinates are those of the road frame, to the bit
    """

    __slots__ = ('chain', 'ego', 'straight')

    def __init__(self, chain: Chain, ego: Ego) -> None:
        self.chain = chain
        self.ego = ego
        self.straight = chain.line.straight

    def convert(
        self, x: Array, y: Array, yaw: Array, vx: Array, vy: Array,
    ) -> tuple[Array, Array, Array, Array, Array]:
        """Return (s, r, yaw, v along, v across) of positions, headings and velocities, (n,)."""
        if self.straight:
            return x, y, yaw, vx, vy
        line = self.chain.line
        s, r = line.project(x, y, self.ego.x, REACH)
        heading = line.heading(s)
        cos, sin = np.cos(heading), np.sin(heading)
        relative: Array = wrap_to_pi(yaw - heading)
        return s, r, relative, vx * cos + vy * sin, vy * cos - vx * sin

    def objects(self, objects: Objects) -> Objects:
        """Return objects in road coordinates, in the same order."""
        if self.straight or not len(objects):
            return objects
        s, r, yaw, along, across = self.convert(
            objects.x, objects.y, objects.yaw, objects.vx, objects.vy)
        return Objects(x=s, y=r, vx=along, vy=across, yaw=yaw, length=objects.length,
                       width=objects.width, id=objects.id)


class RoadCoordinates:
    """
    Finds the stretch of road that a vehicle is on.

    network  the lanes, in the road frame

    The chain of the first segment comes first: a vehicle within its lanes is on it, unless it
    points against it. Else it is on the chain of the lane that is nearest.
    """

    def __init__(self, network: LaneNetwork) -> None:
        self._network = network
        self.chains = chains_of(network)
        self._chain_of = {
            segment: chain for chain in reversed(self.chains) for segment in chain.segments}
        self._latest: tuple[Chain, float] | None = None   # where the vehicle was found last

    @property
    def main(self) -> Chain:
        """Return the chain of the first segment."""
        return self.chains[0]

    def around(self, ego: Ego) -> Stretch:
        """Return the stretch around a vehicle, given in the road frame."""
        main = self.main
        found = self._on(main, ego)
        if not (main.left <= found.y <= main.right
                and main.line.begin - REACH <= found.x <= main.line.end + REACH
                and abs(wrap_to_pi(found.yaw)) < np.pi / 2) and len(self.chains) > 1:
            nearest = self._network.nearest(ego.x, ego.y, ego.yaw)[0]
            chain = self._chain_of[nearest]
            if chain is not main:
                return Stretch(chain, self._on(chain, ego))
        return Stretch(main, found)

    def _on(self, chain: Chain, ego: Ego) -> Ego:
        """Return a vehicle in the coordinates of a chain."""
        line = chain.line
        if line.straight:
            return ego
        found = None
        if self._latest is not None and self._latest[0] is chain:
            found = line.project_near(ego.x, ego.y, self._latest[1], NEAR)
        if found is None or not chain.left <= found[1] <= chain.right:
            everywhere = line.project(np.array([ego.x]), np.array([ego.y]), line.begin, np.inf)
            found = float(everywhere[0][0]), float(everywhere[1][0])
        s, r = found
        if line.closed:
            s = (s - line.begin) % line.length + line.begin
        self._latest = chain, s
        yaw = float(wrap_to_pi(ego.yaw - line.heading_at(s)))
        return replace(ego, x=s, y=r, yaw=yaw)
