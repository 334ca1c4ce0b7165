# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Scenes for the headway guard: a vehicle at START on a straight road, and cars as rows."""

import math

from drl_prune_ros.control.headway_guard import HeadwayGuard
from drl_prune_ros.control.profile import load_profile
from drl_prune_ros.perception.driving_context import DrivingContext
from drl_prune_ros.perception.lane_network import Segment
from drl_prune_ros.perception.lanes import StraightLane
from drl_prune_ros.perception.road import Road
from drl_prune_ros.perception.scene import Ego, Objects

CAR = load_profile('passenger_car')
START, CAR_LENGTH, CAR_WIDTH, LANE_WIDTH = 100.0, 4.5, 1.8, 4.0
BUMPER = START + (CAR.length + CAR_LENGTH) / 2   # where a car stands that is touched


def box(x, lane, speed, aside=0.0):
    """Return the row of a car: its lane may be a fraction, aside is a speed to the left, m/s."""
    return (x, -LANE_WIDTH * lane, speed, aside, math.atan2(aside, speed) if speed > 0.5 else 0.0,
            CAR_LENGTH, CAR_WIDTH, 1.0)


def straight_road(lanes=3):
    return Road((Segment('0', '1', tuple(
        StraightLane(start=(0.0, -LANE_WIDTH * number), end=(10_000.0, -LANE_WIDTH * number),
                     speed_limit=36.0)
        for number in range(lanes))),))


def look(*cars, lane=1, speed=25.0, profile=CAR, road=None, target=None, y=None):
    """Return the guard after it saw some cars, and what it allows: m/s^2."""
    road = straight_road() if road is None else road
    frame = road.frame()
    y = -LANE_WIDTH * lane if y is None else y
    guard = HeadwayGuard(profile)
    ego = frame.ego(Ego(0, START, y, 0.0, speed))
    context = DrivingContext(ego, frame, road.network(), Objects.of_rows(list(cars)))
    return guard, guard.ceiling(
        2.0, context, (0, lane if target is None else target), 0.2), context
