# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Evaluation: episodes count once, and EnvPool agrees with Gymnasium."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from drl_prune_ros.tasks import evaluation
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.tasks.evaluation import (
    Episodes,
    evaluate,
    evaluate_gymnasium,
)
from drl_prune_ros.tasks.floor import constant_action
from drl_prune_ros.tasks.gymnasium_env import make_gymnasium_env
from drl_prune_ros.tasks.skill import standard_error


@pytest.mark.parametrize('name', ['highway-fast-v0', 'CartPole-v1'])
def test_episodes_do_not_depend_on_the_batch_they_are_played_in(name: str) -> None:
    task = load_task(name)
    rng = np.random.default_rng(3)
    size, outputs = task.observation.size, task.outputs
    weights = rng.normal(size=(size, outputs)).astype(np.float32)

    def act(observations: np.ndarray) -> np.ndarray:
        return (observations @ weights).argmax(axis=1)

    whole = evaluate(task, act, 7000, 40, task.engine)
    parts = [evaluate(task, act, 7000 + start, 10, task.engine) for start in range(0, 40, 10)]
    np.testing.assert_array_equal(whole.returns, np.concatenate([p.returns for p in parts]))
    np.testing.assert_array_equal(whole.lengths, np.concatenate([p.lengths for p in parts]))
    if task.driving:
        np.testing.assert_array_equal(whole.crashed, np.concatenate([p.crashed for p in parts]))
    assert len(set(whole.lengths)) > 3, 'short and long episodes both occur'


def test_progress_counts_every_episode_of_envpool_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, 'POOL_SIZE', 4)
    counted: list[int] = []
    played: list[int] = []

    def progress(seeds: Iterable[int]) -> Iterator[int]:
        for seed in seeds:
            yield seed
            counted.append(seed)

    def act(observations: np.ndarray) -> np.ndarray:
        played.append(len(counted))
        return np.zeros(len(observations), np.int64)

    evaluate(load_task('CartPole-v1'), act, 7000, 10, 'envpool', progress)
    assert counted == list(range(7000, 7010))
    # An episode counts when its batch is over; the last of a batch when the next one is.
    assert sorted(set(played)) == [0, 3, 7]


def test_gymnasium_episodes_are_the_environments_own() -> None:
    task = load_task('CartPole-v1')
    env = make_gymnasium_env(task)
    episodes = evaluate_gymnasium(task, lambda one: np.int64(one[2] > 0), 5, 3)
    for seed, total in zip(episodes.seeds, episodes.returns, strict=True):
        observation, _ = env.reset(seed=int(seed))
        done, expected = False, 0.0
        while not done:
            observation, reward, terminated, truncated, _ = env.step(int(observation[2] > 0))
            expected += float(reward)
            done = terminated or truncated
        assert total == expected
    assert episodes.crash_rate is None
    assert episodes.speed_mean is None


def test_actions_beyond_the_bounds_are_the_bounds_on_both_engines() -> None:
    task = replace(
        load_task('Pendulum-v1'), engines={'envpool': 'Pendulum-v1', 'gymnasium': 'Pendulum-v1'})
    weights = np.array([[0.3, 1.5, 6.0]], np.float32)

    def wild(observations: np.ndarray) -> np.ndarray:
        return -observations @ weights.T

    def tame(observations: np.ndarray) -> np.ndarray:
        return np.clip(wild(observations), -2, 2)

    for engine, episodes in (('envpool', 200), ('gymnasium', 5)):
        one, other = (evaluate(task, act, 60_000, episodes, engine) for act in (wild, tame))
        np.testing.assert_array_equal(one.returns, other.returns)
        assert (one.lengths == 200).all()
    assert agree(evaluate(task, wild, 60_000, 2000, 'envpool'),
                 evaluate(task, wild, 60_000, 50, 'gymnasium'))


@pytest.mark.parametrize('action', [0, 1])
def test_envpool_agrees_with_gymnasium_on_cartpole(action: int) -> None:
    task = load_task('CartPole-v1')
    fast = evaluate(task, constant_action(action), 40_000, 2000, 'envpool')
    real = evaluate(task, constant_action(action), 40_000, 500, 'gymnasium')
    assert agree(fast, real)
    assert len(set(real.lengths)) > 1, 'episodes differ from seed to seed'
    assert set(fast.lengths) <= set(range(8, 12))


def agree(one: Episodes, other: Episodes) -> bool:
    """Whether two mean returns lie within three standard errors of each other."""
    error = np.hypot(standard_error(one.returns), standard_error(other.returns))
    return bool(abs(one.return_mean - other.return_mean) < 3 * error)
