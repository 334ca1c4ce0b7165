# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
highway-env's road network as a road description, and its lane indices as lane numbers.

highway-env's y axis points to the right; the description is of the map frame, whose y axis points
to the left. Only signs change, so that nothing is lost.
"""

from __future__ import annotations

from typing import Any

from highway_env.road import lane as highway_lane

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.perception.lane_network import Segment
from drl_prune_ros.perception.lanes import CircularLane, Lane, SineLane, StraightLane
from drl_prune_ros.perception.road import Road

SegmentNodes = tuple[tuple[str, str], ...]


def segment_nodes(network: Any) -> SegmentNodes:
    """Return the (from, to) nodes of every segment, in the order of highway-env."""
    return tuple((start, end) for start, ends in network.graph.items() for end in ends)


def describe_road(network: Any) -> Road:
    """
    Return the description of a highway-env road network.

    Raises DrlPruneError when it has lanes of a shape that descriptions lack, or when its leftmost
    lane does not begin at the origin along x: observations in the road frame would then not be
    those that highway-env gives.
    """
    road = Road(tuple(
        Segment(start, end, tuple(map(_describe_lane, network.graph[start][end])))
        for start, end in segment_nodes(network)))
    frame = road.frame()
    if (frame.x, frame.y, frame.yaw) != (0.0, 0.0, 0.0):
        raise DrlPruneError(
            'the leftmost lane of this environment does not begin at its origin along x: choose '
            'another environment')
    return road


def _describe_lane(lane: Any) -> Lane:
    common: dict[str, Any] = {
        'width': float(lane.width), 'speed_limit': float(lane.speed_limit),
        'forbidden': bool(lane.forbidden)}
    if type(lane) is highway_lane.CircularLane and lane.length > 0.0:
        return CircularLane(
            center=_mirrored(lane.center), radius=float(lane.radius),
            start_phase=-float(lane.start_phase), end_phase=-float(lane.end_phase), **common)
    if type(lane) is highway_lane.SineLane:
        return SineLane(
            start=_mirrored(lane.start), end=_mirrored(lane.end),
            amplitude=-float(lane.amplitude), pulsation=float(lane.pulsation),
            phase=float(lane.phase), **common)
    if type(lane) is highway_lane.StraightLane:
        return StraightLane(start=_mirrored(lane.start), end=_mirrored(lane.end), **common)
    raise DrlPruneError(
        f'this environment has a lane of shape {type(lane).__name__}, which road descriptions '
        f'lack: choose another environment')


def _mirrored(point: Any) -> tuple[float, float]:
    return float(point[0]), -float(point[1])
