# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Play episodes with a greedy policy and count return, length, crashes and speed."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import numpy as np

from drl_prune_ros.errors import Unsupported
from drl_prune_ros.policy.runtime import PolicyRuntime
from drl_prune_ros.tasks.catalogue import BATCHED, COMPILED, Task
from drl_prune_ros.tasks.compiled_episodes import play_compiled, say_why_not
from drl_prune_ros.tasks.envpool_vec_env import make_pool, pool_actions
from drl_prune_ros.tasks.gymnasium_episodes import ActOne, play, Progress

Act = Callable[[np.ndarray], np.ndarray]
"""
From observations (batch, size) float32 to actions (batch,) int64 or (batch, k) float.

Continuous actions may lie beyond the bounds: they are clipped before an environment sees them.
"""

POOL_SIZE = 512


@dataclass(frozen=True)
class Episodes:
    """
    What a policy did in N episodes, one entry per episode.

    `crashed` (bool) and `speeds` (m/s, mean over the episode's steps) are None on tasks that do
    not drive; `guarded`, the share of control ticks on which the headway guard acted, and its
    `interventions` are None where no vehicle drives.
    """

    task: str
    engine: str
    seeds: np.ndarray
    returns: np.ndarray
    lengths: np.ndarray
    crashed: np.ndarray | None
    speeds: np.ndarray | None
    guarded: np.ndarray | None = None
    interventions: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.returns)

    @property
    def return_mean(self) -> float:
        """Mean return of the episodes."""
        return float(self.returns.mean())

    @property
    def crash_rate(self) -> float | None:
        """Fraction of the episodes that ended in a crash, by `info['crashed']`."""
        return None if self.crashed is None else float(self.crashed.mean())

    @property
    def speed_mean(self) -> float | None:
        """Mean speed over all steps of all episodes, m/s."""
        if self.speeds is None:
            return None
        return float(np.average(self.speeds, weights=self.lengths))

    @property
    def guard_share(self) -> float | None:
        """Share of all control ticks on which the headway guard acted."""
        if self.guarded is None:
            return None
        return float(np.average(self.guarded, weights=self.lengths))


def evaluate_envpool(task: Task, act: Act, first_seed: int, episodes: int,
                     progress: Progress = iter) -> Episodes:
    """
    Play `episodes` episodes on EnvPool, one per environment, so that short ones count once.

    Episode i is the first of an environment seeded `first_seed + i`, whatever the batch: two
    policies evaluated from the same seed meet the same traffic.
    """
    seeds = np.arange(first_seed, first_seed + episodes)
    batches = [seeds[i:i + POOL_SIZE].tolist() for i in range(0, episodes, POOL_SIZE)]
    left = iter(progress(seeds.tolist()))
    parts = []
    for batch in batches:
        parts.append(_play_pool(task, act, batch))
        # A bar counts an episode when the next one is asked for, and ends when there is none.
        deque(islice(left, len(batch)), maxlen=0)
    next(left, None)
    return _collect(task, 'envpool', seeds, parts)


def evaluate_gymnasium(
        task: Task, act_one: ActOne, first_seed: int, episodes: int,
        progress: Progress = iter, parallel: bool = True) -> Episodes:
    """
    Play `episodes` episodes on the Gymnasium environment, where they take long on all cores.

    `act_one` takes one observation (size,), as the policy does on a vehicle. Episode i resets with
    the seed `first_seed + i`. For `parallel` see `gymnasium_episodes.play`.
    """
    seeds = np.arange(first_seed, first_seed + episodes)
    rows = play(task, act_one, seeds, progress, parallel)
    return _collect(task, task.vehicle.engine if task.vehicle else 'gymnasium', seeds, [rows])


def evaluate_compiled(
        task: Task, act: Act, first_seed: int, episodes: int, progress: Progress = iter,
) -> Episodes:
    """
    Play the episodes of evaluate_gymnasium on highway-env compiled, many side by side.

    Where it cannot be compiled, highway-env itself plays them, which one line says.
    """
    seeds = np.arange(first_seed, first_seed + episodes)
    try:
        return _collect(task, COMPILED, seeds, [play_compiled(task, act, seeds, progress)])
    except Unsupported as refused:
        say_why_not(refused, task)
        return evaluate_gymnasium(
            task, lambda row: act(row[None])[0], first_seed, episodes, progress)


def _play_pool(task: Task, act: Act, seeds: list[int]) -> np.ndarray:
    """Play one episode per seed; returns rows (return, length, 0, 0) float64."""
    pool = make_pool(task, seeds)
    observations, _ = pool.reset()
    rows = np.zeros((len(seeds), 4))
    running = np.ones(len(seeds), dtype=bool)
    while running.any():
        actions = act(observations.reshape(len(seeds), -1).astype(np.float32))
        observations, rewards, terminated, truncated, _ = pool.step(
            pool_actions(pool, actions))
        rows[running, 0] += rewards[running]
        rows[running, 1] += 1
        running &= ~(terminated | truncated)
    pool.close()
    return rows


def _collect(task: Task, engine: str, seeds: np.ndarray, parts: list[np.ndarray]) -> Episodes:
    rows = np.concatenate(parts)
    return Episodes(
        task=task.id,
        engine=engine,
        seeds=seeds,
        returns=rows[:, 0],
        lengths=rows[:, 1].astype(np.int64),
        crashed=rows[:, 2].astype(bool) if task.driving else None,
        speeds=rows[:, 3] if task.driving else None,
        guarded=rows[:, 4] if task.vehicle else None,
        interventions=rows[:, 5].astype(np.int64) if task.vehicle else None,
    )


def evaluate(
        task: Task, act: Act, first_seed: int, episodes: int, engine: str,
        progress: Progress = iter, parallel: bool = True) -> Episodes:
    """
    Play `episodes` episodes on `engine` with a policy that answers batches.

    `progress` counts the episodes that are done; for `parallel` see `gymnasium_episodes.play`.
    """
    if engine == 'envpool':
        return evaluate_envpool(task, act, first_seed, episodes, progress)
    if engine == COMPILED:
        return evaluate_compiled(task, act, first_seed, episodes, progress)
    return evaluate_gymnasium(
        task, lambda row: act(row[None])[0], first_seed, episodes, progress, parallel)


def evaluate_policy(
        runtime: PolicyRuntime, task: Task, first_seed: int, episodes: int, engine: str,
        progress: Progress = iter) -> Episodes:
    """Play `episodes` episodes with a policy file, in batches where the engine plays many."""
    if engine in BATCHED:
        play = evaluate_envpool if engine == 'envpool' else evaluate_compiled
        return play(
            task, lambda batch: runtime.outputs(batch)['action'], first_seed, episodes, progress)
    return evaluate_gymnasium(
        task, lambda one: np.asarray(runtime.act(one)), first_seed, episodes, progress)
