# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The roads that the segments of a network make, each with its reference line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drl_prune_ros.perception.lane_network import LaneNetwork
from drl_prune_ros.perception.lanes import wrap_to_pi
from drl_prune_ros.perception.reference_line import Piece, pieces_of, ReferenceLine

BESIDE = 0.75     # widths beside the outermost lanes where a vehicle still is on their road
OFF_LINE = 1.5    # meters between the end of a lane and the start of the next that are no gap


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """
    Segments that follow each other, and the reference line along their leftmost lanes.

    segments     indices in the network, in driving direction
    forks        indices of those of them that lead to more than one segment
    gap          index of the first whose leftmost lane does not continue that of the one before
    line         reference line
    lanes_right  meters from it to the center of the rightmost lane, where that is farthest
    right, left  meters from it to the edges of what counts as on this road
    """

    segments: tuple[int, ...]
    forks: tuple[int, ...]
    gap: int | None
    line: ReferenceLine
    lanes_right: float
    right: float
    left: float

    @property
    def sharpest(self) -> float:
        """Return the curvature of the innermost lane in the sharpest turn, 1/m."""
        return max(abs(self.curvature_at(turn, self.lanes_right)) if turn > 0.0 else -turn
                   for turn in self.line.turns)

    @staticmethod
    def curvature_at(turn: float, right: float) -> float:
        """Return the curvature, 1/m, at some meters right of where the line has that of turn."""
        return turn / max(1.0 - turn * right, 0.1)


def chains_of(network: LaneNetwork) -> list[Chain]:
    """Return the chains of a network, each segment in one; that of the first segment first."""
    starting: dict[str, list[int]] = {}
    ending: dict[str, list[int]] = {}
    for index, segment in enumerate(network.segments):
        starting.setdefault(segment.start, []).append(index)
        ending.setdefault(segment.end, []).append(index)
    free = set(range(len(network.segments)))
    chains = []
    for first in range(len(network.segments)):
        if first not in free:
            continue
        free.remove(first)
        segments = [first]
        while (after := _nearest(network, segments[-1], starting, free, True)) is not None:
            segments.append(after)
            free.remove(after)
        closed = (network.segments[segments[-1]].end == network.segments[first].start
                  and _joint(network, segments[-1], first) is not None)
        origin = 0
        while not closed and (
                before := _nearest(network, segments[0], ending, free, False)) is not None:
            segments.insert(0, before)
            free.remove(before)
            origin += 1
        forks = tuple(
            index for index in segments
            if sum(_joint(network, index, other) is not None
                   for other in starting.get(network.segments[index].end, ())) > 1)
        chains.append(_chain(network, segments, forks, origin, closed))
    return chains


def _nearest(
    network: LaneNetwork, index: int, by_node: dict[str, list[int]], free: set[int],
    forward: bool,
) -> int | None:
    """Return the free segment whose leftmost lane continues that of one best, if any does."""
    segment = network.segments[index]
    found: list[tuple[float, int]] = []
    for other in by_node.get(segment.end if forward else segment.start, ()):
        pair = (index, other) if forward else (other, index)
        if other in free and (distance := _joint(network, *pair)) is not None:
            found.append((distance, other))
    return min(found)[1] if found else None


def _joint(network: LaneNetwork, before: int, after: int) -> float | None:
    """
    Return the meters from the end of a leftmost lane to the start of another one.

    None where the other one turns back, as the opposite direction of the same road does.
    """
    here, there = network.lane((before, 0)), network.lane((after, 0))
    if abs(wrap_to_pi(there.heading_at(0.0) - here.heading_at(here.length))) >= np.pi / 2:
        return None
    (x, y), (to_x, to_y) = here.position(here.length, 0.0), there.position(0.0, 0.0)
    return float(np.hypot(to_x - x, to_y - y))


def _chain(
    network: LaneNetwork, segments: list[int], forks: tuple[int, ...], origin: int, closed: bool,
) -> Chain:
    pieces: list[Piece] = []
    gap: int | None = None
    begins = []
    lanes_right = width = 0.0
    for index in segments:
        lanes = network.segments[index].lanes
        added = pieces_of(lanes[0])
        if pieces and gap is None:
            x, y = pieces[-1].end
            if np.hypot(added[0].x - x, added[0].y - y) > OFF_LINE:
                gap = index
        begins.append(len(pieces))
        pieces += added
        lanes_right = max(lanes_right, float(lanes[0].local(*lanes[-1].position(0.0, 0.0))[1]))
        width = max(width, lanes[0].width)
    return Chain(
        tuple(segments), forks, gap, ReferenceLine(pieces, begins[origin], closed), lanes_right,
        lanes_right + BESIDE * width, -BESIDE * width)
