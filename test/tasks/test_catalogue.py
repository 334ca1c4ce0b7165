# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The catalogue: what it holds and how it refuses."""

from itertools import combinations

import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.tasks.catalogue import load_seeds, load_task, task_names
from drl_prune_ros.tasks.gymnasium_env import make_gymnasium_env


@pytest.mark.parametrize('name', task_names())
def test_contract_fits_the_environment(name: str) -> None:
    task = load_task(name)
    env = make_gymnasium_env(task)
    assert env.observation_space.shape == (task.observation.size,)
    assert env.action_space.n == task.outputs


def test_highway_contract_is_highway_envs_own_configuration() -> None:
    task = load_task('highway-fast-v0')
    env = make_gymnasium_env(task).unwrapped
    env.reset(seed=0)
    contract, observation = task.observation, env.observation_type
    assert contract.rate_hz == env.config['policy_frequency']
    assert contract.control_rate_hz == env.config['simulation_frequency']
    assert list(contract.features) == observation.features
    for feature, bounds in zip(contract.features, contract.ranges, strict=True):
        if feature != 'presence':
            assert list(bounds) == observation.features_range[feature]
    assert contract.options['lane_count'] == env.config['lanes_count']
    assert list(task.action.names) == list(env.action_type.actions.values())
    assert list(task.action.options['target_speeds']) == env.action_type.target_speeds.tolist()


def test_unknown_task_lists_the_known_ones() -> None:
    with pytest.raises(DrlPruneError, match=r'unknown task .*choose from .*highway-fast-v0'):
        load_task('no-such-task')


def test_an_engine_that_must_not_judge_is_refused() -> None:
    with pytest.raises(DrlPruneError, match='choose --engine from'):
        load_task('CartPole-v1').engine_id('carla')


def test_seed_ranges_are_disjoint() -> None:
    ranges = load_seeds()
    assert set(ranges) == {'tuning', 'reporting', 'guard', 'final'}
    for one, other in combinations(ranges.values(), 2):
        assert one.last < other.first or other.last < one.first
