# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Means over training seeds, and how far above the baseline the compression is."""

from typing import Any

import numpy as np
import pytest

from drl_prune_ros.benchmark.seeds_table import returned, seeds_table


def result(method: str, seed: int, mean: float, half: float,
           average: float | None = None) -> dict[str, Any]:
    """Return what the table reads of a result file."""
    booked = {} if average is None else {
        'compression': {'average': average, 'final': average + 0.1}}
    return {'task': 'T', 'method': method, 'seed': seed, **booked, 'figures': {
        'envpool': {'return_mean': mean, 'return_ci95': [mean - half, mean + half]}}}


RESULTS = [
    result('dense', 1, 100.0, 3.0), result('dense', 2, 120.0, 4.0),
    result('gst', 1, 100.0, 3.0, 0.8), result('gst', 2, 110.0, 4.0, 0.9),
    result('gst-magnitude', 1, 90.0, 1.0, 0.5), result('gst-magnitude', 2, 90.0, 1.0, 0.6),
    result('small-dense', 1, 50.0, 1.0, 0.9),
]


def cells(table: str) -> list[list[str]]:
    """Return the cells of each row under the head."""
    return [[cell.strip() for cell in line.split('|')[1:-1]] for line in table.splitlines()[2:]]


def test_the_rows_over_seeds() -> None:
    assert cells(seeds_table(RESULTS)) == [
        ['T', 'envpool', 'dense', '1, 2', '', '', '', '110 (108 to 112)', '-17 to 237',
         '100.0% (97.7%)'],
        ['T', 'envpool', 'gst', '1, 2', '95.0%', '85.0%', '+30.0 points', '105 (102 to 108)',
         '41 to 169', '95.5% (93.2%)'],
        ['T', 'envpool', 'gst-magnitude', '1, 2', '65.0%', '55.0%', '', '90 (89 to 91)',
         '90 to 90', '81.8% (81.2%)'],
    ]


def test_what_there_is_nothing_to_compare_with_stays_empty() -> None:
    [row] = cells(seeds_table(RESULTS[2:4]))
    assert row[6] == row[9] == ''


def test_one_seed_a_method_makes_no_table() -> None:
    assert seeds_table(RESULTS[-1:]) == ''


def test_the_interval_of_episodes_is_that_of_all_of_them_together() -> None:
    random = np.random.default_rng(0)
    episodes = random.normal((5.0, 7.0, 9.0), (1.0, 2.0, 3.0), (4000, 3))
    halves = 1.96 * episodes.std(axis=0) / np.sqrt(4000)
    results = [result('gst', seed, mean, half) for seed, (mean, half) in enumerate(
        zip(episodes.mean(axis=0), halves, strict=True))]
    mean, of_episodes, of_seeds = returned(results, 'envpool')
    assert mean == pytest.approx(episodes.mean())
    resampled = [random.choice(column, (2000, 4000)).mean(axis=1) for column in episodes.T]
    assert of_episodes == pytest.approx(1.96 * np.mean(resampled, axis=0).std(), rel=0.05)
    assert of_seeds > of_episodes
