# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Episodes of a driving task by their seeds, on highway-env compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
import os
import sys

import numpy as np

from drl_prune_ros.errors import Unsupported
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.tasks.lidar_speeds import has_lidar_speeds, LidarSpeeds

AT_ONCE = 256   # environments that play side by side


def play_compiled(
    task: Task, act: Callable[[np.ndarray], np.ndarray], seeds: np.ndarray,
    progress: Callable[[Iterable[int]], Iterable[int]] = iter,
) -> np.ndarray:
    """
    Play one episode per seed; returns rows (return, length, crashed, mean speed) float64.

    act  from observations (n, size) float32 to actions

    Raises Unsupported where the task has what only highway-env itself can run.
    """
    # Needs numba, which other engines do without.
    from drl_prune_ros.tasks.compiled_env import make_batch

    rows = np.zeros((len(seeds), 4))
    done = iter(progress(seeds.tolist()))
    count = min(AT_ONCE, len(seeds))
    batch = make_batch(task, count, min(count, len(os.sched_getaffinity(0))))
    see = LidarSpeeds(task.observation) if has_lidar_speeds(task.observation) else np.copy
    for first in range(0, len(seeds), count):
        own = seeds[first:first + count]
        running = np.arange(count) < len(own)
        for index, seed in enumerate(own.tolist()):
            batch.seed(index, seed)
        batch.reset(running)
        place = first + np.arange(count)
        while running.any():
            batch.step(act(see(batch.observations.reshape(count, -1))), running)
            now = place[running]
            rows[now, 0] += batch.rewards[running]
            rows[now, 1] += 1
            rows[now, 2] = batch.crashed[running]
            rows[now, 3] += batch.speeds[running]
            ended = running & batch.ends.any(axis=1)
            for _ in range(int(ended.sum())):
                next(done, None)
            running &= ~ended
    next(done, None)
    batch.close()
    rows[:, 3] /= rows[:, 1]
    return rows


def say_why_not(refused: Unsupported, task: Task) -> None:
    """Say in one line that highway-env itself runs what cannot be compiled."""
    print(f'{refused}: highway-env itself runs {task.id}, hundreds of times slower',
          file=sys.stderr)
