# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Episodes are those of their seeds, in whichever process they are played."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import gymnasium
import numpy as np
import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.tasks import floor, gymnasium_episodes
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.tasks.evaluation import evaluate
from drl_prune_ros.tasks.floor import RANDOM
from drl_prune_ros.tasks.gymnasium_episodes import BySeed, play
from drl_prune_ros.tasks.vehicle import Vehicle


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Play in parallel from the second episode on; return what was begun for that."""
    begun = []
    begin = gymnasium_episodes.SubprocVecEnv

    def beginning(makers: list[Any]) -> Any:
        begun.append(begin(makers))
        return begun[-1]

    monkeypatch.setattr(gymnasium_episodes, 'SubprocVecEnv', beginning)
    monkeypatch.setattr(gymnasium_episodes, 'WORTH_S', 0.0)
    monkeypatch.setattr(gymnasium_episodes.os, 'sched_getaffinity', lambda _: {0, 1})
    return begun


def test_many_processes_play_what_one_plays(begun: list[Any]) -> None:
    task, seeds, shown = load_task('roundabout-v0'), np.arange(500, 507), []

    def act(observation: np.ndarray) -> np.ndarray:
        return np.int64(1000 * abs(observation.sum())) % len(task.action.names)

    def progress(left: Iterable[int]) -> Iterator[int]:
        for seed in left:
            shown.append(seed)
            yield seed
        shown.append('the end')

    alone = play(task, act, seeds, progress, parallel=False)
    assert shown == [*seeds, 'the end'] and not begun
    shown.clear()
    np.testing.assert_array_equal(play(task, act, seeds, progress), alone)
    assert shown == [*seeds, 'the end'] and len(begun[0].processes) == 4
    assert len(set(alone[:, 1])) > 1, 'some episodes are shorter than others'


def test_what_goes_wrong_is_said_and_no_process_is_left(begun: list[Any]) -> None:
    task = load_task('Pendulum-v1')

    def fail(observation: np.ndarray) -> np.ndarray:
        if begun:
            raise ZeroDivisionError
        return observation[:1]

    with pytest.raises(ZeroDivisionError):
        play(task, fail, np.arange(3))

    def kill(observation: np.ndarray) -> np.ndarray:
        for process in begun[1].processes[:1] if len(begun) == 2 else ():
            process.kill()
            process.join()
        return observation[:1]

    with pytest.raises(DrlPruneError, match='a process that played episodes of Pendulum-v1 ended'):
        play(task, kill, np.arange(3))
    assert len(begun) == 2
    for env in begun:
        for process in env.processes:
            process.join(timeout=10)
            assert process.exitcode is not None
    with pytest.raises(DrlPruneError, match='no-such-profile'):
        play(replace(load_task('highway-fast-v0'), vehicle=Vehicle('no-such-profile', 0.0)),
             fail, np.arange(2))
    assert len(begun) == 2


def test_environments_end_with_their_seeds() -> None:
    env = BySeed(gymnasium.make('Pendulum-v1'), np.array([5, 6]))
    starts = [env.reset(seed=9)[0] for _ in range(3)]
    assert np.array_equal(starts[1], gymnasium.make('Pendulum-v1').reset(seed=6)[0])
    assert np.array_equal(starts[1], starts[2]) and not np.array_equal(*starts[:2])
    assert env.step(np.zeros(1))[1:4] == (0.0, False, False)


def test_a_policy_that_draws_plays_alone(begun: list[Any]) -> None:
    task = replace(load_task('CartPole-v1'), engines={'gymnasium': 'CartPole-v1'})
    drawn = floor.baseline_acts(task, 1)[RANDOM]
    played = [evaluate(task, drawn, 1, 3, 'gymnasium', parallel=False),
              floor.play_baseline(task, RANDOM, 'gymnasium', 1, 3).episodes]
    np.testing.assert_array_equal(played[0].returns, played[1].returns)
    assert not begun
