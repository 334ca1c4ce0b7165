# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A road from a path: as many parallel lanes as are asked for, along the line of one of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
import math

import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.perception.lane_json import RoadError
from drl_prune_ros.perception.lane_network import Segment
from drl_prune_ros.perception.lanes import StraightLane
from drl_prune_ros.perception.road import MOST_LANES, Road

TOLERANCE = 0.1   # meters that the straight legs may lie off the path
Point = tuple[float, float]
NEAR = 0.01       # meters; closer positions are one, as planners repeat the last one at the goal
FARTHEST = 1e8    # meters from the origin of its frame; an earth-centered one has 6.4e6
MOST_POSITIONS = 10_000


def road_from_path(
    points: Sequence[Point] | NDArray[np.float64], lane_count: int, lane_width: float,
    path_lane: int, speed_limit: float = 30.0,
) -> Road:
    """
    Return the road whose lane number path_lane runs along points.

    points      (n, 2), n >= 2, map frame, meters, in driving direction
    lane_count  number of lanes, leftmost 0
    lane_width  meters
    speed_limit of every lane, m/s

    Positions closer than NEAR to the one before count as one. The path is cut into as few straight
    legs as stay within TOLERANCE of it, each a segment. So a lane beside it has small gaps and
    overlaps at the corners: gentle bends only. Raises RoadError.
    """
    if len(points) > MOST_POSITIONS:
        raise RoadError(
            f'the path has {len(points):,} positions, {MOST_POSITIONS:,} is the most: publish the '
            'stretch ahead, or positions farther apart')
    path = np.array(points, dtype=np.float64)
    if path.ndim != 2 or path.shape[1:] != (2,) or not np.isfinite(path).all():
        raise RoadError('the path is not a list of finite positions (x, y)')
    if not (np.abs(path) <= FARTHEST).all():
        raise RoadError(
            f'the path leads farther than {FARTHEST:g} m from the origin of its frame: publish it '
            'in the map frame')
    path = _apart(path) if len(path) else path
    if len(path) < 2:
        raise RoadError('the path has fewer than two different positions')
    if not (math.isfinite(lane_width) and lane_width > 0.0):
        raise RoadError(f'lane_width is {lane_width}: give a positive number of meters')
    if not 0 <= path_lane < lane_count:
        raise RoadError(
            f'path_lane is {path_lane}, but lane_count is {lane_count}: lanes count from 0')

    corners = path[_corners(path, MOST_LANES // lane_count)]
    segments = []
    for number, (start, end) in enumerate(pairwise(corners)):
        along = (end - start) / np.linalg.norm(end - start)
        left = np.array([-along[1], along[0]])
        lanes = []
        for lane in range(lane_count):
            offset = (path_lane - lane) * lane_width * left
            lanes.append(StraightLane(
                start=_point(start + offset), end=_point(end + offset),
                width=lane_width, speed_limit=speed_limit))
        segments.append(Segment(str(number), str(number + 1), tuple(lanes)))
    return Road(tuple(segments))


def _apart(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the positions that lie at least NEAR from the one kept before, up to the last."""
    first, *others = path.tolist()
    kept = [first]
    for position in others:
        if math.dist(position, kept[-1]) >= NEAR:
            kept.append(position)
    if len(kept) > 1 and math.dist(path[-1], kept[-2]) >= NEAR:
        kept[-1] = path[-1].tolist()
    return np.array(kept)


def _corners(path: NDArray[np.float64], most: int) -> list[int]:
    """
    Return the indices of the positions that the Douglas-Peucker algorithm keeps.

    Raises RoadError where these are more than `most` legs.
    """
    kept = [0, len(path) - 1]
    pending = [(0, len(path) - 1)]
    while pending:
        if len(kept) > most:
            raise RoadError(
                f'the path turns so often that it takes more than {most} straight legs: publish '
                'the stretch ahead, or a smoother path')
        start, end = pending.pop()
        chord = path[end] - path[start]
        between = path[start + 1:end] - path[start]
        length = np.linalg.norm(chord)
        if length > 0.0:
            away = np.abs(between[:, 0] * chord[1] - between[:, 1] * chord[0]) / length
        else:
            away = np.linalg.norm(between, axis=1)
        if away.size and away.max() > TOLERANCE:
            farthest = start + 1 + int(np.argmax(away))
            kept.append(farthest)
            pending += [(start, farthest), (farthest, end)]
    return sorted(kept)


def _point(point: NDArray[np.float64]) -> tuple[float, float]:
    return float(point[0]), float(point[1])
