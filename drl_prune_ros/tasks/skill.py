# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Skill: how far a policy stands between the floor and the dense policy.

    skill = (return - floor) / (dense - floor)

A return alone says little: on highway-fast-v0 a car that always brakes reaches nine tenths of it.
"""

from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any

import numpy as np

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.resources import config_dir
from drl_prune_ros.tasks.evaluation import Episodes

REFERENCE_VERSION = 1
BOOTSTRAP_SAMPLES = 2000


@dataclass(frozen=True)
class Reference:
    """
    The two returns that skill stands between, measured on the engine that judges.

    `floor` is the best constant action or the uniform random policy, `dense` the mean over the
    reported training seeds of the dense policy, each with the standard error of its mean.
    """

    task: str
    engine: str
    floor: float
    floor_policy: str
    dense: float
    dense_error: float
    dense_crash_rate: float | None

    def skill(self, return_mean: float) -> float:
        """Return the skill of a mean return; 0 at the floor, 1 at the dense policy."""
        return (return_mean - self.floor) / (self.dense - self.floor)


def reference_file(task: str) -> Path:
    """Return where the figures of `task` stand, whether or not they were measured yet."""
    return config_dir() / 'references' / f'{task}.json'


def load_reference(task: str, engine: str) -> Reference:
    """Read floor and dense of `task` on `engine`; says which command measures them if missing."""
    path = reference_file(task)
    figures: dict[str, Any] = {}
    if path.is_file():
        content = json.loads(path.read_text())
        if content.get('version') != REFERENCE_VERSION:
            raise DrlPruneError(
                f'{path} has version {content.get("version")}, this program reads '
                f'{REFERENCE_VERSION}: run drl-prune reference {task} again')
        figures = content['engines'].get(engine, {})
    if 'floor' not in figures or 'dense' not in figures:
        raise DrlPruneError(
            f'no floor and dense return of {task} on {engine}: run drl-prune train {task}, then '
            f'drl-prune reference {task} --engine {engine} --dense POLICY')
    floor, dense = figures['floor'], figures['dense']
    return Reference(
        task=task, engine=engine, floor=floor['return_mean'], floor_policy=floor['policy'],
        dense=dense['return_mean'], dense_error=dense['return_error'],
        dense_crash_rate=dense['crash_rate'])


def standard_error(values: np.ndarray) -> float:
    """Return the standard error of the mean of `values`; 0 for fewer than two."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


def interval95(values: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """Return the episode-bootstrap 95 % interval of the mean of `values`."""
    rng = np.random.default_rng(seed)
    means = np.array([
        values[rng.integers(len(values), size=len(values))].mean()
        for _ in range(BOOTSTRAP_SAMPLES)])
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def skill_half_width(episodes: Episodes, reference: Reference) -> float:
    """
    Return the 95 % half-width of the skill of `episodes`, the error of dense included.

    Episodes are independent, so the bootstrap of their mean and dense's own error add in squares.
    """
    low, high = interval95(episodes.returns)
    own = (high - low) / 2
    dense = 1.96 * reference.dense_error * abs(reference.skill(episodes.return_mean))
    return float(np.hypot(own, dense) / abs(reference.dense - reference.floor))
