# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A policy that wants its highest speed slows down for a bend, and keeps to its lane."""

import math

import pytest

from drl_prune_ros.control.bend_speed import BendSpeed
from drl_prune_ros.control.driver import make_motion_driver
from drl_prune_ros.control.envelope import SafetyEnvelope
from drl_prune_ros.control.meta_action import ACTIONS
from drl_prune_ros.control.profile import load_profile
from drl_prune_ros.perception.lane_network import Segment
from drl_prune_ros.perception.lanes import CircularLane, StraightLane
from drl_prune_ros.perception.road import Road
from drl_prune_ros.perception.road_coordinates import RoadCoordinates
from drl_prune_ros.perception.scene import Ego, Objects
from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.resources import models_dir

BEFORE = 300.0


class Faster:
    """Wants to be as fast as it can."""

    manifest = read_policy(models_dir() / 'highway-fast-v0-dsp.onnx').manifest

    def act(self, observation):
        return ACTIONS.index('FASTER')


def bend(radius: float, side: int) -> Road:
    """Return a straight road that ends in a bend of the leftmost lane; side 1 is to the left."""
    return Road((
        Segment('0', '1', tuple(
            StraightLane(start=(0.0, -4.0 * n), end=(BEFORE, -4.0 * n), speed_limit=30.0)
            for n in range(3))),
        Segment('1', '2', tuple(
            CircularLane(
                center=(BEFORE, side * radius), radius=radius + side * 4.0 * n,
                start_phase=-side * math.pi / 2, end_phase=0.0,
                speed_limit=30.0)
            for n in range(3)))))


@pytest.mark.reaction(
    'roads that turn', 'a bend too sharp for the speed that the policy wants',
    'the vehicle slows down before it, and keeps to its lane')
@pytest.mark.parametrize('side', [1, -1])
@pytest.mark.parametrize('radius', [130.0, 200.0, 400.0])
def test_the_vehicle_slows_down_for_a_bend(radius: float, side: int) -> None:
    profile = load_profile('passenger_car')
    driver = make_motion_driver(Faster(), profile, on_road=True)
    road = bend(radius, side)
    driver.set_road(road)
    envelope = SafetyEnvelope(driver.guard, driver.period_s, lockstep=True)
    frame, roads = road.frame(), RoadCoordinates(road.network())
    ego, steps, fastest, farthest = Ego(0, 20.0, -4.0, 0.0, 30.0), 20, 0.0, 0.0
    end = BEFORE + radius * math.pi / 2 - 20.0
    while (place := roads.around(frame.ego(ego)).ego).x < end:
        command = envelope.answer(
            driver.step(ego, Objects.none()), ego, ego.stamp_ns, ego.stamp_ns)
        farthest = max(farthest, abs(place.y - 4.0))
        if place.x > BEFORE:
            fastest = max(fastest, ego.speed)
        x, y, yaw, speed = ego.x, ego.y, ego.yaw, ego.speed
        slip, period = math.atan(math.tan(command.steering) / 2), driver.period_s / steps
        for _ in range(steps):
            x += speed * math.cos(yaw + slip) * period
            y += speed * math.sin(yaw + slip) * period
            yaw += speed * math.sin(slip) / (profile.wheelbase / 2) * period
            speed += command.acceleration * period
        ego = Ego(ego.stamp_ns + round(driver.period_s * 1e9), x, y, yaw, speed)
    inner = radius + side * 4.0
    assert fastest ** 2 / inner <= profile.limits.at(fastest).lateral_acceleration
    assert farthest < 1.0, 'half of what a lane leaves beside a car'


def test_without_limits_no_bend_slows_down() -> None:
    road = bend(100.0, 1)
    stretch = RoadCoordinates(road.network()).around(road.frame().ego(
        Ego(0, 250.0, -4.0, 0.0, 30.0)))
    assert BendSpeed(load_profile('highway_env')).limit(stretch, 30.0) == math.inf
    assert BendSpeed(load_profile('passenger_car')).limit(stretch, 30.0) < 30.0
