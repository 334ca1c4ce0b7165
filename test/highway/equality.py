# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Play highway-env beside its compiled form, number by number; a process of its own.

    OPENBLAS_CORETYPE=Nehalem NPY_DISABLE_CPU_FEATURES='X86_V4 AVX512_ICL AVX512_SPR' \
        python equality.py ID SEEDS EPISODES STEPS [CONFIG as JSON]

Prints one line: episodes, decisions, differing. The variables have numpy add up as plain
arithmetic does; with its AVX-512 functions highway-env differs from itself on another processor.
"""

import json
import sys
import warnings

import gymnasium
import highway_env  # noqa: F401  registers its environments
import numpy as np

from drl_prune_ros.highway.batch import Batch

EVERYONE = np.ones(1, np.bool_)


def state_of(env) -> list[tuple]:
    """Return what every vehicle of highway-env is, in order."""
    lanes = [(start, end, number) for start, ways in env.road.network.graph.items()
             for end, found in ways.items() for number in range(len(found))]
    place = {lane: index for index, lane in enumerate(lanes)}
    return [(vehicle.position[0], vehicle.position[1], vehicle.heading, vehicle.speed,
             bool(vehicle.crashed), place[tuple(vehicle.lane_index)],
             place[tuple(getattr(vehicle, 'target_lane_index', vehicle.lane_index))])
            for vehicle in env.road.vehicles]


def state_of_batch(batch: Batch) -> list[tuple]:
    """Return the same of the compiled environment."""
    count = int(batch.episodes[0]['vehicles'])
    return [(float(row['x']), float(row['y']), float(row['heading']), float(row['speed']),
             bool(row['crashed']), int(row['lane']),
             int(row['lane'] if row['kind'] == 2 else row['target']))
            for row in batch.vehicles[0, :count]]


def flat(observation) -> np.ndarray:
    """Return an observation, or a tuple of them, as (n,) float32."""
    parts = observation if isinstance(observation, tuple) else (observation,)
    return np.concatenate([np.asarray(part, np.float32).ravel() for part in parts])


def play(task_id: str, seeds: int, episodes: int, steps: int, config: dict | None) -> tuple:
    """Return how many episodes and decisions were played, and how many of these differ."""
    kwargs = {'config': config} if config else {}
    env = gymnasium.make(task_id, disable_env_checker=True, **kwargs)
    batch = Batch(task_id, 1, config)
    played = decisions = differing = 0
    for seed in range(seeds):
        random = np.random.default_rng(seed)
        for episode in range(episodes):
            if episode == 0:
                observation, info = env.reset(seed=seed)
                batch.seed(0, seed)
            else:
                observation, info = env.reset()   # as an automatic reset
            batch.reset(EVERYONE)
            played += 1
            same = np.array_equal(flat(observation), batch.observations[0]) and (
                state_of(env.unwrapped) == state_of_batch(batch))
            differing += not same
            for _ in range(steps):
                # Even seeds act at random, odd ones more calmly.
                if isinstance(env.action_space, gymnasium.spaces.Discrete):
                    calm = seed % 2 and random.random() < 0.7
                    action = 1 if calm else int(random.integers(env.action_space.n))
                    batch.step(np.array([action]))
                else:
                    reach = 0.1 if seed % 2 else 1.0
                    action = (reach * random.uniform(-1, 1, env.action_space.shape)).astype(
                        np.float32)
                    batch.step(action[None])
                observation, reward, terminated, truncated, info = env.step(action)
                decisions += 1
                same = (np.array_equal(flat(observation), batch.observations[0])
                        and reward == batch.rewards[0]
                        and (terminated, truncated) == tuple(batch.ends[0])
                        and info['speed'] == batch.speeds[0]
                        and bool(info['crashed']) == batch.crashed[0]
                        and state_of(env.unwrapped) == state_of_batch(batch))
                differing += not same
                if terminated or truncated or not same:
                    break
    return played, decisions, differing


if __name__ == '__main__':
    warnings.simplefilter('ignore')
    name, *numbers = sys.argv[1:5]
    given = json.loads(sys.argv[5]) if len(sys.argv) > 5 else None
    print(json.dumps(play(name, *map(int, numbers), given)))
