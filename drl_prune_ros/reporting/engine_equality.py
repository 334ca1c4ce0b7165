# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether highway-env compiled plays as highway-env does, and how much faster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
import json
import os
from pathlib import Path
import subprocess
import sys
import time
from typing import Any

import gymnasium
import numpy as np

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.highway.equality import compare, Comparison, PLAIN, SIDE_BY_SIDE
from drl_prune_ros.policy.runtime import load_runtime
from drl_prune_ros.tasks.catalogue import COMPILED, load_task, task_names
from drl_prune_ros.tasks.envpool_vec_env import make_pool, pool_actions
from drl_prune_ros.tasks.lidar_speeds import has_lidar_speeds, LidarSpeeds

VERSION = 2
"""Of the record; 1 is that of EnvPool's."""


def is_highway(name: str) -> bool:
    """Return whether a task, or an id outside the catalogue, is one of highway-env's."""
    if name in task_names():
        return load_task(name).driving
    import highway_env  # noqa: F401  registers its environments

    spec = gymnasium.registry.get(name)
    return spec is not None and str(spec.entry_point).startswith('highway_env.')


def compare_highway(
    name: str, seeds: int, first_seed: int, policy: Path | None,
) -> Comparison:
    """
    Play `seeds` seeds from `first_seed` on both, in a process whose numpy adds up plainly.

    name    a driving task of the catalogue, as that configures it, or an id of highway-env
    policy  acts on every third seed, and while both are timed
    """
    done = subprocess.run(
        [sys.executable, '-m', __name__, name, str(seeds), str(first_seed),
         *([str(policy)] if policy else [])],
        env={**os.environ, **PLAIN, 'PYTHONWARNINGS': 'ignore'}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False)
    if done.returncode:
        raise DrlPruneError((done.stderr.strip().splitlines() or ['the comparison ended'])[-1])
    return Comparison(**json.loads(done.stdout.splitlines()[-1]))


def _compare(name: str, seeds: range, policy: Path | None) -> Comparison:
    import highway_env  # noqa: F401  registers its environments

    if name not in task_names():
        if policy:
            raise DrlPruneError(
                f'{name} is no task of the catalogue, and no policy is made for it: leave out '
                '--policy')
        return compare(name, None, seeds)
    task = load_task(name)
    act = None
    if policy:
        runtime = load_runtime(policy)
        if runtime.manifest.observation != task.observation or (
                runtime.manifest.action != task.action):
            raise DrlPruneError(f'{policy} does not see and act as {name} asks for: give a policy '
                                'of the task')
        see = LidarSpeeds(task.observation) if has_lidar_speeds(task.observation) else np.copy

        def act(batch: np.ndarray) -> np.ndarray:
            return runtime.outputs(see(batch))['action']
    return compare(task.engine_id(COMPILED), task.config or None, seeds, act)


def record_of(name: str, first_seed: int, seeds: int, compared: Comparison,
              provenance: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record of a comparison, as plain JSON values."""
    return {'version': VERSION, 'task': name, 'first_seed': first_seed, 'seeds': seeds,
            **asdict(compared), 'provenance': dict(provenance)}


def envpool_s(name: str, policy: Path | None, decisions: int) -> float | None:
    """Return the CPU seconds of a decision of EnvPool, timed as compiled_s; None: it has none."""
    # Its other driving tasks start every episode the same: no speed is comparable.
    if name not in ('highway-fast-v0', 'highway-v0'):
        return None
    task = replace(load_task(name), engines={'envpool': name})
    pool = make_pool(task, range(SIDE_BY_SIDE))
    runtime = load_runtime(policy) if policy else None
    random = np.random.default_rng(0)
    observations, _ = pool.reset()
    spent, rounds = 0.0, max(10, decisions // SIDE_BY_SIDE)
    for step in range(2 * rounds):
        seen = np.array(observations, np.float32).reshape(SIDE_BY_SIDE, -1)
        actions = (runtime.outputs(seen)['action'] if runtime
                   else random.integers(task.outputs, size=SIDE_BY_SIDE))
        begun = time.process_time()
        observations, *_ = pool.step(pool_actions(pool, actions))
        if step >= rounds:
            spent += time.process_time() - begun
    pool.close()
    return spent / (rounds * SIDE_BY_SIDE)


def main() -> int:
    """Compare NAME SEEDS FIRST_SEED [POLICY], and print what was found as one JSON object."""
    name, seeds, first_seed, *policy = sys.argv[1:]
    own = range(int(first_seed), int(first_seed) + int(seeds))
    try:
        acting = Path(policy[0]) if policy else None
        compared = _compare(name, own, acting)
        compared.envpool_s = envpool_s(name, acting, 10_000)
        print(json.dumps(asdict(compared)))
    except DrlPruneError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == '__main__':
    sys.exit(main())
