# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Perception, policy, control and simulator in a loop drive exactly as highway-env does by itself.

The closed loop sees only what sensors would, in ROS conventions, and commands speed and yaw rate.
Plain highway-env is stepped with the same policy on its own observations.
"""

import gymnasium
import highway_env  # noqa: F401 - registers the environments
import numpy as np
import pytest

from drl_prune_ros.control.driver import make_motion_driver
from drl_prune_ros.control.meta_action import ACTIONS
from drl_prune_ros.control.profile import load_profile
from drl_prune_ros.policy.contracts import ActionContract, ObservationContract
from drl_prune_ros.policy.manifest import dense_widths, Manifest
from drl_prune_ros.policy.network import MlpNetwork
from drl_prune_ros.policy.policy_file import write_policy
from drl_prune_ros.policy.runtime import load_runtime
from drl_prune_ros.simulator.closed_loop import drive_episode
from drl_prune_ros.simulator.tick_simulator import TickSimulator

HIDDEN = 16


def manifest(task, lanes, control_rate_hz, hidden=(HIDDEN,)):
    return Manifest(
        task=task,
        observation=ObservationContract(
            kind='kinematics', shape=(5, 5), features=('presence', 'x', 'y', 'vx', 'vy'),
            units=('1', 'm', 'm', 'm/s', 'm/s'),
            ranges=((0, 1), (-200, 200), (-4 * lanes, 4 * lanes), (-80, 80), (-80, 80)),
            normalized=True, clip=True, frame='road', rate_hz=1,
            control_rate_hz=control_rate_hz,
            options={
                'order': 'sorted', 'absolute': False, 'see_behind': False,
                'lane_count': lanes}),
        action=ActionContract('discrete_meta', ACTIONS, options={'target_speeds': [20, 25, 30]}),
        widths=(25, *hidden, 5), widths_dense=dense_widths(25, 5))


class Overtaker:
    """Drives as fast as it can and changes lane late, into gaps it hardly checks."""

    def __init__(self, task, lanes, control_rate_hz):
        self.manifest = manifest(task, lanes, control_rate_hz)
        self.lanes = lanes

    def act(self, observation):
        rows = observation.reshape(5, 5).astype(float)
        scale = [1, 200, 4 * self.lanes, 80, 80]
        own, others = rows[0] * scale, rows[1:][rows[1:, 0] > 0] * scale

        def free(offset):
            lane = others[np.abs(others[:, 2] - offset) < 2]
            near = (lane[:, 1] > -6) & (lane[:, 1] < 22)
            return 0 <= round(own[2] / 4) + round(offset / 4) < self.lanes and not near.any()

        if free(0.0):
            return ACTIONS.index('FASTER')
        for offset, action in ((-4.0, 'LANE_LEFT'), (4.0, 'LANE_RIGHT')):
            if free(offset):
                return ACTIONS.index(action)
        return ACTIONS.index('SLOWER')


@pytest.fixture
def random_policy(tmp_path):
    """Return a function that writes a random network as a policy file and loads it."""
    def make(seed, *contract):
        random = np.random.default_rng(seed)
        network = MlpNetwork(
            layers=(
                (random.normal(size=(HIDDEN, 25)), random.normal(size=HIDDEN)),
                (random.normal(size=(5, HIDDEN)), random.normal(size=5))),
            activation='tanh', output='argmax')
        path = tmp_path / f'{seed}.onnx'
        return load_runtime(write_policy(path, network, manifest(*contract)).path)

    return make


class Both:
    """Drives the same episode in the closed loop and in plain highway-env."""

    def __init__(self, task, config=None):
        self.simulator = TickSimulator(task, config)
        self.env = gymnasium.make(task, config=config or {}, disable_env_checker=True)
        self.crashes = 0
        self.lane_changes = 0

    def drive(self, policy, seed):
        driver = make_motion_driver(policy, load_profile('highway_env'))
        result = drive_episode(self.simulator, driver, seed)
        observation, _ = self.env.reset(seed=seed)
        rewards, speeds, ended, info = [], [], False, {}
        while not ended:
            action = policy.act(observation.ravel())
            lane = self.env.unwrapped.vehicle.lane_index[2]
            observation, reward, terminated, truncated, info = self.env.step(action)
            self.lane_changes += lane != self.env.unwrapped.vehicle.lane_index[2]
            rewards.append(reward)
            speeds.append(info['speed'])
            ended = terminated or truncated
        assert result.return_ == pytest.approx(sum(rewards), abs=1e-9, rel=0.0)
        assert result.length == len(rewards)
        assert result.crashed == info['crashed']
        assert result.speed_mean == pytest.approx(np.mean(speeds), abs=1e-9, rel=0.0)
        assert result.seed == seed
        self.crashes += result.crashed

    def close(self):
        self.simulator.close()
        self.env.close()


@pytest.fixture
def both(request):
    both = Both(*request.param)
    yield both
    both.close()


HIGHWAY = ('highway-fast-v0', 3, 5)
MERGE = ('merge-v0', 2, 15)


@pytest.mark.parametrize('both', [HIGHWAY[:1]], indirect=True)
def test_random_networks_on_the_highway(both, random_policy):
    for seed in range(20):
        both.drive(random_policy(seed, *HIGHWAY), seed)
    assert both.crashes > 3 and both.lane_changes > 5


@pytest.mark.parametrize('both', [HIGHWAY[:1]], indirect=True)
def test_lane_changes_and_crashes_on_the_highway(both):
    for seed in range(100, 106):
        both.drive(Overtaker(*HIGHWAY), seed)
    assert both.crashes > 0 and both.lane_changes > 9


@pytest.mark.parametrize(
    'both', [('highway-v0', {'duration': 12, 'vehicles_count': 25})], indirect=True)
def test_another_control_rate_and_another_number_of_lanes(both):
    both.drive(Overtaker('highway-v0', 4, 15), 3)
    assert both.lane_changes > 0


@pytest.mark.parametrize('both', [MERGE[:1]], indirect=True)
def test_segments_and_a_ramp_that_merges(both, random_policy):
    for seed in range(10):
        both.drive(random_policy(seed, *MERGE), seed)
    for seed in range(10, 14):
        both.drive(Overtaker(*MERGE), seed)
    assert both.crashes > 3 and both.lane_changes > 5
