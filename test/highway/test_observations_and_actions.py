# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is observed and how it is acted, in every configuration, is as in highway-env."""

from collections.abc import Iterator
import json
import os
from pathlib import Path
import subprocess
import sys
from typing import Any

import gymnasium
import numpy as np
import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.highway import HighwayVectorEnv, make_vec_env
from drl_prune_ros.highway.equality import PLAIN
from drl_prune_ros.highway.observations import FEATURES
from drl_prune_ros.highway.sb3_vec_env import HighwayVecEnv

FAST, MERGE, CROSSING, AROUND, TRACK = (
    'highway-fast-v0', 'merge-v1', 'intersection-v2', 'roundabout-v1', 'racetrack-v1')
SEEDS, DECISIONS = 2, 5


def seen(kind: str, **options: Any) -> dict[str, Any]:
    """Return the config of an observation."""
    return {'observation': {'type': kind, **options}}


def acted(kind: str, **options: Any) -> dict[str, Any]:
    """Return the config of an action."""
    return {'action': {'type': kind, **options}}


ALL = list(FEATURES)
ROUTED = ['presence', 'x', 'y', 'cos_d', 'sin_d', 'long_off', 'lat_off', 'ang_off']
TUPLE = [
    {'type': 'LidarObservation', 'cells': 32},
    {'type': 'Kinematics', 'order': 'shuffled', 'vehicles_count': 6},
    {'type': 'TimeToCollision'},
    {'type': 'OccupancyGrid', 'as_image': True},
    {'type': 'Kinematics', 'order': 'shuffled', 'vehicles_count': 4, 'absolute': True,
     'features_range': {'y': [-100, 100]}}]
CASES = {
    'every feature, shuffled': (FAST, seen(
        'Kinematics', features=ALL, vehicles_count=12, see_behind=True, order='shuffled')),
    'as they are, unsorted': (FAST, seen(
        'Kinematics', features=['y', 'x'], vehicles_count=3, absolute=True, order='as they come',
        normalize=False)),
    'some ranges, and obstacles': (MERGE, seen(
        'Kinematics', features=ALL, vehicles_count=9, see_behind=True,
        features_range={'x': [-50, 50], 'heading': [-1, 1], 'lat_off': [-4, 4]})),
    'no obstacles, not clipped': (MERGE, seen(
        'Kinematics', vehicles_count=4, include_obstacles=False, clip=False)),
    'intentions': (CROSSING, seen(
        'Kinematics', features=ROUTED, vehicles_count=9, observe_intentions=True)),
    'no intentions, no ranges': (AROUND, seen(
        'Kinematics', features=ROUTED, absolute=True, order='shuffled', features_range={})),
    'the way to the exit': ('exit-v1', {}),
    'the way to the exit, shuffled': ('exit-v1', seen(
        'ExitObservation', features=['presence', 'x', 'cos_d'], order='shuffled', absolute=True,
        vehicles_count=5, see_behind=True)),
    'a grid of the track': ('racetrack-large-v1', {'other_vehicles': 4, **seen(
        'OccupancyGrid', features=['presence', 'vx', 'on_road', 'cos_h', 'heading', 'long_off'],
        as_image=True, grid_size=[[-10, 40], [-30, 30]], grid_step=[2.5, 4],
        align_to_vehicle_axes=True)}),
    'a grid that is not clipped': (MERGE, seen(
        'OccupancyGrid', features=['x', 'on_road', 'lat_off'], clip=False,
        features_range={'x': [-50, 50], 'lat_off': [-2, 2]})),
    'a grid of bends': (AROUND, seen(
        'OccupancyGrid', align_to_vehicle_axes=True, grid_size=[[-50, 50], [-50, 50]],
        grid_step=[2, 2])),
    'lidar': (AROUND, seen('LidarObservation')),
    'a coarse lidar, and obstacles': (MERGE, seen(
        'LidarObservation', cells=7, maximum_range=100, normalize=False)),
    'a fine lidar': (TRACK, {'other_vehicles': 6, **seen(
        'LidarObservation', cells=90, maximum_range=35.5)}),
    'times to collision, both ways': ('two-way-v0', {}),
    'times to collision, along routes': (CROSSING, {
        'destination': None, **seen('TimeToCollision', horizon=8)}),
    'times to collision, in steps': (MERGE, {
        'policy_frequency': 2, **seen('TimeToCollision', horizon=7.3)}),
    'a tuple': (CROSSING, {'simulation_frequency': 5, **seen(
        'TupleObservation', observation_configs=TUPLE)}),
    'speeds alone': (FAST, acted(
        'DiscreteMetaAction', lateral=False, target_speeds=[18, 22, 26, 30, 34])),
    'lanes alone': (FAST, acted('DiscreteMetaAction', longitudinal=False)),
    'throttle and steering': (FAST, acted(
        'ContinuousAction', speed_range=[20, 30], acceleration_range=[-3, 4])),
    'steering, not clipped': (TRACK, acted(
        'ContinuousAction', longitudinal=False, clip=False, steering_range=[-0.3, 0.5])),
    'throttle at an intersection': (CROSSING, {
        **acted('ContinuousAction', lateral=False), **seen('Kinematics', features=ROUTED)}),
    'steps of both': (MERGE, acted('DiscreteAction')),
    'steps of steering': (TRACK, acted('DiscreteAction', longitudinal=False, actions_per_axis=5)),
    'steps of throttle': (AROUND, acted('DiscreteAction', lateral=False, actions_per_axis=4)),
}
# Of these the compiled form is given another config, so that it has to differ.
CONTROLS = {
    'sorted otherwise': (FAST, seen('Kinematics'), seen('Kinematics', order='unsorted')),
    'farther': (MERGE, seen('LidarObservation'), seen('LidarObservation', maximum_range=61)),
    'an hour later': (FAST, seen('TimeToCollision'), {
        'policy_frequency': 1, 'simulation_frequency': 10, **seen('TimeToCollision')}),
    'a little wider': (TRACK, {}, acted(
        'ContinuousAction', longitudinal=False, steering_range=[-0.785, 0.786])),
}


@pytest.fixture(scope='module')
def played() -> Iterator[dict[str, list[int]]]:
    """Play all cases in a process of its own, in plain arithmetic."""
    cases = {name: (task, config, config) for name, (task, config) in CASES.items()} | CONTROLS
    script = Path(__file__).with_name('beside.py')
    done = subprocess.run(
        [sys.executable, str(script)], env={**os.environ, **PLAIN}, capture_output=True, text=True,
        input=''.join(f'{json.dumps([*case, SEEDS, DECISIONS])}\n' for case in cases.values()),
        timeout=300)
    assert done.returncode == 0, done.stderr
    yield dict(zip(cases, map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.mark.parametrize('name', CASES)
def test_every_number_is_that_of_highway_env(played: dict[str, list[int]], name: str) -> None:
    episodes, decisions, differing = played[name]
    assert episodes == 4 and decisions >= episodes
    assert differing == 0


@pytest.mark.parametrize('name', CONTROLS)
def test_another_config_makes_other_numbers(played: dict[str, list[int]], name: str) -> None:
    assert played[name][2] > 0


def test_parts_of_a_tuple_have_the_spaces_of_highway_env() -> None:
    config = seen('TupleObservation', observation_configs=TUPLE)
    env = HighwayVectorEnv(FAST, 3, config)
    observations, _ = env.reset(seed=4)
    assert isinstance(env.observation_space, gymnasium.spaces.Tuple)
    assert env.observation_space.contains(observations)
    assert observations[3].dtype == np.uint8 and observations[3].shape == (3, 4, 11, 11)
    flat = HighwayVecEnv(FAST, 3, 4, config).reset()
    assert np.array_equal(flat, np.concatenate(
        [part.reshape(3, -1) for part in observations], axis=1))


@pytest.mark.parametrize(('task', 'config', 'message'), [
    (FAST, seen('AttributesObservation', attributes=[]), 'no AttributesObservation'),
    (FAST, seen('GrayscaleObservation', observation_shape=(8, 8), stack_size=1,
                weights=[1, 0, 0]), 'no GrayscaleObservation'),
    (FAST, seen('MultiAgentObservation', observation_config={'type': 'Kinematics'}),
     'no MultiAgentObservation'),
    (FAST, seen('KinematicsGoal', scales=[1]), "no attribute 'goal'"),
    (FAST, seen('OccupancyGrid', absolute=True), 'NotImplementedError'),
    (FAST, seen('OccupancyGrid', features=['speed']), "observes no 'speed'"),
    (FAST, seen('Kinematics', features=['x', 'x']), 'each feature once: x, x'),
    (FAST, seen('Kinematics', vehicles_count=1), 'no Kinematics of vehicles_count 1'),
    (FAST, seen('TupleObservation', observation_configs=[]), 'at least one number'),
    (FAST, seen('TupleObservation', observation_configs=[
        {'type': 'TupleObservation', 'observation_configs': [{'type': 'Kinematics'}]}]),
     'no TupleObservation'),
    (FAST, {**seen('TimeToCollision'), **acted('ContinuousAction')}, 'cannot begin'),
    (FAST, acted('MultiAgentAction', action_config={'type': 'DiscreteMetaAction'}),
     'no MultiAgentAction'),
    (FAST, acted('ContinuousAction', dynamical=True), 'no BicycleVehicle'),
    (FAST, acted('DiscreteAction', dynamical=True), 'no BicycleVehicle'),
    (FAST, acted('DiscreteMetaAction', target_speeds=[20]), 'cannot begin'),
    (TRACK, acted('DiscreteMetaAction'), 'cannot begin racetrack-v1'),
    ('nonsense-v0', None, 'doesn.t exist'),
    ('CartPole-v1', None, 'no gymnasium'),
])
def test_what_it_does_not_observe_or_do_is_refused_in_one_line(
        task: str, config: dict[str, Any] | None, message: str) -> None:
    with pytest.raises(DrlPruneError, match=message) as refused:
        make_vec_env(task, 1, config)
    assert '\n' not in str(refused.value)
