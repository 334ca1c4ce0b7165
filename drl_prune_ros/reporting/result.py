# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A result file: one policy, evaluated once on the final seeds, with everything that made it."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.files import read_versioned, write_json
from drl_prune_ros.policy.manifest import count_weights
from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.policy.runtime import load_runtime
from drl_prune_ros.reporting.versions import upgraded_result
from drl_prune_ros.tasks.catalogue import BATCHED, load_seeds, task_of
from drl_prune_ros.tasks.evaluation import Episodes, evaluate_policy
from drl_prune_ros.tasks.skill import (
    figures_of,
    find_reference,
    pairs_with,
    Reference,
    seed_by_seed,
    skill_half_width,
)
from drl_prune_ros.tasks.vehicle import Vehicle

RESULT_VERSION = 1
BENCH_FILE = 'bench.json'
"""Name of the file in which `drl-prune bench` keeps what it measured on one computer."""
BENCH_FILES = 'bench-*.json'
"""Pattern of the names of further such files of a task, of other policies."""
RESULT_FILE = 'result.json'
"""Name of the result file in a run folder, beside the policy that it is of."""
FINAL_EPISODES = dict.fromkeys(BATCHED, 10_000)
SLOW_FINAL_EPISODES = 500
LOSSLESS_SKILL = 0.97
LOSSLESS_HALF_WIDTH = 0.02
LOSSLESS_CRASHES = 0.005


def final_figures(path: Path, engine: str, episodes: int, vehicle: Vehicle | None = None,
                 paired_with: Path | None = None) -> dict[str, Any]:
    """
    Play the first `episodes` final seeds with the policy file at `path`; returns figures.

    :param vehicle: carries the decisions out; the engine is then its own.
    :param paired_with: the dense policy file, to play the same seeds and be compared seed by seed.
    """
    played = _final(path, engine, episodes, vehicle)
    figures = figures_of(played)
    if paired_with:
        figures['beside'] = seed_by_seed(
            played, _final(paired_with, engine, episodes, vehicle),
            read_policy(paired_with).sha256)
    return figures


def _final(path: Path, engine: str, episodes: int, vehicle: Vehicle | None) -> Episodes:
    runtime = load_runtime(path)
    task = task_of(runtime.manifest)
    if vehicle:
        task = task.on(vehicle)
    return evaluate_policy(runtime, task, load_seeds()['final'].first, episodes, engine)


def compare(figures: dict[str, Any], reference: Reference) -> dict[str, Any]:
    """
    Return skill, its 95 % half-width and whether the policy is lossless beside `reference`.

    Lossless means skill of at least 0.97, known well enough, and, when driving, an upper 95 %
    bound of at most 0.5 points on the crashes added.
    """
    skill = reference.skill(figures['return_mean'])
    half_width = skill_half_width(figures, reference)
    lossless = skill >= LOSSLESS_SKILL and known_well(skill, half_width)
    compared: dict[str, Any] = {'skill': skill, 'skill_half_width95': half_width}
    if figures['crash_rate'] is not None and reference.dense_crash_rate is not None:
        paired = pairs_with(figures, reference)
        upper = crashes_added_in_pairs(
            paired['crashed_alone'], paired['dense_crashed_alone'], figures['episodes'],
        ) if paired else crashes_added(
            figures['crash_rate'], figures['episodes'],
            reference.dense_crash_rate, reference.dense_episodes)
        compared['crashes_added_upper95'] = upper
        lossless = lossless and upper <= LOSSLESS_CRASHES
    return {**compared, 'lossless': bool(lossless)}


def known_well(skill: float, half_width: float) -> bool:
    """Return whether a skill is known to 0.02, or lies above 0.97 with all of its interval."""
    return half_width <= LOSSLESS_HALF_WIDTH or skill - half_width >= LOSSLESS_SKILL


def crashes_added(rate: float, episodes: int, dense_rate: float, dense_episodes: int) -> float:
    """
    Return the upper 95 % bound on the crash rate that a policy adds to the dense one's.

    By Agresti and Caffo (2000): a crash and a safe episode more on either side, so that no crash
    in a few episodes is not taken for certainty.
    """
    counts = episodes + 2, dense_episodes + 2
    rates = (rate * episodes + 1) / counts[0], (dense_rate * dense_episodes + 1) / counts[1]
    error = np.sqrt(sum(each * (1 - each) / count
                        for each, count in zip(rates, counts, strict=True)))
    return float(rates[0] - rates[1] + 1.645 * error)


def crashes_added_in_pairs(alone: int, dense_alone: int, episodes: int) -> float:
    """
    Return the same bound where both played the same `episodes` seeds.

    By Agresti and Min (2005), "Simple improved confidence intervals for comparing matched
    proportions": half a pair more of each of the four kinds.

    :param alone: crashes of the policy on seeds on which the dense one did not crash.
    :param dense_alone: the other way round.
    """
    count, more, fewer = episodes + 2, alone + 0.5, dense_alone + 0.5
    error = np.sqrt(more + fewer - (more - fewer) ** 2 / count) / count
    return float((more - fewer) / count + 1.645 * error)


def with_skill(result: dict[str, Any]) -> dict[str, Any]:
    """
    Return `result` with skill and verdict from the references as they stand now.

    Files hold returns, which are facts of a policy; skill depends on a reference that may be
    measured later. Where an engine has none, the run's own stands in, its teacher, and without one
    skill is left out.
    """
    figures = {}
    for engine, values in result['figures'].items():
        reference = reference_of(result, engine)
        compared = compare(values, reference) if reference else {}
        if reference and (result['sha256'], values['episodes']) == (
                reference.dense_sha256, reference.dense_episodes):
            # Dense paired with itself: no episode differs.
            compared |= {'skill': 1.0, 'skill_half_width95': 0.0, 'lossless': True}
        figures[engine] = {**values, **compared}
        if reference and not find_reference(result['task'], engine):
            figures[engine]['own_reference'] = True
    return {**result, 'figures': figures}


def reference_of(result: dict[str, Any], engine: str) -> Reference | None:
    """Return what the skill of `result` is measured by: the catalogue's, or the run's own."""
    own = result.get('reference')
    return find_reference(result['task'], engine) or (
        Reference(**own) if own and own['engine'] == engine else None)


def final_episodes(engine: str) -> int:
    """Return how many final episodes `engine` calls for."""
    return FINAL_EPISODES.get(engine, SLOW_FINAL_EPISODES)


def add_figures(path: Path, policy: Path, engine: str, vehicle: Vehicle | None = None,
               episodes: int | None = None, paired_with: Path | None = None) -> None:
    """
    Evaluate `policy` and add the figures to its result file `path`.

    That is on one more engine, or in more episodes on one that it was evaluated on.

    :param episodes: from the first final seed on; by default what `engine` calls for.
    :param paired_with: see `final_figures`.
    """
    episodes = episodes or final_episodes(engine)
    # Refused before the episodes, which may take an hour.
    result = read_result(path)
    if result['sha256'] != read_policy(policy).sha256:
        raise DrlPruneError(f'{path} is the result of another policy than {policy}: give the one '
                            'it describes')
    known = result['figures'].get(engine)
    if paired_with and read_policy(paired_with).manifest.task != result['task']:
        raise DrlPruneError(f'{paired_with} is a policy of another task than {result["task"]}: '
                            'give the dense policy of the same')
    compared = paired_with and known and known['episodes'] == episodes and 'beside' not in known
    if known and known['episodes'] >= episodes and not compared:
        raise DrlPruneError(
            f'{path} has figures on {engine} over {known["episodes"]} episodes, which are kept: '
            'ask for more --episodes, or choose another '
            + ('--vehicle or --delay' if vehicle else '--engine'))
    result['figures'][engine] = final_figures(policy, engine, episodes, vehicle, paired_with)
    write_result(path, result)


def make_result(path: Path, figures: dict[str, dict[str, Any]], cost: dict[str, Any],
                reference: Reference | None = None,
                compression: dict[str, Any] | None = None,
                learning: Sequence[Sequence[float]] = ()) -> dict[str, Any]:
    """
    Return the result of the policy file at `path`.

    :param figures: what `final_figures` returned, by engine.
    :param cost: environment steps and seconds of training.
    :param reference: floor and teacher, where the run measured them itself.
    :param compression: that of actor and critics while training, where it was booked.
    :param learning: (steps, mean return) of the validation episodes while training.
    """
    policy = read_policy(path)
    manifest = policy.manifest
    return {
        'version': RESULT_VERSION,
        'task': manifest.task,
        'method': manifest.provenance['method'],
        'seed': manifest.provenance['seed'],
        'widths': list(manifest.widths),
        'weights': manifest.weights,
        'biases': manifest.biases,
        'weights_dense': manifest.weights_dense,
        'neurons': manifest.neurons,
        'neurons_dense': manifest.neurons_dense,
        'policy': path.name,
        'sha256': policy.sha256,
        'file_bytes': policy.file_bytes,
        'macs': count_weights(manifest.widths),
        **({'index_bytes': manifest.index_bytes} if manifest.nonzeros else {}),
        **({'circulant': [list(layer) for layer in manifest.circulant],
            'index_bytes': manifest.index_bytes} if manifest.circulant else {}),
        **({'compression': compression} if compression else {}),
        **({'learning': [list(point) for point in learning]} if learning else {}),
        **({'reference': asdict(reference)} if reference else {}),
        'figures': figures,
        'cost': cost,
        'provenance': manifest.provenance,
    }


def write_result(path: Path, result: dict[str, Any]) -> None:
    """Write a result file, replacing an older one of the same run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, result, overwrite=True)


def read_result(path: Path) -> dict[str, Any]:
    """Read a result file; raise DrlPruneError for another version."""
    return upgraded_result(read_versioned(
        path, RESULT_VERSION, 'a result file', 'run the method again',
        other_version='use the release that wrote it'))
