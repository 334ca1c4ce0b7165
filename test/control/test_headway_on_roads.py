# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The headway guard measures along the road, wherever that leads."""

from dataclasses import replace
import math

import numpy as np
import pytest
from seen_ahead import box, CAR, CAR_LENGTH, LANE_WIDTH, look, START, straight_road

from drl_prune_ros.control.headway_guard import HeadwayGuard, safe_speed
from drl_prune_ros.perception.driving_context import DrivingContext
from drl_prune_ros.perception.lane_network import Segment
from drl_prune_ros.perception.lanes import CircularLane, StraightLane
from drl_prune_ros.perception.path_road import road_from_path
from drl_prune_ros.perception.road import Road
from drl_prune_ros.perception.scene import Ego, Objects

SETTINGS = CAR.headway_guard


def bend(lanes=3):
    """Return 100 m straight on, 90 degrees to the left with a radius of 60 m, and straight on."""
    def arc(number):
        return CircularLane(center=(100.0, 60.0), radius=60.0 + LANE_WIDTH * number,
                            start_phase=-math.pi / 2, end_phase=0.0, speed_limit=36.0)

    def after(number):
        x = 160.0 + LANE_WIDTH * number
        return StraightLane(start=(x, 60.0), end=(x, 400.0), speed_limit=36.0)
    before = straight_road(lanes).segments[0].lanes
    return Road((
        Segment('0', '1', tuple(
            replace(lane, end=(100.0, lane.end[1])) for lane in before)),
        Segment('1', '2', tuple(map(arc, range(lanes)))),
        Segment('2', '3', tuple(map(after, range(lanes))))))


@pytest.mark.parametrize('beyond', [30.0, 70.0, 120.0])
@pytest.mark.parametrize('lane', [0, 1, 2])
def test_the_gap_is_measured_along_a_bend(beyond, lane):
    """A car stands on lane 1, so far along the road; only who drives on that lane brakes."""
    road, start = bend(), 80.0
    quarter = 64.0 * math.pi / 2
    if beyond < 20.0 + quarter:
        angle = (beyond - 20.0) / 64.0
        x, y, yaw = 100.0 + 64.0 * math.sin(angle), 60.0 - 64.0 * math.cos(angle), angle
    else:
        x, y, yaw = 164.0, 60.0 + beyond - 20.0 - quarter, math.pi / 2
    objects = Objects.of_rows([(x, y, 0.0, 0.0, yaw, CAR_LENGTH, 1.8, 1.0)])
    frame = road.frame()
    guard = HeadwayGuard(CAR)
    context = DrivingContext(
        frame.ego(Ego(0, start, -LANE_WIDTH * lane, 0.0, 25.0)), frame, road.network(), objects)
    allowed = guard.ceiling(2.0, context, (0, lane), 0.2)
    if lane != 1:
        assert allowed >= 2.0
        return
    gap = beyond - (CAR.length + CAR_LENGTH) / 2
    expected = (safe_speed(SETTINGS, 25.0, gap, 0.0) - 25.0) / 0.3
    assert allowed == pytest.approx(max(expected, -5.0), abs=0.1)


@pytest.mark.parametrize('radius', [60.0, 200.0, 500.0])
def test_on_a_path_that_bends_cars_on_other_lanes_are_left_alone(radius):
    """A path is cut into straight legs, to which a car on the bend is never quite parallel."""
    angles = np.arange(0.0, math.pi / 2, 1.0 / radius)
    path = np.column_stack([radius * np.sin(angles), radius - radius * np.cos(angles)])
    road = road_from_path(path, 3, 3.5, 1)
    frame, network = road.frame(), road.network()
    speed = math.sqrt(3.0 * radius)

    def on_bend(angle, beside, speed):
        x, y = (radius + beside) * math.sin(angle), radius - (radius + beside) * math.cos(angle)
        return x, y, speed * math.cos(angle), speed * math.sin(angle), angle
    for start in np.linspace(0.2, 0.9, 60):
        x, y, _, _, yaw = on_bend(float(start), 0.0, speed)
        ego = frame.ego(Ego(0, x, y, yaw, speed))
        lane = network.nearest(ego.x, ego.y, ego.yaw)
        for beside, brakes in ((-3.5, False), (0.0, True), (3.5, False)):
            ahead, share = (25.0, 0.5) if brakes else (9.0, 1.0)
            other = on_bend(float(start) + ahead / radius, beside, share * speed)
            objects = Objects.of_rows([(*other, CAR_LENGTH, 2.2, 1.0)])
            allowed = HeadwayGuard(CAR).ceiling(
                2.0, DrivingContext(ego, frame, network, objects), lane, 0.2)
            assert (allowed < 2.0) is brakes


@pytest.mark.parametrize('angle', [0.7, math.pi / 2, -2.5])
def test_it_does_not_matter_how_the_road_lies_on_the_map(angle):
    cos, sin = math.cos(angle), math.sin(angle)

    def on_map(x, y):
        return 3e4 + cos * x - sin * y, -5e5 + sin * x + cos * y
    road = Road((Segment('0', '1', tuple(
        StraightLane(start=on_map(0.0, -4.0 * number), end=on_map(9e3, -4.0 * number))
        for number in range(3))),))
    frame = road.frame()
    for row in (box(START + 25.0, 1.0, 20.0), box(START + 25.0, 0.0, 20.0),
                box(START + 25.0, 0.0, 20.0, aside=-1.2)):
        x, y, vx, vy, yaw, *rest = row
        objects = Objects.of_rows([(
            *on_map(x, y), cos * vx - sin * vy, sin * vx + cos * vy, yaw + angle, *rest)])
        context = DrivingContext(
            frame.ego(Ego(0, *on_map(START, -4.0), angle, 25.0)), frame, road.network(), objects)
        assert HeadwayGuard(CAR).ceiling(2.0, context, (0, 1), 0.2) == pytest.approx(
            look(row)[1], abs=1e-5)


def test_a_ring_and_a_road_that_ends():
    ring = Road((
        Segment('0', '1', (CircularLane(
            center=(0.0, 0.0), radius=40.0, start_phase=0.0, end_phase=math.pi),)),
        Segment('1', '0', (CircularLane(
            center=(0.0, 0.0), radius=40.0, start_phase=-math.pi, end_phase=0.0),))))
    frame = ring.frame()
    for angle, brakes in ((0.9, True), (3.5, False), (-0.5, False)):
        objects = Objects.of_rows([(
            40.0 * math.cos(angle), 40.0 * math.sin(angle), 0.0, 0.0, angle + math.pi / 2,
            CAR_LENGTH, 1.8, 1.0)])
        context = DrivingContext(
            frame.ego(Ego(0, 40.0, 0.0, math.pi / 2, 15.0)), frame, ring.network(), objects)
        assert (HeadwayGuard(CAR).ceiling(2.0, context, (0, 0), 0.2) < 0.0) is brakes
    short = Road((Segment('0', '1', (StraightLane(start=(0.0, 0.0), end=(120.0, 0.0)),)),))
    assert look(box(START + 30.0, 0.0, 0.0), lane=0, road=short)[1] < 0.0
