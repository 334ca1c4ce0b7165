# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The claims of papers stand beside the smallest lossless policies, and name what is missing."""

import json
from pathlib import Path
from typing import Any

from drl_prune_ros.reporting.papers import above_baseline, gone, papers_table

ROOT = Path(__file__).parents[2]


def result(task: str, method: str, weights: int, lossless: bool = True) -> dict[str, Any]:
    """Return what the table reads of an evaluated policy."""
    return {'task': task, 'method': method, 'weights': weights, 'weights_dense': 1000,
            'neurons': weights // 10, 'neurons_dense': 100, 'seed': 1,
            'figures': {'envpool': {'lossless': lossless}}}


RESULTS = [
    result('CartPole-v1', 'dense', 1000), result('CartPole-v1', 'dsp-teacher', 200),
    result('CartPole-v1', 'dsp-teacher', 50, lossless=False),
    result('CartPole-v1', 'pops', 100), result('Hopper-v3', 'dsp', 400),
]


def test_the_smallest_lossless_policy_of_each_task_counts() -> None:
    tasks = 'CartPole-v1', 'Hopper-v3'
    assert gone(RESULTS, tasks, ('dsp', 'dsp-teacher')) == (
        '70.0% of neurons and 70.00% of weights gone, lossless, on CartPole-v1, Hopper-v3')
    assert gone(RESULTS, tasks).startswith('75.0% of neurons and 75.00% of weights')


def test_what_was_missed_and_what_was_not_measured_are_named() -> None:
    assert gone(RESULTS[:1], ('CartPole-v1',)) == 'not measured on CartPole-v1'
    assert gone(RESULTS[2:3], ('CartPole-v1',)) == 'no lossless policy on CartPole-v1'
    assert gone(RESULTS[1:], ('CartPole-v1', 'Walker2d-v3'), ('dsp-teacher',)) == (
        '80.0% of neurons and 80.00% of weights gone, lossless, on CartPole-v1; not measured on '
        'Walker2d-v3')


def trained(method: str, seed: int, mean: float, average: float | None = None) -> dict[str, Any]:
    """Return what the table reads of a run on HalfCheetah-v3."""
    booked = {} if average is None else {
        'compression': {'average': average, 'final': 0.9}}
    return {'task': 'HalfCheetah-v3', 'method': method, 'seed': seed, **booked, 'figures': {
        'envpool': {'return_mean': mean, 'return_ci95': [mean - 1, mean + 1]}}}


def test_group_sparse_training_is_held_against_its_baseline() -> None:
    runs = [trained('dense', 1, 100.0), trained('gst', 1, 90.0, 0.9),
            trained('gst', 2, 100.0, 0.8), trained('gst-magnitude', 1, 95.0, 0.5)]
    assert above_baseline(runs) == (
        '+35.0 points (85.0% against 50.0% of gst-magnitude 90%) on HalfCheetah-v3, 95.0% of the '
        'dense return; 2 training seeds')
    assert above_baseline(runs[:-1]) == 'not measured on HalfCheetah-v3'
    tied = [{**trained('gst', seed, 80.0, 0.95), 'circulant': [[2, 9, 9], [8, 3, 4], [1, 3, 3]]}
            for seed in (1, 2)]
    assert above_baseline(runs + tied) == above_baseline(runs), 'the one that returns most'


def test_no_runs_of_gst_make_no_row(tmp_path: Path) -> None:
    folder = tmp_path / 'CartPole-v1'
    folder.mkdir()
    committed = ROOT / 'results/CartPole-v1/dense-1000.json'
    (folder / 'dense-1000.json').write_text(json.dumps(json.loads(committed.read_text())))
    table = papers_table(tmp_path)
    assert 'GST' not in table and 'not measured on LunarLander-v2' in table
