# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Measure what skill stands between: the floor of a task and its dense policies."""

import json
from math import hypot
from pathlib import Path
from typing import Any

import numpy as np

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.files import write_json
from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.reporting.result import final_figures, read_result, RESULT_FILE
from drl_prune_ros.tasks.catalogue import load_seeds, Task
from drl_prune_ros.tasks.floor import baseline_policies, BaselinePolicy, play_baseline
from drl_prune_ros.tasks.skill import (
    CLEAR,
    figures_of,
    reference_file,
    REFERENCE_VERSION,
    standard_error,
)

SCREENED = 100
"""Validation episodes at most that choose the best of the baseline policies."""


def measure_floor(task: Task, engine: str, episodes: int) -> dict[str, Any]:
    """
    Evaluate every baseline policy in short; the best one on the final seeds is the floor.

    Those play there that may be the best by what they did in short: a lucky one would put the
    floor too low. `others` are the means of the rest, in short and on validation seeds.
    """
    seeds = load_seeds()
    baseline = baseline_policies(task, engine, seeds['validation'].first, min(episodes, SCREENED))
    first_seed = seeds['final'].first
    floor = max((play_baseline(task, each.name, engine, first_seed, episodes)
                 for each in baseline if may_be_best(each, baseline[0])),
                key=lambda played: played.episodes.return_mean)
    return {'policy': floor.name, **figures_of(floor.episodes),
            'others': {each.name: each.episodes.return_mean for each in baseline
                       if each.name != floor.name}}


def may_be_best(baseline: BaselinePolicy, best: BaselinePolicy) -> bool:
    """Return whether `baseline` lies below `best` by no more than chance allows."""
    error = hypot(*(standard_error(each.episodes.returns) for each in (baseline, best)))
    return best.episodes.return_mean - baseline.episodes.return_mean <= CLEAR * error


def measure_dense(task: Task, engine: str, episodes: int, paths: list[Path]) -> dict[str, Any]:
    """Evaluate the dense policies of the reported training seeds; their mean is the reference."""
    policies = []
    for path in paths:
        file = read_policy(path)
        if file.manifest.task != task.id:
            raise DrlPruneError(f'{path} is a policy of {file.manifest.task}, not {task.id}: '
                                'give dense policies of the task')
        figures = _evaluated(path, file.sha256, engine, episodes)
        told = {name: file.manifest.provenance.get(name)
                for name in ('seed', 'steps', 'run_steps')}
        policies.append({'sha256': file.sha256, **told, **figures})
    returns = [policy['return_mean'] for policy in policies]
    crash_rates = [policy['crash_rate'] for policy in policies]
    return {
        'return_mean': float(np.mean(returns)),
        # They met the same seeds, so that their errors are not independent.
        'return_error': float(np.mean([policy['return_error'] for policy in policies])),
        'crash_rate': None if None in crash_rates else float(np.mean(crash_rates)),
        'speed_mean': (None if policies[0]['speed_mean'] is None
                       else float(np.mean([policy['speed_mean'] for policy in policies]))),
        'episodes': episodes * len(policies),
        'policies': policies,
    }


def _evaluated(path: Path, sha256: str, engine: str, episodes: int) -> dict[str, Any]:
    """Return what a policy does on the final seeds; where its run has played them, what it did."""
    try:
        result = read_result(path.with_name(RESULT_FILE))
    except DrlPruneError:   # none, or a file of somebody else's that has the name
        result = {}
    figures: dict[str, Any] = result.get('figures', {}).get(engine, {})
    played = result.get('sha256'), figures.get('first_seed'), figures.get('episodes')
    if played == (sha256, load_seeds()['final'].first, episodes):
        return figures
    return final_figures(path, engine, episodes)


def write_reference(task: Task, engine: str, floor: dict[str, Any], dense: dict[str, Any],
                    provenance: dict[str, Any], path: Path | None = None) -> Path:
    """
    Write the figures of one engine into a reference file, keeping the others in it.

    :param path: by default the task's in the catalogue.
    """
    path = path or reference_file(task.id)
    engines = json.loads(path.read_text())['engines'] if path.is_file() else {}
    engines[engine] = {'floor': floor, 'dense': dense, 'provenance': provenance}
    content = {'version': REFERENCE_VERSION, 'task': task.id, 'engines': engines}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, content, overwrite=True)
    return path
