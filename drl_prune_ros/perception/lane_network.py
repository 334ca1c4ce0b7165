# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How lanes lie beside and behind each other: which one is nearest, which one comes next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drl_prune_ros.perception.lanes import Lane

ASIDE = 4.0   # widths beside a lane, farther than a change of lane leads
LaneId = tuple[int, int]   # (index of the segment, number of the lane in it, leftmost 0)


@dataclass(frozen=True, slots=True)
class Segment:
    """
    A stretch of road with the same lanes side by side, from one node to another.

    start, end  names of the nodes; a segment leads to those that start where it ends
    lanes       from the left, leftmost 0
    """

    start: str
    end: str
    lanes: tuple[Lane, ...]


@dataclass(frozen=True, slots=True)
class LaneNetwork:
    """
    The segments of a road, in the axes of the road frame.

    Ties are broken as highway-env does, by the order of the segments and of their lanes.
    """

    segments: tuple[Segment, ...]

    def lane(self, index: LaneId) -> Lane:
        """Return the lane at index."""
        segment, number = index
        return self.segments[segment].lanes[number]

    def nearest(self, x: float, y: float, yaw: float) -> LaneId:
        """Return the lane nearest in position and heading together."""
        indices, distances = [], []
        for segment_index, segment in enumerate(self.segments):
            for number, lane in enumerate(segment.lanes):
                indices.append((segment_index, number))
                distances.append(lane.distance_with_heading(x, y, yaw))
        return indices[int(np.argmin(distances))]

    def near(self, x: float, y: float) -> bool:
        """Return whether a position is on a lane, or at most ASIDE widths beside one."""
        for segment in self.segments:
            for lane in segment.lanes:
                if lane.on_lane(x, y, ASIDE * lane.width):
                    return True
        return False

    def following(self, index: LaneId, x: float, y: float) -> LaneId:
        """
        Return the lane that continues the one at index, for a vehicle at (x, y).

        A segment of as many lanes is entered on the lane of the same number, another one on the
        lane nearest to the center line; of several segments, the nearest. Where the road ends,
        the lane itself.
        """
        segment = self.segments[index[0]]
        lane = self.lane(index)
        s, _ = lane.local(x, y)
        ahead = lane.position(s, 0.0)
        candidates = []
        for segment_index, successor in enumerate(self.segments):
            if successor.start != segment.end:
                continue
            if len(successor.lanes) == len(segment.lanes):
                number = index[1]
            else:
                distances = [candidate.distance(*ahead) for candidate in successor.lanes]
                number = distances.index(min(distances))
            distance = successor.lanes[number].distance(*ahead)
            candidates.append((distance, (segment_index, number)))
        if not candidates:
            return index
        return min(candidates, key=lambda candidate: candidate[0])[1]
