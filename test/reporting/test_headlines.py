# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A row per task: the smallest lossless policy, or what is missing."""

import json
from pathlib import Path
import shutil
from typing import Any

from drl_prune_ros.reporting.headlines import (
    headline_table,
    headlines,
    smallest_lossless,
    weights_of_dense,
)
from drl_prune_ros.tasks.catalogue import load_task

ROOT = Path(__file__).parents[2]


def result(task: str, method: str, weights: int, skill: float, lossless: bool) -> dict[str, Any]:
    """Return what the table reads of an evaluated policy."""
    return {'task': task, 'method': method, 'weights': weights, 'weights_dense': 1000, 'seed': 1,
            'figures': {load_task(task).engine: {'skill': skill, 'lossless': lossless}}}


RESULTS = [
    result('CartPole-v1', 'dense', 1000, 1.0, True),
    result('CartPole-v1', 'dsp', 300, 0.99, True),
    result('CartPole-v1', 'pops', 200, 0.98, True),
    result('CartPole-v1', 'linear', 100, 0.5, False),
    result('LunarLander-v2', 'dsp', 90, 0.9, False),
    result('LunarLander-v2', 'linear', 30, 0.95, False),
    result('highway-fast-v0', 'dsp', 500, 0.99, True),
    result('Hopper-v3', 'dense', 1000, 1.0, True),
]


def cells(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip('|').split('|')]
            for line in table.splitlines()[2:] if line.startswith('|')]


def test_a_task_has_its_smallest_lossless_policy_or_the_most_skilled() -> None:
    rows = headlines(sorted(RESULTS, key=lambda each: str(each['task'])))
    assert [(row['task'], row['method']) for row in rows] == [
        ('highway-fast-v0', 'dsp'), ('CartPole-v1', 'pops'), ('LunarLander-v2', 'linear')]
    assert smallest_lossless(RESULTS[4:6], 'envpool') is None


def test_the_table_fits_a_page_and_says_its_seeds() -> None:
    table = headline_table(ROOT / 'results')
    rows = cells(table)
    assert all(len(row) == 6 for row in rows)
    assert len({row[0] for row in rows}) == len(rows) >= 11
    assert all('training seed' in row[5] for row in rows)
    undecided = {row[0] for row in rows if not row[5].startswith('lossless')}
    assert undecided == {'intersection-v0', 'racetrack-v0'}


def test_more_training_seeds_are_counted(tmp_path: Path) -> None:
    folder = tmp_path / 'CartPole-v1'
    folder.mkdir()
    for name in ('dense-1000', 'dsp-teacher-1000'):
        shutil.copy(ROOT / f'results/CartPole-v1/{name}.json', folder)
    other = json.loads((folder / 'dsp-teacher-1000.json').read_text())
    (folder / 'dsp-teacher-1001.json').write_text(json.dumps({**other, 'seed': 1001}))
    assert cells(headline_table(tmp_path))[0][5] == 'lossless; 2 training seeds'


def test_what_is_stored_beside_weights_is_said() -> None:
    row = {'weights': 50, 'weights_dense': 1000}
    assert weights_of_dense(row) == '50 of 1,000 (1/20)'
    assert weights_of_dense({**row, 'index_bytes': 9}) == (
        '50 of 1,000 (1/20); non-zero, 9 B of indices')
