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

from dataclasses import dataclass, replace

import numpy as np

from drl_prune_ros.perception.lane_network import LaneNetwork
from drl_prune_ros.perception.lanes import wrap_to_pi
from drl_prune_ros.perception.reference_line import Array, Piece, pieces_of, ReferenceLine
from drl_prune_ros.perception.scene import Ego, Objects

NEAR = 10.0       # meters along the road around where the vehicle was, where it is sought first
REACH = 300.0     # meters along the road around the vehicle that objects are looked for
BESIDE = 0.75     # widths beside the outermost lanes where a vehicle still is on their road
OFF_LINE = 1.0    # meters between the end of a lane and the start of the next that are no gap


@dataclass(frozen=True, slots=True)
class Chain:
    """
    Segments that follow each other, and the reference line along their leftmost lanes.

    segments  indices in the network, in driving direction
    forks     indices of those of them that lead to more than one segment
    gap       index of the first one whose leftmost lane does not continue that of the one before
    line      reference line, up to the gap
    right     meters from it to the right edge of what may count as on this road
    left      meters from it to the left edge
    """

    segments: tuple[int, ...]
    forks: tuple[int, ...]
    gap: int | None
    line: ReferenceLine
    right: float
    left: float


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
        self.chains = _chains(network)
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


def _chains(network: LaneNetwork) -> list[Chain]:
    """Return the chains of a network, that of the first segment first."""
    starting: dict[str, list[int]] = {}
    ending: dict[str, list[int]] = {}
    for index, segment in enumerate(network.segments):
        starting.setdefault(segment.start, []).append(index)
        ending.setdefault(segment.end, []).append(index)
    free = dict.fromkeys(range(len(network.segments)))
    chains = []
    for first in range(len(network.segments)):
        if first not in free:
            continue
        del free[first]
        following = [first]
        while after := _best(network, following[-1], starting, free, forward=True):
            following.append(after[0])
            del free[after[0]]
        closed = network.segments[following[-1]].end == network.segments[first].start
        before: list[int] = []
        while not closed and (
                earlier := _best(network, (before or [first])[-1], ending, free, forward=False)):
            before.append(earlier[0])
            del free[earlier[0]]
        chains.append(_chain(network, before[::-1], following, starting, closed))
    return chains


def _best(
    network: LaneNetwork, index: int, by_node: dict[str, list[int]], free: dict[int, None],
    forward: bool,
) -> list[int]:
    """Return [the segment whose leftmost lane is nearest to the end of one], [] for none."""
    segment = network.segments[index]
    node = segment.end if forward else segment.start
    here = network.lane((index, 0))
    place = here.position(here.length if forward else 0.0, 0.0)
    candidates = []
    for other in by_node.get(node, ()):
        if other in free:
            lane = network.lane((other, 0))
            x, y = lane.position(0.0 if forward else lane.length, 0.0)
            candidates.append((float(np.hypot(x - place[0], y - place[1])), other))
    return [min(candidates)[1]] if candidates else []


def _chain(
    network: LaneNetwork, before: list[int], following: list[int],
    starting: dict[str, list[int]], closed: bool,
) -> Chain:
    segments = (*before, *following)
    pieces: list[Piece] = []
    gap: int | None = None
    origin = 0
    for index in segments:
        added = pieces_of(network.lane((index, 0)))
        if pieces and gap is None:
            x, y = pieces[-1].end
            if np.hypot(added[0].x - x, added[0].y - y) > OFF_LINE:
                gap = index
        if index == following[0]:
            origin = len(pieces)
        pieces += added
    forks = tuple(index for index in segments
                  if len(starting.get(network.segments[index].end, ())) > 1)
    width = max(network.lane((index, 0)).width for index in segments)
    right = 0.0
    for index in segments:
        lane = network.lane((index, 0))
        x, y = network.segments[index].lanes[-1].position(0.0, 0.0)
        right = max(right, float(lane.local(x, y)[1]))
    return Chain(segments, forks, gap, ReferenceLine(pieces, origin, closed),
                 right + BESIDE * width, -BESIDE * width)
