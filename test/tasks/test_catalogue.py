# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The catalogue: what it holds and how it refuses."""

from dataclasses import replace
from itertools import combinations
import warnings

from highway_env.envs.common.abstract import AbstractEnv
from highway_env.envs.common.observation import LidarObservation
import numpy as np
import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.manifest import Manifest
from drl_prune_ros.pruning.method import CliOverrides
from drl_prune_ros.pruning.methods.dsp.method import Dsp
from drl_prune_ros.tasks.catalogue import load_seeds, load_task, slug, task_names, task_of
from drl_prune_ros.tasks.envpool_vec_env import flat_spaces, make_pool
from drl_prune_ros.tasks.gymnasium_env import make_gymnasium_env
from drl_prune_ros.tasks.vehicle import Vehicle
from drl_prune_ros.training.settings import train_settings

pytestmark = pytest.mark.usefixtures('same_traffic')
TASKS = {name: load_task(name) for name in task_names()}
DRIVING = [name for name, task in TASKS.items() if task.driving]
GRIDS = [name for name in DRIVING if TASKS[name].observation.kind == 'occupancy_grid']
KINEMATICS = [name for name in DRIVING if TASKS[name].observation.kind == 'kinematics']
ON_ENVPOOL = [name for name, task in TASKS.items() if 'envpool' in task.engines]


@pytest.mark.parametrize('name', task_names())
def test_contract_fits_the_environment(name: str) -> None:
    task = load_task(name)
    for engine in task.engines:
        if engine == 'envpool':
            observations, actions = flat_spaces(make_pool(task, [0]))
        else:
            env = make_gymnasium_env(task)
            observations, actions = env.observation_space, env.action_space
        assert observations.shape == (task.observation.size,)
        if task.action.discrete:
            assert actions.n == task.outputs
        else:
            assert np.array_equal(actions.low, np.float32(task.action.low))
            assert np.array_equal(actions.high, np.float32(task.action.high))


def played(name: str) -> AbstractEnv:
    env = make_gymnasium_env(load_task(name)).unwrapped
    env.reset(seed=0)
    return env


@pytest.mark.parametrize('name', DRIVING)
def test_rates_and_speeds_are_highway_envs_own(name: str) -> None:
    task, env = load_task(name), played(name)
    assert task.observation.rate_hz == env.config['policy_frequency']
    assert task.observation.control_rate_hz == env.config['simulation_frequency']
    for part in getattr(env.observation_type, 'observation_types', [env.observation_type]):
        # A lidar sees no farther than its range.
        assert task.observation.clip == (isinstance(part, LidarObservation) or part.clip)
    if task.action.discrete:
        assert list(task.action.names) == list(env.action_type.actions.values())
        assert list(task.action.options['target_speeds']) == list(env.action_type.target_speeds)
    else:
        assert task.action.options['steering_range'] == list(env.action_type.steering_range)


@pytest.mark.parametrize('name', KINEMATICS)
def test_kinematics_contract_is_highway_envs_own_configuration(name: str) -> None:
    contract, env = load_task(name).observation, played(name)
    observation = env.observation_type
    assert list(contract.features) == observation.features
    assert contract.normalized == observation.normalize
    for option in ('order', 'absolute', 'see_behind'):
        assert contract.options[option] == getattr(observation, option)
    # Positions count from the leftmost lane's start on a straight road, not elsewhere.
    assert (contract.frame == 'road') == (not observation.absolute)
    if 'lane_count' in contract.options:
        lanes = env.road.network.all_side_lanes(env.vehicle.lane_index)
        assert contract.options['lane_count'] == len(lanes)
    for feature, bounds in zip(contract.features, contract.ranges, strict=True):
        if feature in observation.features_range:
            assert list(bounds) == observation.features_range[feature]
        else:
            assert bounds == {'presence': (0, 1)}.get(feature, (-1, 1))


@pytest.mark.parametrize('name', GRIDS)
def test_grid_contract_is_highway_envs_own_configuration(name: str) -> None:
    contract, env = load_task(name).observation, played(name)
    grid = env.observation_type
    assert list(contract.features) == grid.features
    assert contract.shape == grid.observe().shape
    for option in ('grid_size', 'grid_step'):
        assert np.array_equal(contract.options[option], getattr(grid, option))
    assert (contract.frame == 'vehicle') == grid.align_to_vehicle_axes
    assert contract.clip == grid.clip
    for feature, bounds in zip(contract.features, contract.ranges, strict=True):
        assert list(bounds) == (grid.features_range or {}).get(feature, [0, 1])


def test_what_intersection_v0_shows_is_what_its_contract_names() -> None:
    task = load_task('intersection-v0')
    env = make_gymnasium_env(task)
    seen, _ = env.reset(seed=0)
    for _ in range(3):   # until others are near
        seen, *_ = env.step(task.action.names.index('SLOWER'))
    road, car = env.unwrapped.road, env.unwrapped.vehicle
    low, high = np.array(task.observation.ranges, dtype=float).T
    shown = dict(zip(
        task.observation.features, low + (seen + 1) / 2 * (high - low), strict=True))
    assert [shown[name] for name in ('x', 'y', 'vx', 'vy')] == pytest.approx(
        [*car.position, *car.velocity], abs=1e-4)
    others = [vehicle for vehicle in road.vehicles if vehicle is not car]
    assert any([shown[f'nearest_{name}'] for name in ('x', 'y', 'vx', 'vy')] == pytest.approx(
        [*other.position, *other.velocity], abs=1e-4) for other in others)
    other = min(others, key=lambda other: np.linalg.norm(other.position - car.position))
    ahead = other.position - car.position
    direction = round(np.arctan2(ahead[1], ahead[0]) / (2 * np.pi / 32)) % 32
    assert shown[f'distance_{direction}'] == pytest.approx(np.linalg.norm(ahead), abs=3.0)
    away = np.array([np.cos(direction * np.pi / 16), np.sin(direction * np.pi / 16)])
    assert shown[f'speed_{direction}'] == pytest.approx(
        (other.velocity - car.velocity) @ away, abs=1e-3)


@pytest.mark.parametrize('name', ['Hopper-v3', 'Walker2d-v3'])
def test_ranges_hold_what_the_walkers_show(name: str) -> None:
    task = load_task(name)
    pool = make_pool(task, range(16))
    seen = [pool.reset()[0]]
    rng = np.random.default_rng(0)
    for _ in range(200):
        seen.append(pool.step(rng.uniform(-1, 1, (16, task.outputs)))[0])
    for values, (low, high) in zip(np.concatenate(seen).T, task.observation.ranges, strict=True):
        assert low is None or values.min() >= low
        assert high is None or values.max() <= high
    clipped = [i for i, bounds in enumerate(task.observation.ranges) if bounds == (-10, 10)]
    assert len(clipped) == pool.observation_space.shape[0] - 5 - 3 * (name == 'Walker2d-v3')
    assert np.abs(np.concatenate(seen)[:, clipped]).max() > 5


@pytest.mark.parametrize('name', ON_ENVPOOL)
def test_envpool_starts_two_seeds_differently(name: str) -> None:
    starts = make_pool(load_task(name), [7, 8]).reset()[0]
    assert not np.array_equal(*starts)


def test_unknown_task_lists_the_known_ones_and_the_way_to_others() -> None:
    message = r"unknown task .*choose from .*highway-fast-v0.*'package:Env-v0'"
    with pytest.raises(DrlPruneError, match=message):
        load_task('no-such-task')


@pytest.mark.parametrize('name', ['CartPole-v1', 'racetrack-v0', 'gymnasium:Pendulum-v1'])
def test_the_task_of_a_policy_is_found_again(name: str) -> None:
    task = load_task(name)
    manifest = Manifest(name, task.observation, task.action, task.dense_widths, task.dense_widths)
    assert task_of(Manifest.from_json(manifest.to_json())) == task
    other = replace(task.observation, rate_hz=1, control_rate_hz=1)
    with pytest.raises(DrlPruneError, match='the observation contract of the policy is not that'):
        task_of(replace(manifest, observation=other))


def test_a_slug_is_one_file_name_and_tells_ids_apart() -> None:
    names = ['CartPole-v1', 'a:b/C-v0', 'a/b:C-v0', 'a:b:C-v0', 'a.b:C-v0']
    slugs = [slug(name) for name in names]
    assert slugs[0] == names[0]
    assert len(set(slugs)) == len(names)
    assert not any(set(':/') & set(each) for each in slugs)
    assert load_task('gymnasium:Pendulum-v1').slug == 'gymnasium+Pendulum-v1'


def test_an_engine_that_must_not_evaluate_is_refused() -> None:
    with pytest.raises(DrlPruneError, match='choose --engine from'):
        load_task('CartPole-v1').engine_id('carla')


def test_seed_ranges_are_disjoint() -> None:
    ranges = load_seeds()
    assert set(ranges) == {'tuning', 'reporting', 'validation', 'final'}
    for one, other in combinations(ranges.values(), 2):
        assert one.last < other.first or other.last < one.first


def test_on_a_vehicle_it_is_trained_as_the_catalogue_says_for_that() -> None:
    task = load_task('highway-fast-v0')
    driven = task.on(Vehicle('passenger_car', 0.2))
    assert driven.engine == 'passenger_car, 200 ms late'
    assert driven.train == {**task.train, **task.train_on_vehicle} != task.train
    assert driven.observation == task.observation


@pytest.mark.parametrize(('name', 'steps'), [('highway-fast-v0', 30_000), ('merge-v0', 15_000)])
def test_on_a_vehicle_pruning_takes_no_steps_that_only_envpool_plays(
        name: str, steps: int) -> None:
    driven = load_task(name).on(Vehicle('passenger_car'))
    plan = Dsp().settings(driven, train_settings(driven.train), True, CliOverrides())
    assert plan.total_steps == steps


def test_an_id_that_names_an_older_version_is_no_cause_for_a_warning() -> None:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter('always')
        make_gymnasium_env(load_task('roundabout-v0')).close()
    assert not [warning for warning in said if 'out of date' in str(warning.message)]
