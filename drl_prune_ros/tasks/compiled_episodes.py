# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Episodes of a driving task by their seeds, on highway-env compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
import os

import numpy as np

from drl_prune_ros.tasks.catalogue import Task

AT_ONCE = 256   # environments that play side by side


def play_compiled(
    task: Task, act: Callable[[np.ndarray], np.ndarray], seeds: np.ndarray,
    progress: Callable[[Iterable[int]], Iterable[int]] = iter,
) -> np.ndarray:
    """
    Play one episode per seed; returns rows (return, length, crashed, mean speed) float64.

    act  from observations (n, size) float32 to actions

    Raises DrlPruneError where the task has what only highway-env itself can run.
    """
    # Needs numba, which other engines do without.
    from drl_prune_ros.highway.batch import Batch

    task.register()
    rows = np.zeros((len(seeds), 4))
    done = iter(progress(seeds.tolist()))
    count = min(AT_ONCE, len(seeds))
    batch = Batch(task.engine_id('gymnasium'), count, task.config or None,
                  min(count, len(os.sched_getaffinity(0))))
    for first in range(0, len(seeds), count):
        own = seeds[first:first + count]
        running = np.arange(count) < len(own)
        for index, seed in enumerate(own.tolist()):
            batch.seed(index, seed)
        batch.reset(running)
        place = first + np.arange(count)
        while running.any():
            batch.step(act(batch.observations.reshape(count, -1).copy()), running)
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
