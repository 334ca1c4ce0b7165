# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Whether EnvPool plays a task as its own environment does, on which a policy is driven later.

EnvPool writes the environments again in C++. It may train or evaluate a task only where its
episodes differ from seed to seed, and policies earn the same return and crash as often on both
engines.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import envpool
import numpy as np

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.files import read_versioned, write_json
from drl_prune_ros.tasks.catalogue import load_seeds, slug, Task
from drl_prune_ros.tasks.envpool_vec_env import make_pool
from drl_prune_ros.tasks.evaluation import Act, evaluate, Progress
from drl_prune_ros.tasks.gymnasium_env import make_gymnasium_env
from drl_prune_ros.tasks.skill import figures_of

ENGINES_VERSION = 1
ENGINES_FILE = 'engines.json'
POOL_EPISODES = 10
"""Episodes on EnvPool for one on Gymnasium: they cost next to nothing there."""


def wilson95(count: int, total: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a rate of which `count` in `total` were seen."""
    z, rate = 1.959964, count / total
    center = rate + z * z / (2 * total)
    half = z * np.sqrt(rate * (1 - rate) / total + (z / (2 * total)) ** 2)
    scale = 1 + z * z / total
    return max(0.0, float(center - half) / scale), min(1.0, float(center + half) / scale)


def overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Return whether two intervals have a point in common."""
    return one[0] <= other[1] and other[0] <= one[1]


def engines_agree(figures: Mapping[str, Mapping[str, Any]]) -> bool:
    """Return whether the 95 % intervals of return and of crash rate overlap."""
    one, other = figures.values()
    crash = one['crash_ci95'] is None or overlap(one['crash_ci95'], other['crash_ci95'])
    return crash and overlap(one['return_ci95'], other['return_ci95'])


def on_both_engines(task: Task) -> Task:
    """
    Return `task` as both engines know it, also where the catalogue shuts EnvPool out.

    A later EnvPool may agree, and this is how to find out. Both have it in the environment's own
    configuration, which EnvPool's cannot be told to leave.
    """
    if task.id not in envpool.list_all_envs():
        raise DrlPruneError(f'EnvPool has no {task.id}: compare a task that it has')
    if 'gymnasium' not in task.engines:
        raise DrlPruneError(f'Gymnasium has no {task.id}: compare a task that it has')
    return replace(task, engines={**task.engines, 'envpool': task.id}, config={})


def seeds_differ(task: Task) -> dict[str, bool]:
    """Return whether two seeds start with different observations, by engine."""
    first = load_seeds()['validation'].first
    env = make_gymnasium_env(task)
    pool_starts = [make_pool(task, [first + i]).reset()[0] for i in range(2)]
    starts = [env.reset(seed=first + i)[0] for i in range(2)]
    env.close()
    return {'gymnasium': not np.array_equal(*starts), 'envpool': not np.array_equal(*pool_starts)}


def compare_policy(
        task: Task, act: Act, episodes: int,
        progress: Progress = iter) -> dict[str, dict[str, Any]]:
    """Play `act` on both engines; returns the figures of each, with the interval of crashes."""
    figures = {}
    for engine, count in (('gymnasium', episodes), ('envpool', POOL_EPISODES * episodes)):
        # The time goes into Gymnasium's episodes.
        played = evaluate(task, act, load_seeds()['validation'].first, count, engine,
                          progress if engine == 'gymnasium' else iter)
        crashes = None if played.crashed is None else wilson95(int(played.crashed.sum()), count)
        figures[engine] = {**figures_of(played), 'crash_ci95': crashes and list(crashes)}
    return figures


def compare_engines(
        task: Task, acts: Mapping[str, Act], episodes: int, provenance: Mapping[str, Any],
        progress: Progress = iter) -> dict[str, Any]:
    """
    Return the record of one comparison, as plain JSON values.

    :param task: a task as `on_both_engines` gives it.
    :param acts: policies by name.
    :param episodes: episodes of each policy on Gymnasium; EnvPool plays ten times as many.
    :param progress: wraps the seeds that Gymnasium plays.
    """
    policies = []
    for name, act in acts.items():
        figures = compare_policy(task, act, episodes, progress)
        policies.append({'policy': name, 'figures': figures, 'agree': engines_agree(figures)})
    differ = seeds_differ(task)
    good = all(differ.values()) and all(each['agree'] for each in policies)
    return {
        'version': ENGINES_VERSION,
        'task': task.id,
        'seeds_differ': differ,
        'policies': policies,
        'verdict': 'agree' if good else 'disagree',
        'provenance': dict(provenance),
    }


def engines_file(results_dir: Path, task: str) -> Path:
    """Return where the record of `task` stands, whether or not it was made yet."""
    return results_dir / slug(task) / ENGINES_FILE


def write_engines(path: Path, record: Mapping[str, Any], overwrite: bool) -> None:
    """Write a record; an older one stays unless `overwrite`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, record, overwrite)


def read_engines(path: Path) -> dict[str, Any]:
    """Read a record; raise DrlPruneError if it is missing, damaged, or of another version."""
    return read_versioned(path, ENGINES_VERSION, 'a record of two engines',
                          f'run drl-prune compare-engines {path.parent.name} --overwrite')
