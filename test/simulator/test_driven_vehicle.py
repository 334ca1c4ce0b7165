# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import gymnasium
import highway_env  # noqa: F401 - registers the environments
import numpy as np
import pytest

from drl_prune_ros.control.command import Decision
from drl_prune_ros.simulator.driven_vehicle import DrivenVehicle
from drl_prune_ros.simulator.highway_road import segment_nodes

DT = 0.2


@pytest.fixture
def driven():
    env = gymnasium.make('merge-v0').unwrapped
    env.reset(seed=1)
    return env.vehicle, DrivenVehicle(env.vehicle, segment_nodes(env.road.network))


def test_the_motion_is_what_was_commanded(driven):
    vehicle, wheel = driven
    random = np.random.default_rng(2)
    for _ in range(200):
        vehicle.speed = random.uniform(-10, 39)
        vehicle.heading = before = random.uniform(-1, 1)
        speed = vehicle.speed + random.uniform(-2, 2)
        # What front wheels at up to 60 degrees can turn.
        yaw_rate = random.uniform(-0.65, 0.65) * vehicle.speed / 2.5
        wheel.command(speed, yaw_rate, Decision(1, 0, 25.0), DT)
        vehicle.act()
        vehicle.step(DT)
        assert vehicle.speed == pytest.approx(speed, abs=1e-12)
        assert before - vehicle.heading == pytest.approx(yaw_rate * DT, abs=1e-12)


def test_others_see_the_decision(driven):
    vehicle, wheel = driven
    wheel.command(30.0, 0.0, Decision(4, 0, 25.0, target_segment=1), DT)
    vehicle.act('FASTER')
    assert vehicle.target_lane_index == ('b', 'c', 0)
    assert (vehicle.target_speed, vehicle.speed_index) == (25.0, 1)


def test_what_cannot_be_turned_is_turned_as_far_as_can_be(driven):
    vehicle, wheel = driven
    for speed, yaw_rate in ((0.0, 1.0), (0.1, 50.0), (0.1, -50.0)):
        vehicle.speed = speed
        wheel.command(speed, yaw_rate, Decision(1, 0, 25.0), DT)
        vehicle.act()
        vehicle.step(DT)
        assert np.isfinite([*vehicle.position, vehicle.heading, vehicle.speed]).all()


def test_after_a_crash_the_motion_is_the_simulators_own(driven):
    vehicle, wheel = driven
    vehicle.crashed = True
    wheel.command(35.0, 0.5, Decision(1, 0, 25.0), DT)
    heading, speed = vehicle.heading, vehicle.speed
    vehicle.act()
    vehicle.step(DT)
    assert (vehicle.heading, vehicle.speed) == (heading, speed - speed * DT)
