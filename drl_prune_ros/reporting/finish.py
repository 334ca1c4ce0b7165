# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The end of a run: its policy file, its final evaluation, its result file and its tables."""

from collections.abc import Callable
import json
from pathlib import Path
from typing import Any

from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.pruning.evaluation.compression import booked_compression
from drl_prune_ros.pruning.evaluation.reference import own_reference
from drl_prune_ros.pruning.registry import method_of_run
from drl_prune_ros.reporting.learning_table import learning_of
from drl_prune_ros.reporting.result import (
    final_episodes,
    final_figures,
    make_result,
    reference_of,
    RESULT_FILE,
    with_skill,
    write_result,
)
from drl_prune_ros.reporting.tables import (
    compression_table,
    cost_line,
    layer_table,
    result_table,
)
from drl_prune_ros.tasks.catalogue import task_of_run
from drl_prune_ros.training.export import export_run, observations_of
from drl_prune_ros.training.outcome import read_outcome
from drl_prune_ros.training.run_folder import RunFolder


def finish_run(run: RunFolder, episodes: int | None = None,
               evaluate: Callable[[Path], dict[str, Any]] | None = None) -> dict[str, Any]:
    """
    Export the policy of `run`, evaluate it on the final seeds and write `result.json` beside it.

    Returns the result.

    :param episodes: how many final seeds are played; by default what the engine calls for.
    :param evaluate: returns the figures of the exported policy file in place of that.
    """
    task = task_of_run(run.config)
    engine = task.engine
    observations = observations_of(run)
    exported = export_run(run, overwrite=True, observations=observations)
    figures = evaluate(exported.path) if evaluate else final_figures(
        exported.path, engine, episodes or final_episodes(engine), task.vehicle)
    policy = export_run(run, evaluation={engine: figures}, overwrite=True,
                        observations=observations)
    cost = {
        'environment_steps': run.steps + run.steps_taught,
        'seconds': sum(row.get('seconds_since_last', 0.0) for row in run.metrics())}
    method = method_of_run(run.config['method'])
    compression = method.compression(run) if method else booked_compression(run)
    result = make_result(policy.path, {engine: figures}, cost, own_reference(run.path),
                         compression, learning_of(run))
    write_result(result_file(run), result)
    return result


def result_file(run: RunFolder) -> Path:
    """Return where the result of a run is written when it ends."""
    return run.path / RESULT_FILE


def tables(run: RunFolder, result: dict[str, Any]) -> str:
    """Return the result of `run` for people: layers before and after, and what was reached."""
    reference = reference_of(result, next(iter(result['figures'])))
    return '\n'.join([
        layer_table(read_policy(run.policy_file).manifest), '',
        result_table([with_skill(result)]), '', *compression_lines(result),
        cost_line(result, run.steps_taught, reference), *beyond_limits(run),
        f'policy  {run.policy_file}', f'result  {result_file(run)}'])


def compression_lines(result: dict[str, Any]) -> list[str]:
    """Return the table of compression while training, where it was booked; nothing otherwise."""
    return [compression_table([result]), ''] if 'compression' in result else []


def beyond_limits(run: RunFolder) -> list[str]:
    """
    Return a line for people where no policy of `run` was within its limits; none otherwise.

    A run that does not prune has none.
    """
    outcome = read_outcome(run) if 'pruning' in run.config else None
    if outcome is None or outcome.acceptable:
        return []
    method = method_of_run(run.config['method'])
    wider = f'{method.wider_limits}, ' if method else ''
    return ['limits  no size was within the allowed loss of skill and crashes, and this is the '
            f'smallest: give {wider}more --steps or a better --teacher']


def as_json(run: RunFolder, result: dict[str, Any]) -> str:
    """Return the result of `run` as one JSON object, with skill and the paths of its files."""
    return json.dumps({**with_skill(result), 'policy': str(run.policy_file),
                       'result': str(result_file(run))}, indent=2)
