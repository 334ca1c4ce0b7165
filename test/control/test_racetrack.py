# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A racetrack policy that sees grids as a sensor sends them drives as it does in highway-env."""

import gymnasium
import highway_env  # noqa: F401 - registers the environments
import numpy as np

from drl_prune_ros.control.driver import make_motion_driver
from drl_prune_ros.perception.occupancy_grid import GridLayer
from drl_prune_ros.perception.pose import Pose
from drl_prune_ros.perception.scene import Ego
from drl_prune_ros.policy.manifest import Manifest
from drl_prune_ros.tasks.catalogue import load_task

T = 1 / 15
TICKS = 3   # a decision
TASK = load_task('racetrack-v0')


class Weights:
    """A policy of random weights."""

    def __init__(self, seed):
        self.manifest = Manifest(
            TASK.id, TASK.observation, TASK.action, (288, 1), TASK.dense_widths)
        self._weights = np.random.default_rng(seed).normal(0, 0.1, 288)

    def act(self, observation):
        return np.tanh([observation.astype(np.float64) @ self._weights])


def sensed(env, tick):
    """Return what a car knows that counts y to the left: its state, and a layer a message."""
    vehicle = env.vehicle
    ego = Ego(round(tick * T * 1e9), vehicle.position[0], -vehicle.position[1], -vehicle.heading,
              vehicle.speed)
    return ego, *(
        # Rows go to the left and columns ahead, as in nav_msgs/OccupancyGrid.
        GridLayer((100 * layer.T[::-1]).astype(np.int8), 3.0, Pose(-18.0, -18.0))
        for layer in env.observation_type.observe())


def test_the_same_track_is_driven(profile):
    for seed in range(2):
        policy = Weights(seed)
        own, driven = (gymnasium.make('racetrack-v0').unwrapped for _ in range(2))
        observation, _ = own.reset(seed=seed)
        driven.reset(seed=seed)
        driver = make_motion_driver(policy, profile)
        for decision in range(5):
            observation = own.step(policy.act(observation.ravel()))[0]
            for tick in range(decision * TICKS, (decision + 1) * TICKS):
                command = driver.step(*sensed(driven, tick))
                assert command.decided == (tick % TICKS == 0)
                driven.vehicle.action = {
                    'steering': -command.steering,
                    'acceleration': (command.speed - driven.vehicle.speed) / T}
                driven.road.act()
                driven.road.step(T)
            assert np.array_equal(driven.vehicle.position, own.vehicle.position)
            assert driven.vehicle.heading == own.vehicle.heading
        assert abs(own.vehicle.heading) > 0.05, 'it steered'
        own.close()
        driven.close()
