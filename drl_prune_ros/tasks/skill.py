# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Skill: how far a policy stands between the floor and the dense policy.

    skill = (return - floor) / (dense - floor)

A return alone says little: on highway-fast-v0 a car that always brakes reaches nine tenths of it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import bootstrap

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.files import read_versioned
from drl_prune_ros.resources import config_dir
from drl_prune_ros.tasks.catalogue import slug
from drl_prune_ros.tasks.evaluation import Episodes

REFERENCE_VERSION = 1
BOOTSTRAP_SAMPLES = 2000
CLEAR = 3.0
"""Standard errors that a dense policy must stand above its floor."""


@dataclass(frozen=True)
class Reference:
    """
    The two returns that skill stands between, measured on the engine that evaluates.

    `floor` is the best constant action or the uniform random policy, `dense` the mean over the
    reported training seeds of the dense policy, each with the standard error of its mean;
    `dense_steps` is how many environment steps its whole run took, those of a teacher included;
    None where a file does not say. `dense_sha256` is the policy file of dense, None where there
    are several.
    """

    task: str
    engine: str
    floor: float
    floor_policy: str
    floor_crash_rate: float | None
    floor_speed: float | None
    dense: float
    dense_error: float
    dense_crash_rate: float | None
    dense_episodes: int
    dense_steps: int | None = None
    dense_sha256: str | None = None

    def skill(self, return_mean: float) -> float:
        """Return the skill of a mean return; 0 at the floor, 1 at the dense policy."""
        return (return_mean - self.floor) / (self.dense - self.floor)


def reference_file(task: str) -> Path:
    """Return where the figures of `task` stand, whether or not they were measured yet."""
    return config_dir() / 'references' / f'{slug(task)}.json'


def load_reference(task: str, engine: str) -> Reference:
    """Read floor and dense of `task` on `engine`; says which command measures them if missing."""
    reference = find_reference(task, engine)
    if reference is None:
        raise DrlPruneError(
            f'no floor and dense return of {task} on {engine}: run drl-prune train {task}, then '
            f'drl-prune reference {task} --engine {engine} --dense POLICY')
    return reference


def find_reference(task: str, engine: str) -> Reference | None:
    """Read floor and dense of `task` on `engine`; None where they were not measured yet."""
    path = reference_file(task)
    figures: dict[str, Any] = {}
    if path.is_file():
        content = read_versioned(path, REFERENCE_VERSION, 'the reference of a task',
                                 f'run drl-prune reference {task} again')
        figures = content['engines'].get(engine, {})
    if not figures:
        return None
    floor, dense = figures['floor'], figures['dense']
    return Reference(
        task=task, engine=engine, floor=floor['return_mean'], floor_policy=floor['policy'],
        floor_crash_rate=floor['crash_rate'], floor_speed=floor['speed_mean'],
        dense=dense['return_mean'], dense_error=dense['return_error'],
        dense_crash_rate=dense['crash_rate'], dense_episodes=dense['episodes'],
        dense_steps=dense['policies'][0].get('run_steps'),
        dense_sha256=dense['policies'][0]['sha256'] if len(dense['policies']) == 1 else None)


def require_clear(name: str, task: str, floor_policy: str, floor: dict[str, Any],
                  dense: dict[str, Any]) -> None:
    """Raise DrlPruneError if dense figures are not clearly above the floor's."""
    error = float(np.hypot(dense['return_error'], floor['return_error']))
    if dense['return_mean'] - floor['return_mean'] <= CLEAR * error:
        raise DrlPruneError(
            f'{name} returns {dense["return_mean"]:.2f} on {task} and {floor_policy!r}, which '
            f'does not look, {floor["return_mean"]:.2f}: train a policy that stands clearly '
            'above it')


def standard_error(values: np.ndarray) -> float:
    """Return the standard error of the mean of `values`; 0 for fewer than two."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


def interval95(values: np.ndarray) -> tuple[float, float]:
    """Return the bootstrap 95 % interval of the mean of `values`."""
    if len(values) < 2:
        return float(values.mean()), float(values.mean())
    interval = bootstrap(
        (values,), np.mean, n_resamples=BOOTSTRAP_SAMPLES, batch=100, method='percentile',
        rng=np.random.default_rng(0)).confidence_interval
    return float(interval.low), float(interval.high)


def skill_half_width(figures: dict[str, Any], reference: Reference) -> float:
    """
    Return the 95 % half-width of the skill behind `figures`, the errors of dense included.

    Where `figures` know what dense did on the same seeds, it is that of the difference, and the
    error of dense counts for what is lacking alone. Otherwise both errors add in squares, as if
    episodes were independent: conservative, since returns on the same seeds correlate.
    """
    skill, scale = reference.skill(figures['return_mean']), abs(reference.dense - reference.floor)
    paired = pairs_with(figures, reference)
    low, high = paired['difference_ci95'] if paired else figures['return_ci95']
    dense = 1.96 * reference.dense_error * abs(skill - 1.0 if paired else skill)
    return float(np.hypot((high - low) / 2, dense) / scale)


def pairs_with(figures: dict[str, Any], reference: Reference) -> dict[str, Any] | None:
    """Return what `figures` know of the dense policy of `reference` on the same seeds, if so."""
    paired: dict[str, Any] | None = figures.get('beside')
    same = (paired is not None and paired['sha256'] == reference.dense_sha256
            and figures['episodes'] == reference.dense_episodes)
    return paired if same else None


def seed_by_seed(episodes: Episodes, dense: Episodes, sha256: str) -> dict[str, Any]:
    """
    Return what a policy did beside a dense one on the same seeds, as plain JSON values.

    :param sha256: of the dense policy file.
    """
    assert np.array_equal(episodes.seeds, dense.seeds)
    difference = episodes.returns - dense.returns
    figures = {'sha256': sha256, 'difference_mean': float(difference.mean()),
               'difference_ci95': list(interval95(difference))}
    if episodes.crashed is not None and dense.crashed is not None:
        figures |= {'crashed_alone': int((episodes.crashed & ~dense.crashed).sum()),
                    'dense_crashed_alone': int((dense.crashed & ~episodes.crashed).sum())}
    return figures


def figures_of(episodes: Episodes) -> dict[str, Any]:
    """Return what a result file keeps of `episodes`, as plain JSON values."""
    figures = {
        'engine': episodes.engine,
        'episodes': len(episodes),
        'first_seed': int(episodes.seeds[0]),
        'return_mean': episodes.return_mean,
        'return_ci95': list(interval95(episodes.returns)),
        'return_error': standard_error(episodes.returns),
        'crash_rate': episodes.crash_rate,
        'speed_mean': episodes.speed_mean,
        'length_mean': float(episodes.lengths.mean()),
    }
    if episodes.interventions is not None:
        figures |= {'guard_share': episodes.guard_share,
                    'interventions': int(episodes.interventions.sum())}
    return figures
