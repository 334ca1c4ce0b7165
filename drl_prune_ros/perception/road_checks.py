# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A road held against what a policy of straight roads was trained on, and its vehicle."""

from __future__ import annotations

from collections import Counter
import math

from drl_prune_ros.perception.lane_network import LaneNetwork
from drl_prune_ros.perception.lanes import wrap_to_pi
from drl_prune_ros.perception.reference_line import main_road, ReferenceLine
from drl_prune_ros.perception.road import RoadError
from drl_prune_ros.perception.scene import Ego, OutsideContract
from drl_prune_ros.policy.contracts import ObservationContract

TRAINED_WIDTH = 4.0    # meters: highway-env's lanes, where a contract has no lane_width
PART_OF_A_LANE = 0.25  # that the farthest lane may lie off its place in training
NARROWED = 0.25        # part by which the innermost lane may be shorter than the reference line


def check_lanes(contract: ObservationContract, network: LaneNetwork) -> None:
    """
    Raise RoadError where the lanes are not those of the training of a policy.

    That is their number (the option lane_count), which may grow where others join, and their
    width (the option lane_width, TRAINED_WIDTH by default): positions across are seen in meters,
    so that the farthest lane must not lie off by PART_OF_A_LANE.
    """
    wanted = contract.options.get('lane_count')
    ways = main_road(network)
    if wanted is not None:
        count = len(network.segments[ways[0]].lanes)
        least = min(len(network.segments[way].lanes) for way in ways)
        if count != wanted:
            raise RoadError(
                f'the road has {count} lanes, but the policy was trained on '
                f'{wanted}: use a policy for this road')
        if least < count:
            raise RoadError(
                f'the road narrows from {count} lanes to {least}, but the policy was trained '
                'where all of them go on: use a policy for this road')
    given = contract.options.get('lane_width', TRAINED_WIDTH)
    trained = float(given) if isinstance(given, (int, float)) else TRAINED_WIDTH
    for way in ways:
        lanes = network.segments[way].lanes
        for number, lane in enumerate(lanes):
            if abs(lane.width - trained) * max(1, number) >= PART_OF_A_LANE * trained:
                raise RoadError(
                    f'a lane is {lane.width:g} m wide, but the policy was trained on lanes of '
                    f'{trained:g} m: use a policy for this road')


def check_course(network: LaneNetwork, line: ReferenceLine) -> None:
    """
    Raise RoadError where a road cannot be laid straight for a policy of straight roads.

    It forks, or it turns so sharply that its innermost lane is shorter than the line along which
    distances are seen by NARROWED.
    """
    ways = main_road(network)
    leaving = Counter(segment.start for segment in network.segments)
    for way in ways:
        end = network.segments[way].end
        if leaving[end] > 1:
            raise RoadError(
                f'the road forks at {end!r}, but the policy was trained without '
                'junctions: give it the way that the vehicle is to take, alone')
    across = line.width
    if line.curvature * across > NARROWED:
        raise RoadError(
            f'the road turns with a radius of {1 / line.curvature:.0f} m, but the policy was '
            f'trained on straight roads: {across:g} m wide, it may turn with '
            f'{across / NARROWED:.0f} m or more')


def check_place(network: LaneNetwork, ego: Ego) -> None:
    """Raise OutsideContract where the vehicle is not on its road, or heads against it."""
    if not network.near(ego.x, ego.y):
        raise OutsideContract(
            'the vehicle is not on the road that it was given, but beside it, before its '
            'beginning or past its end')
    lane = network.lane(network.nearest(ego.x, ego.y, ego.yaw))
    turned = wrap_to_pi(ego.yaw - lane.heading_at(lane.local(ego.x, ego.y)[0]))
    if abs(turned) > math.pi / 2:
        raise OutsideContract(
            f'the road that it was given runs against the vehicle, which heads '
            f'{math.degrees(abs(turned)):.0f} degrees off its lane: give the road in the '
            'direction of travel')
