# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Steering and acceleration against highway-env's ControlledVehicle."""

import gymnasium
from highway_env.vehicle.controller import ControlledVehicle
from highway_env.vehicle.kinematics import Vehicle
import numpy as np
import pytest

from drl_prune_ros.control import controller
from drl_prune_ros.perception.scene import Ego
from drl_prune_ros.simulator.highway_road import describe_road, segment_nodes


def states(road, count):
    """Yield vehicles anywhere on a highway-env road, fast, slow, standing and in reverse."""
    random = np.random.default_rng(5)
    speeds = (0.0, 5e-3, -5e-3, 41.0, -43.0, *random.uniform(-45, 45, count))
    for speed in speeds:
        position = random.uniform((0, -6), (400, 14))
        vehicle = ControlledVehicle(
            road, position, heading=random.uniform(-1, 1) ** 3 * 4, speed=speed)
        yield vehicle, Ego(
            stamp_ns=0, x=position[0], y=position[1], yaw=vehicle.heading, speed=speed)


@pytest.fixture
def road():
    return gymnasium.make('merge-v0').unwrapped.road


def test_steering(profile, road):
    network = describe_road(road.network).network()
    angles = []
    for vehicle, ego in states(road, 150):
        for segment, (start, end) in enumerate(segment_nodes(road.network)):
            for number in range(len(road.network.graph[start][end])):
                angle = controller.steering(profile, ego, network.lane((segment, number)))
                assert angle == vehicle.steering_control((start, end, number))
                angles.append(angle)
    assert profile.max_steering in angles and -profile.max_steering in angles


def test_acceleration_and_the_motion_that_follows(profile, road):
    for vehicle, ego in states(road, 100):
        for target_speed in (0.0, 20.0, 25.0, 45.0):
            angle = 0.4 * np.sin(ego.x)
            wanted = controller.acceleration(profile, ego, target_speed)
            rate = controller.yaw_rate(profile, ego.speed, angle)
            moved = ControlledVehicle.create_from(vehicle)
            Vehicle.act(moved, {
                'steering': angle, 'acceleration': vehicle.speed_control(target_speed)})
            moved.step(0.2)
            assert moved.speed == ego.speed + wanted * 0.2
            assert moved.heading == pytest.approx(ego.yaw + rate * 0.2, abs=1e-12)
