# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The table of the README, written from the committed result files and from nothing else."""

from pathlib import Path
from typing import Any

from drl_prune_ros.benchmark.engines import ENGINES_FILE
from drl_prune_ros.benchmark.result import read_result, with_skill
from drl_prune_ros.benchmark.tables import percent, result_table, speed
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.tasks.skill import find_reference, Reference

BEGIN, END = '<!-- results:begin -->', '<!-- results:end -->'


def read_results(results_dir: Path) -> list[dict[str, Any]]:
    """
    Read every result under `results_dir`, largest policy first, with its skill.

    Skill is computed here, against the reference as it stands, so that a reference measured later
    than a policy still judges it.
    """
    results = [with_skill(read_result(path)) for path in sorted(results_dir.glob('*/*.json'))
               if path.name != ENGINES_FILE]
    if not results:
        raise DrlPruneError(f'no result file under {results_dir}: copy result.json of a run to '
                            f'{results_dir}/TASK/NAME.json')
    return sorted(results, key=lambda each: (each['task'], -each['weights'], each['method']))


def report_table(results_dir: Path) -> str:
    """Return the table of every result under `results_dir`, with the floors it is judged by."""
    results = read_results(results_dir)
    found = {(result['task'], engine): find_reference(result['task'], engine)
             for result in results for engine in result['figures']}
    floors = [
        f'* {task} on {engine}: floor {each.floor:.2f} ({floor_driving(each)}), '
        f'dense {each.dense:.2f} over {each.dense_episodes:,} episodes'
        for (task, engine), each in sorted(found.items()) if each]
    return '\n'.join([result_table(results), '', *floors])


def floor_driving(reference: Reference) -> str:
    """Return which blind policy is the floor and, on driving tasks, how it drives."""
    if reference.floor_crash_rate is None:
        return reference.floor_policy
    return (f'{reference.floor_policy}, crash {percent(reference.floor_crash_rate)}, '
            f'{speed(reference.floor_speed)}')


def with_table(text: str, table: str) -> str:
    """Return `text` with `table` between its two markers."""
    if BEGIN not in text or END not in text:
        raise DrlPruneError(f'the README has no {BEGIN} and {END}: put them where the table goes')
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    return f'{before}{BEGIN}\n\n{table}\n\n{END}{after}'
