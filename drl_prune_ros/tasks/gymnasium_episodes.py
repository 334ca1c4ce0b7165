# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Episodes of a Gymnasium environment by their seeds, in as many processes as there are cores."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
import os
from typing import Any

import gymnasium
import numpy as np
from stable_baselines3.common.vec_env import SubprocVecEnv

from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.tasks.gymnasium_env import make_gymnasium_env

ActOne = Callable[[np.ndarray], np.ndarray]
"""From one observation (size,), as a vehicle has it, to an action."""

Progress = Callable[[Iterable[int]], Iterable[int]]
"""Wraps the seeds to play, to show how far the episodes are: tqdm, for instance."""

ENVS_A_CORE = 2   # all wait for the slowest of them at each step, which evens out
FEW = 200         # episodes, that are nearly over before more processes have begun


class BySeed(gymnasium.Wrapper):
    """Begins an episode with each of the seeds, in order, and the last one again after that."""

    def __init__(self, env: gymnasium.Env, seeds: np.ndarray) -> None:
        super().__init__(env)
        self._left = iter(seeds.tolist())
        self._seed = int(seeds[-1])

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None,
              ) -> tuple[Any, dict[str, Any]]:
        """Begin the next episode; `seed` is not asked for."""
        self._seed = next(self._left, self._seed)
        # highway-env's reset() draws from the action space, which has a generator of its own.
        self.env.action_space.seed(self._seed)
        return self.env.reset(seed=self._seed, options=options)


def play(task: Task, act_one: ActOne, seeds: np.ndarray, progress: Progress) -> np.ndarray:
    """
    Play one episode a seed; returns rows (return, length, crashed, mean speed) float64.

    An episode is the same in whichever process it is played.
    """
    count = min(ENVS_A_CORE * len(os.sched_getaffinity(0)), len(seeds))
    played = iter(progress(seeds.tolist()))
    if len(seeds) <= FEW or count == ENVS_A_CORE:
        rows = _one_after_another(task, act_one, seeds, played)
    else:
        rows = _beside_each_other(task, act_one, seeds, count, played)
    next(played, None)   # which ends what shows the progress
    return rows


def _make(task: Task, seeds: np.ndarray) -> gymnasium.Env:
    return BySeed(make_gymnasium_env(task), seeds)


def _one_after_another(
        task: Task, act_one: ActOne, seeds: np.ndarray, played: Iterator[int]) -> np.ndarray:
    env = _make(task, seeds)
    rows = np.zeros((len(seeds), 4))
    for row, _ in zip(rows, played, strict=False):
        observation, _ = env.reset()
        done = False
        while not done:
            observation, reward, terminated, truncated, info = env.step(
                _given(task, act_one(observation)))
            done = terminated or truncated
            _count(row, float(reward), info)
    env.close()
    rows[:, 3] /= rows[:, 1]
    return rows


def _beside_each_other(
        task: Task, act_one: ActOne, seeds: np.ndarray, count: int, played: Iterator[int],
) -> np.ndarray:
    """Let environment i play every count-th episode from the i-th on, so that each counts once."""
    env = SubprocVecEnv([partial(_make, task, seeds[i::count]) for i in range(count)])
    rows = np.zeros((len(seeds), 4))
    place = np.arange(count)
    observations: Any = env.reset()
    while (place < len(seeds)).any():
        actions = [_given(task, act_one(observation)) for observation in observations]
        observations, rewards, dones, infos = env.step(np.array(actions))
        for i in np.flatnonzero(place < len(seeds)):
            _count(rows[place[i]], float(rewards[i]), infos[i])
            if dones[i]:
                next(played)
                place[i] += count
    env.close()
    rows[:, 3] /= rows[:, 1]
    return rows


def _given(task: Task, action: np.ndarray) -> Any:
    return int(action) if task.action.discrete else action


def _count(row: np.ndarray, reward: float, info: dict[str, Any]) -> None:
    """Add a step to the row of its episode."""
    row += (reward, 1.0, 0.0, float(info.get('speed', 0.0)))
    row[2] = info.get('crashed', False)
