# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Play highway-env beside its compiled form in one process, number by number.

Each line that comes is a case in JSON: id, config, config of the compiled form, seeds, decisions.
For each goes a line with episodes, decisions, and how many of these differ; NaN equals NaN.
"""

import json
import sys
import warnings

import gymnasium
import highway_env  # noqa: F401  registers its environments
import numpy as np

from drl_prune_ros.highway.batch import Batch
from drl_prune_ros.highway.equality import EVERYONE, flat, vehicles_of, vehicles_of_batch
from drl_prune_ros.simulator.traffic import make_with_own_traffic

EPISODES = 2     # a seed: the second begins as an automatic reset does


def action_of(space: gymnasium.Space, random: np.random.Generator, seed: int):
    """Return an action, of even seeds by chance, of odd ones a calm one."""
    calm = seed % 2 and random.random() < 0.7
    if isinstance(space, gymnasium.spaces.Discrete):
        return 1 if calm else int(random.integers(space.n))
    # Beyond the bounds too, where it is clipped or not.
    return ((0.1 if calm else 1.2) * random.uniform(-1, 1, space.shape)).astype(np.float32)


def play(task_id: str, config, compiled, seeds: int, decisions: int) -> tuple[int, int, int]:
    """Return how many episodes and decisions were played, and how many of these differ."""
    env = make_with_own_traffic(task_id, disable_env_checker=True, config=config)
    batch = Batch(task_id, 1, compiled)
    played = decided = differing = 0
    for seed in range(seeds):
        random = np.random.default_rng(seed)
        for episode in range(EPISODES):
            observation, _ = env.reset(**({'seed': seed} if episode == 0 else {}))
            if episode == 0:
                batch.seed(0, seed)
            batch.reset(EVERYONE)
            played, over, given, due = played + 1, False, (), ()
            for step in range(decisions + 1):
                same = given == due and np.array_equal(
                    flat(observation), batch.observations[0], equal_nan=True) and (
                    vehicles_of(env.unwrapped) == vehicles_of_batch(batch))
                differing += not same
                if over or not same or step == decisions:
                    break
                action = action_of(env.action_space, random, seed)
                observation, reward, *ends, info = env.step(action)
                batch.step(np.asarray(action)[None])
                decided, over = decided + 1, any(ends)
                names = batch.reward_names if 'rewards' in info else ()
                given = (reward, *ends, info['speed'], bool(info['crashed']),
                         *(float(info['rewards'][name]) for name in names))
                due = (batch.rewards[0], *batch.ends[0], batch.speeds[0], batch.crashed[0],
                       *batch.terms[0, :len(names)])
    return played, decided, differing


if __name__ == '__main__':
    warnings.simplefilter('ignore')
    for line in sys.stdin:
        print(json.dumps(play(*json.loads(line))), flush=True)
