# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Go on in highway-env from states of its compiled form, and compare; a process of its own.

    OPENBLAS_CORETYPE=Nehalem NPY_DISABLE_CPU_FEATURES='X86_V4 AVX512_ICL AVX512_SPR' \
        python continued.py CASES as JSON    [[id, config, seed, decisions before, and after], ...]

Prints for each case how many decisions followed, and how many of them differ.
"""

import json
import sys
import warnings

import gymnasium
import numpy as np

from drl_prune_ros.highway import episodes
from drl_prune_ros.highway.batch import Batch
from drl_prune_ros.highway.equality import EVERYONE, flat, vehicles_of, vehicles_of_batch
from drl_prune_ros.highway.viewer import LiveEnv


def play(task_id: str, config: dict | None, seed: int, before: int, after: int) -> list[int]:
    """Return how many decisions followed, and how many differ; the state itself counts as one."""
    batch, live = Batch(task_id, 1, config), LiveEnv(task_id, config)
    batch.seed(0, seed)
    batch.reset(EVERYONE)
    random = np.random.default_rng(seed)

    def action() -> object:
        if isinstance(batch.action_space, gymnasium.spaces.Discrete):
            return int(random.choice([0, 1, 2][:batch.action_space.n]))
        return random.uniform(-0.2, 0.2, batch.action_space.shape).astype(np.float32)

    for _ in range(before):
        batch.step(np.asarray(action())[None])
    seen = live.put(batch.state(0))
    decisions, differing = 1, 0
    # The scene of now: at an intersection, others come and leave after a decision was observed.
    expected = np.zeros_like(batch.observations)
    episodes.look(batch.scene, batch._rooms[0], batch.episodes.copy(), batch.vehicles,
                  np.array([0]), expected)
    differing += not (np.array_equal(flat(seen), expected[0])
                      and vehicles_of(live.env.unwrapped) == vehicles_of_batch(batch))
    for _ in range(after):
        chosen = action()
        batch.step(np.asarray(chosen)[None])
        observation, reward, terminated, truncated, info = live.env.step(chosen)
        decisions += 1
        differing += not (
            np.array_equal(flat(observation), batch.observations[0]) and reward == batch.rewards[0]
            and (terminated, truncated) == tuple(batch.ends[0])
            and info['speed'] == batch.speeds[0] and bool(info['crashed']) == batch.crashed[0]
            and vehicles_of(live.env.unwrapped) == vehicles_of_batch(batch))
        if differing:
            break
    return [decisions, differing]


if __name__ == '__main__':
    warnings.simplefilter('ignore')
    for case in json.loads(sys.argv[1]):
        print(json.dumps([case[0], *play(*case)]), flush=True)
