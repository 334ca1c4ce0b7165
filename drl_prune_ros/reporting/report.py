# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The tables of README and docs, written from the committed result files and nothing else."""

import json
from pathlib import Path
from typing import Any

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.reporting.caveats import caveats, footnotes
from drl_prune_ros.reporting.engine_parity import ENGINES_FILE
from drl_prune_ros.reporting.learning_table import learning_table
from drl_prune_ros.reporting.result import BENCH_FILE, BENCH_FILES, read_result, with_skill
from drl_prune_ros.reporting.seeds_table import seeds_table
from drl_prune_ros.reporting.tables import (
    compression_table,
    pace_table,
    percent,
    result_table,
    speed,
)
from drl_prune_ros.reporting.training_time import PACE_FILE
from drl_prune_ros.reporting.versions import upgraded_pace
from drl_prune_ros.tasks.skill import find_reference, Reference

RECORDS = (BENCH_FILE, BENCH_FILES, ENGINES_FILE, PACE_FILE)
"""Files, by pattern, that stand beside the results of a task and are none."""
RESULTS = 'results'
"""Name of the markers that most tables stand between."""


def read_results(results_dir: Path) -> list[dict[str, Any]]:
    """
    Read every result under `results_dir`, largest policy first, with its skill.

    Skill is computed here, against the reference as it stands, so that a reference measured later
    than a policy still evaluates it. A `caveat` says why its recipe does not make a result again.
    """
    told = caveats()
    results = []
    for path in sorted(results_dir.glob('*/*.json')):
        if not any(map(path.match, RECORDS)):
            why = told.get(path.resolve())
            results.append(with_skill(read_result(path)) | ({'caveat': why} if why else {}))
    if not results:
        raise DrlPruneError(f'no result file under {results_dir}: copy result.json of a run to '
                            f'{results_dir}/TASK/NAME.json')
    return sorted(results, key=lambda each: (each['task'], -each['weights'], each['method']))


def report_table(results_dir: Path) -> str:
    """Return the table of every result under `results_dir`, with floors and dense returns."""
    results = read_results(results_dir)
    found = {(result['task'], engine): find_reference(result['task'], engine)
             for result in results for engine in result['figures']}
    floors = [
        f'* {task} on {engine}: floor {each.floor:.2f} ({floor_driving(each)}), '
        f'dense {each.dense:.2f} over {each.dense_episodes:,} episodes'
        for (task, engine), each in sorted(found.items()) if each]
    compressed = compression_lines(results)
    records = [upgraded_pace(json.loads(path.read_text()))
               for path in sorted(results_dir.glob(f'*/{PACE_FILE}'))]
    timed = ['', 'What pruning costs in time:', '', pace_table(records)] if records else []
    return '\n'.join([
        result_table(results), '', *floors, *footnotes(results), *compressed, *timed])


def compression_lines(results: list[dict[str, Any]]) -> list[str]:
    """Return the tables of results that booked their compression, and of those beside them."""
    booked = [result for result in results if 'compression' in result]
    if not booked:
        return []
    tasks = {result['task'] for result in booked}
    beside = [result for result in results if result['task'] in tasks
              and ('compression' in result or result['method'] == 'dense')]
    learned = [result for result in beside if 'learning' in result]
    curves = ['', 'Return on validation episodes while training, after each tenth of the run:', '',
              learning_table(learned)] if learned else []
    return ['', compression_table(booked), '', 'Over training seeds:', '', seeds_table(beside),
            *curves]


def floor_driving(reference: Reference) -> str:
    """Return which baseline policy is the floor and, on driving tasks, how it drives."""
    if reference.floor_crash_rate is None:
        return reference.floor_policy
    return (f'{reference.floor_policy}, crash {percent(reference.floor_crash_rate)}, '
            f'{speed(reference.floor_speed)}')


def with_table(text: str, table: str, name: str = RESULTS) -> str:
    """Return `text` with `table` between its two markers, <!-- NAME:begin --> and :end."""
    begin, end = f'<!-- {name}:begin -->', f'<!-- {name}:end -->'
    if begin not in text or end not in text:
        raise DrlPruneError(f'the file has no {begin} and {end}: put them where the table goes')
    before, rest = text.split(begin, 1)
    after = rest.split(end, 1)[1]
    return f'{before}{begin}\n\n{table}\n\n{end}{after}'
