# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A task from the spaces of any environment, or the reason why there is none."""

from collections.abc import Iterator
from typing import Any

import gymnasium
from gymnasium import spaces
import numpy as np
import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.tasks.gymnasium_env import make_gymnasium_env

NAME = 'test/Room-v0'
BOX = spaces.Box(-1, 1, (2,), np.float32)


class Room(gymnasium.Env):
    """An environment that is nothing but its spaces; remembers the last action."""

    def __init__(self, observation: spaces.Space, action: spaces.Space, fps: Any = None) -> None:
        self.observation_space, self.action_space = observation, action
        self.metadata = {'render_modes': [], 'render_fps': fps}
        self.taken: Any = None

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict]:
        super().reset(seed=seed)
        return self.observation_space.sample(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict]:
        assert self.action_space.contains(action)
        self.taken = action
        return self.observation_space.sample(), 0.0, True, False, {}


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    gymnasium.register(NAME, Room, disable_env_checker=True)
    yield
    del gymnasium.registry[NAME]


def register(observation: spaces.Space, action: spaces.Space, fps: Any = None) -> None:
    gymnasium.registry[NAME].kwargs = {'observation': observation, 'action': action, 'fps': fps}


def test_a_registered_environment_is_a_task() -> None:
    low = np.array([-1, -np.inf, 3], np.float64)
    high = np.array([1, 5, 3], np.float64)
    register(spaces.Box(low, high, dtype=np.float64), spaces.Discrete(3), fps=20)
    task = load_task(NAME)
    assert task.id == NAME
    assert task.engines == {'gymnasium': NAME}
    assert (task.train, task.prune, task.driving) == ({}, {}, False)
    assert task.observation.kind == 'vector'
    assert task.observation.features == ('obs_0', 'obs_1', 'obs_2')
    assert task.observation.units == ('1', '1', '1')
    assert task.observation.ranges == ((-1, 1), (None, 5), (None, None)), 'a constant has none'
    assert (task.observation.rate_hz, task.observation.control_rate_hz) == (20, 20)
    assert task.action.kind == 'discrete'
    assert task.dense_widths == (3, 256, 256, 3)
    assert task == load_task(NAME), 'a policy file finds its task again'


@pytest.mark.parametrize('fps', [None, 0, -1])
def test_without_a_rate_there_is_one_decision_a_second(fps: Any) -> None:
    register(BOX, spaces.Discrete(2), fps)
    assert load_task(NAME).observation.rate_hz == 1


def test_an_image_is_flattened_to_float32() -> None:
    register(spaces.Box(0, 255, (4, 3, 2), np.uint8), spaces.Discrete(2))
    task = load_task(NAME)
    assert task.observation.shape == (24,)
    assert set(task.observation.ranges) == {(0, 255)}
    observation, _ = make_gymnasium_env(task).reset(seed=0)
    assert observation.shape == (24,)
    assert observation.dtype == np.float32


def test_float64_actions_reach_the_environment_within_its_bounds() -> None:
    register(BOX, spaces.Box(np.array([-0.1, 0.2]), np.array([0.1, 0.7]), dtype=np.float64))
    task = load_task(NAME)
    assert task.action.low == (-0.1, 0.2)
    env = make_gymnasium_env(task)
    assert env.action_space.dtype == np.float32
    env.reset(seed=0)
    for action in (env.action_space.high, env.action_space.low, np.array([9, -9], np.float32)):
        env.step(action)
    assert env.unwrapped.taken.tolist() == [0.1, 0.2]


def test_a_package_is_imported_by_name() -> None:
    task = load_task('highway_env:exit-v0')
    assert task.observation.size == 15 * 7
    assert task.action.names[-1] == 'action_4'


DISCRETE = spaces.Discrete(2)


@pytest.mark.parametrize(('observation', 'action', 'message'), [
    (spaces.Dict({'a': BOX}), DISCRETE, 'observes a Dict, .*FlattenObservation'),
    (spaces.Tuple([BOX]), DISCRETE, 'observes a Tuple'),
    (spaces.Discrete(4), DISCRETE, 'observes a Discrete'),
    (spaces.Box(0, 1, (0,)), DISCRETE, 'observes nothing'),
    (BOX, spaces.MultiDiscrete([2, 2]), r'takes actions of MultiDiscrete.*needs Discrete'),
    (BOX, spaces.Dict({'a': BOX}), 'takes actions of Dict'),
    (BOX, spaces.Discrete(3, start=1), 'counts its actions from 1'),
    (BOX, spaces.Box(0, 9, (2,), np.int64), r'takes actions of Box\(0, 9'),
    (BOX, spaces.Box(-1, 1, (2, 2)), r'takes actions of shape \(2, 2\)'),
    (BOX, spaces.Box(-np.inf, 1, (2,)), r'takes actions from \[-inf -inf\]'),
    (BOX, spaces.Box(1, 1, (2,)), 'takes .* low below high'),
])
def test_other_spaces_are_refused_in_one_line(
        observation: spaces.Space, action: spaces.Space, message: str) -> None:
    register(observation, action)
    with pytest.raises(DrlPruneError, match=f"the environment '{NAME}' {message}") as refused:
        load_task(NAME)
    assert '\n' not in str(refused.value)


@pytest.mark.parametrize('name', ['no_such_package:Room-v0', 'gymnasium:NoSuch-v0', '../a:Room-v0',
                                  'Hopper-v2'])
def test_an_environment_that_cannot_be_made_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(DrlPruneError, match='cannot make the environment') as refused:
        load_task(name)
    assert name in str(refused.value)
    assert '\n' not in str(refused.value)


def test_an_environment_that_fails_says_why() -> None:
    gymnasium.registry[NAME].kwargs = {'observation': BOX}
    with pytest.raises(DrlPruneError, match="required positional argument: 'action'"):
        load_task(NAME)
