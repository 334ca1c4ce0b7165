# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Plays highway-env beside its compiled form, number by number, and times both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
import time
from typing import Any
import warnings

import gymnasium
import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.highway.batch import Batch
from drl_prune_ros.highway.records import FREE
from drl_prune_ros.highway.tables import lane_ids
from drl_prune_ros.simulator.traffic import make_with_own_traffic

PLAIN = {'OPENBLAS_CORETYPE': 'Nehalem',
         'NPY_DISABLE_CPU_FEATURES': 'X86_V4 AVX512_ICL AVX512_SPR'}
"""What has numpy add up as plain arithmetic does; it is read when numpy is imported."""
EPISODES = 2      # a seed: the second begins as an automatic reset does
DECISIONS = 200   # of an episode, at most: on a racetrack one has 1,500
SIDE_BY_SIDE = 64
EVERYONE = np.ones(1, np.bool_)
Act = Callable[[NDArray[np.float32]], NDArray[Any]]
"""From flattened observations (n, size) to actions (n,) or (n, k)."""


@dataclass
class Comparison:
    """
    What was played.

    differing      decisions, resets included, of which any number differed
    highway_env_s  CPU seconds of a decision of highway-env, resets included
    compiled_s     and of the compiled form, with SIDE_BY_SIDE environments
    speed_ratio    one over the other
    envpool_s      of EnvPool, likewise, where it has the task
    """

    episodes: int = 0
    decisions: int = 0
    differing: int = 0
    highway_env_s: float = 0.0
    compiled_s: float = 0.0
    speed_ratio: float = 0.0
    envpool_s: float | None = None


def vehicles_of(env: Any) -> list[tuple[float, ...]]:
    """Return what every vehicle of a highway-env environment is, in their order."""
    place = {lane: index for index, lane in enumerate(lane_ids(env))}
    return [(vehicle.position[0], vehicle.position[1], vehicle.heading, vehicle.speed,
             bool(vehicle.crashed), place[tuple(vehicle.lane_index)],
             place[tuple(getattr(vehicle, 'target_lane_index', vehicle.lane_index))])
            for vehicle in env.road.vehicles]


def vehicles_of_batch(batch: Batch) -> list[tuple[float, ...]]:
    """Return the same of the first environment of a batch."""
    count = int(batch.episodes[0]['vehicles'])
    return [(float(row['x']), float(row['y']), float(row['heading']), float(row['speed']),
             bool(row['crashed']), int(row['lane']),
             int(row['lane'] if row['kind'] == FREE else row['target']))
            for row in batch.vehicles[0, :count]]


def flat(observation: Any) -> NDArray[np.float32]:
    """Return an observation, or a tuple of them, as (size,)."""
    parts = observation if isinstance(observation, tuple) else (observation,)
    return np.concatenate([np.asarray(part, np.float32).ravel() for part in parts])


class Actor:
    """
    Acts in the episodes of a seed: of three seeds one is random, one calmer, one a policy's.

    Without a policy the third is random too.
    """

    def __init__(self, space: gymnasium.Space, act: Act | None) -> None:
        self._space, self._act = space, act
        self._seed, self._random = 0, np.random.default_rng(0)

    def begin(self, seed: int) -> None:
        """Begin the episodes of a seed."""
        self._seed, self._random = seed, np.random.default_rng(seed)

    def __call__(self, seen: NDArray[np.float32]) -> Any:
        """Return the action on a flattened observation."""
        if self._act is not None and self._seed % 3 == 2:
            action = self._act(seen[None])[0]
            return int(action) if isinstance(self._space, gymnasium.spaces.Discrete) else (
                np.asarray(action, np.float32))
        calm = self._seed % 3 == 1
        if isinstance(self._space, gymnasium.spaces.Discrete):
            return 1 if calm and self._random.random() < 0.7 else int(
                self._random.integers(self._space.n))
        reach = 0.1 if calm else 1.0
        shape = self._space.shape
        return (reach * self._random.uniform(-1, 1, shape)).astype(np.float32)


def compare(
    task_id: str, config: dict[str, Any] | None, seeds: Sequence[int], act: Act | None = None,
) -> Comparison:
    """
    Play seeds on both, EPISODES each, and time both on the same task.

    act  the policy of every third seed, and of the environments that are timed

    Raises Unsupported, by the name of what only highway-env itself can run.
    """
    warnings.simplefilter('ignore')
    batch = Batch(task_id, 1, config)
    env = make_with_own_traffic(
        task_id, disable_env_checker=True, **({'config': config} if config else {}))
    actor = Actor(env.action_space, act)
    found, spent = Comparison(), 0.0
    for seed in seeds:
        actor.begin(seed)
        for episode in range(EPISODES):
            if episode == 0:
                batch.seed(0, seed)
            batch.reset(EVERYONE)
            begun = time.process_time()
            observation, _ = env.reset(**({'seed': seed} if episode == 0 else {}))
            spent += time.process_time() - begun
            found.episodes += 1
            same = np.array_equal(flat(observation), batch.observations[0].ravel()) and (
                vehicles_of(env.unwrapped) == vehicles_of_batch(batch))
            found.differing += not same
            for _ in range(DECISIONS):
                action = actor(flat(observation))
                begun = time.process_time()
                observation, reward, terminated, truncated, info = env.step(action)
                spent += time.process_time() - begun
                batch.step(np.asarray(action)[None])
                found.decisions += 1
                same = (np.array_equal(flat(observation), batch.observations[0].ravel())
                        and reward == batch.rewards[0]
                        and (terminated, truncated) == tuple(batch.ends[0])
                        and info['speed'] == batch.speeds[0]
                        and bool(info['crashed']) == batch.crashed[0]
                        and vehicles_of(env.unwrapped) == vehicles_of_batch(batch))
                found.differing += not same
                # Once they have parted, all that follows differs.
                if terminated or truncated or not same:
                    break
    env.close()
    batch.close()
    found.highway_env_s = spent / found.decisions
    found.compiled_s = seconds_per_decision(
        task_id, config, act, min(20_000, max(2_000, 20 * found.decisions)))
    found.speed_ratio = found.highway_env_s / found.compiled_s
    return found


def seconds_per_decision(
    task_id: str, config: dict[str, Any] | None, act: Act | None, decisions: int,
    num_envs: int = SIDE_BY_SIDE,
) -> float:
    """Return the CPU seconds of a decision, resets included, of environments side by side."""
    batch = Batch(task_id, num_envs, config)
    actor = Actor(batch.action_space, None)
    batch.reset(np.ones(num_envs, np.bool_))
    spent, played = 0.0, 0
    # A first round compiles, and spreads out where the episodes stand.
    for step in range(2 * max(10, decisions // num_envs // 2)):
        seen = batch.observations.reshape(num_envs, -1)
        actions = act(seen) if act else np.array([actor(row) for row in seen])
        begun = time.process_time()
        batch.step(actions)
        over = batch.ends[:, 0] | batch.ends[:, 1]
        if over.any():
            batch.reset(over)
        if step >= max(10, decisions // num_envs // 2):
            spent += time.process_time() - begun
            played += num_envs
    batch.close()
    return spent / played
