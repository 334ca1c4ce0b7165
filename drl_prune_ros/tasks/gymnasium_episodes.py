# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Episodes of a Gymnasium environment by their seeds, on as many cores as there are."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial
import math
import os
import time
from typing import Any

import gymnasium
import numpy as np
from stable_baselines3.common.vec_env import SubprocVecEnv

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.tasks.gymnasium_env import make_gymnasium_env

ActOne = Callable[[np.ndarray], np.ndarray]
"""From one observation (size,), as a vehicle has it, to an action."""

Progress = Callable[[Iterable[int]], Iterable[int]]
"""Wraps the seeds to play, to show how far the episodes are: tqdm, for instance."""

ENVS_A_CORE = 2   # all wait for the slowest of them at each step, which evens out
MOST = 16         # that one process can find actions for while they play
WORTH_S = 20.0    # seconds of episodes that more processes, which take long to begin, are worth


class BySeed(gymnasium.Wrapper):
    """Begins an episode with each of the seeds, in order; after the last one it stands still."""

    def __init__(self, env: gymnasium.Env, seeds: np.ndarray) -> None:
        super().__init__(env)
        self._left = seeds.tolist()[::-1]
        self._last: Any = None
        self._over = False

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None,
              ) -> tuple[Any, dict[str, Any]]:
        """Begin the next episode; `seed` is not asked for."""
        self._over = not self._left
        if self._over:
            return self._last, {}
        seed = self._left.pop()
        # highway-env's reset() draws from the action space, which has a generator of its own.
        self.env.action_space.seed(seed)
        self._last, info = self.env.reset(seed=seed, options=options)
        return self._last, info

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Take a step of the episode."""
        return (self._last, 0.0, False, False, {}) if self._over else self.env.step(action)


def play(
        task: Task, act_one: ActOne, seeds: np.ndarray, progress: Progress = iter,
        parallel: bool = True) -> np.ndarray:
    """
    Play one episode per seed.

    Returns rows (return, length, crashed, mean speed, share of control ticks on which the headway
    guard acted, its interventions) float64; the last two are 0 where no vehicle drives.

    An episode is the same in whichever process it is played. The processes are new ones, so that
    a script needs the guard `if __name__ == '__main__'`.

    :param parallel: whether episodes may be played in parallel: not with an `act_one` that
        remembers what it was asked before.
    """
    cores = len(os.sched_getaffinity(0))
    rows = np.zeros((len(seeds), 6))
    played = iter(progress(seeds.tolist()))
    alone = _one_after_another(
        task, act_one, seeds, rows, played, WORTH_S if parallel and cores > 1 else math.inf)
    if alone < len(seeds):
        _beside_each_other(
            task, act_one, seeds[alone:], rows[alone:], played,
            min(ENVS_A_CORE * cores, MOST, len(seeds) - alone))
    next(played, None)   # which ends what shows the progress
    rows[:, 3] /= rows[:, 1]
    return rows


def _make(task: Task, seeds: np.ndarray) -> gymnasium.Env:
    return BySeed(make_gymnasium_env(task), seeds)


def _one_after_another(
        task: Task, act_one: ActOne, seeds: np.ndarray, rows: np.ndarray, played: Iterator[int],
        patience_s: float) -> int:
    """Play until all are played or the rest would take longer than this; return how many were."""
    with closing(_make(task, seeds)) as env:
        start = time.monotonic()
        for count, row in enumerate(rows, 1):
            observation, _ = env.reset()
            done = False
            while not done:
                observation, reward, terminated, truncated, info = env.step(
                    _given(task, act_one(observation)))
                done = terminated or truncated
                _count(row, float(reward), info)
            next(played)
            if (time.monotonic() - start) / count * (len(rows) - count) > patience_s:
                return count
    return len(rows)


def _beside_each_other(
        task: Task, act_one: ActOne, seeds: np.ndarray, rows: np.ndarray, played: Iterator[int],
        count: int) -> None:
    """Play every count-th episode from the i-th on in environment i, so that each counts once."""
    env = SubprocVecEnv([partial(_make, task, seeds[i::count]) for i in range(count)])
    place = np.arange(count)
    actions: list[Any] = [None] * count
    try:
        observations: Any = env.reset()
        while (left := np.flatnonzero(place < len(seeds))).size:
            for i in left:
                actions[i] = _given(task, act_one(observations[i]))
            observations, rewards, dones, infos = env.step(np.array(actions))
            for i in left:
                _count(rows[place[i]], float(rewards[i]), infos[i])
                if dones[i]:
                    next(played)
                    place[i] += count
        env.close()
    except BaseException as error:
        for process in env.processes:   # close() would wait for what they may never send
            process.terminate()
        if isinstance(error, (EOFError, ConnectionError)):
            raise DrlPruneError(f'a process that played episodes of {task.id} ended: what it '
                                'printed last says why; it may have run out of memory') from error
        raise


def _given(task: Task, action: np.ndarray) -> Any:
    return int(action) if task.action.discrete else action


def _count(row: np.ndarray, reward: float, info: dict[str, Any]) -> None:
    """Add a step to the row of its episode."""
    row[:4] += (reward, 1.0, 0.0, float(info.get('speed', 0.0)))
    row[2] = info.get('crashed', False)
    row[4:] = info.get('guarded', 0.0), info.get('interventions', 0)
