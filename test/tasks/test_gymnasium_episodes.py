# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Episodes are those of their seeds, in whichever process they are played."""

import numpy as np
import pytest

from drl_prune_ros.tasks import gymnasium_episodes
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.tasks.gymnasium_episodes import play


def test_many_processes_play_what_one_plays(monkeypatch: pytest.MonkeyPatch) -> None:
    task, seeds, shown = load_task('roundabout-v0'), np.arange(500, 507), []

    def act(observation: np.ndarray) -> np.ndarray:
        return np.int64(1000 * abs(observation.sum())) % len(task.action.names)

    def progress(left):
        for seed in left:
            shown.append(seed)
            yield seed
        shown.append('the end')

    alone = play(task, act, seeds, progress)
    assert shown == [*seeds, 'the end']
    shown.clear()
    monkeypatch.setattr(gymnasium_episodes, 'FEW', 1)
    monkeypatch.setattr(gymnasium_episodes.os, 'sched_getaffinity', lambda _: {0, 1})
    np.testing.assert_array_equal(play(task, act, seeds, progress), alone)
    assert shown == [*seeds, 'the end']
    assert len(set(alone[:, 1])) > 1, 'some episodes are shorter than others'


def test_continuous_actions_go_to_many_processes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    task, seeds = load_task('Pendulum-v1'), np.arange(4)

    def act(observation: np.ndarray) -> np.ndarray:
        return observation[:1] * 3

    alone = play(task, act, seeds, iter)
    monkeypatch.setattr(gymnasium_episodes, 'FEW', 1)
    np.testing.assert_array_equal(play(task, act, seeds, iter), alone)
