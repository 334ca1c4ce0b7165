# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Means over training seeds, and how far above the baseline the compression is."""

from typing import Any

import numpy as np
import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.reporting.seeds_table import (
    baseline_of,
    by_method,
    returned,
    seeds_table,
    share_of_dense,
)


def result(method: str, seed: int, mean: float, half: float,
           average: float | None = None) -> dict[str, Any]:
    """Return what the table reads of a result file."""
    booked = {} if average is None else {
        'compression': {'average': average, 'final': average + 0.1}}
    return {'task': 'T', 'method': method, 'seed': seed, **booked, 'figures': {
        'envpool': {'return_mean': mean, 'return_ci95': [mean - half, mean + half]}}}


RESULTS = [
    result('dense', 2, 120.0, 4.0), result('dense', 1, 100.0, 2.0),
    result('gst', 1, 100.0, 3.0, 0.8), result('gst', 2, 110.0, 4.0, 0.9),
    result('gst-magnitude', 1, 50.0, 1.0, 0.7),
    result('gst-magnitude', 1, 108.0, 1.0, 0.5), result('gst-magnitude', 2, 108.0, 1.0, 0.5),
    result('gst-magnitude', 1, 120.0, 1.0, 0.3),
    result('small-dense', 1, 50.0, 1.0, 0.9),
]


def cells(table: str) -> list[list[str]]:
    """Return the cells of each row under the head."""
    return [[cell.strip() for cell in line.split('|')[1:-1]] for line in table.splitlines()[2:]]


def test_the_rows_over_seeds() -> None:
    rows = {each[2]: each[3:] for each in cells(seeds_table(RESULTS))}
    assert rows['dense'][:5] == ['1, 2', '', '', '', '110.00 (107.00 to 113.00)']
    assert rows['gst'] == [
        '1, 2', '95.0%', '85.0%', '+35.0 points', '105.00 (101.50 to 108.50)', '41.47 to 168.53',
        '95.5% (91.3%)']
    assert rows['gst-magnitude 60%'][:4] == ['1, 2', '60.0%', '50.0%', 'the baseline']
    assert rows['gst-magnitude 80%'][:4] == ['1', '80.0%', '70.0%', '+20.0 points']
    assert rows['small-dense'][4:6] == ['50.00 (49.00 to 51.00)', '']


def test_the_baseline_is_the_sparsest_that_holds_or_the_sparsest() -> None:
    assert baseline_of(by_method(RESULTS), 'envpool') == 'gst-magnitude 60%'
    assert baseline_of(by_method(RESULTS[2:]), 'envpool') == 'gst-magnitude 80%'
    assert baseline_of(by_method(RESULTS[:4]), 'envpool') is None


def test_sizes_of_blocks_are_methods_of_their_own() -> None:
    small, large = ({**RESULTS[2], 'circulant': [[2, 9, 9], [size, 7, 9], [1, 3, 3]]}
                    for size in (4, 8))
    untied = {**RESULTS[2], 'circulant': [[2, 9, 9], [1, 70, 90], [1, 3, 3]]}
    assert list(by_method([small, untied, large])) == ['gst', 'gst 2-4-1', 'gst 2-8-1']


def test_a_seed_that_counts_twice_is_refused() -> None:
    with pytest.raises(DrlPruneError, match='two results of gst with one seed'):
        seeds_table([RESULTS[2], RESULTS[2]])


def test_a_share_knows_the_error_of_dense_and_says_nothing_of_losses() -> None:
    methods = by_method([result('dense', 1, 100.0, 3.0), result('gst', 1, 50.0, 2.0, 0.5)])
    assert share_of_dense('gst', 'envpool', methods) == pytest.approx(
        (0.5, 0.5 - np.hypot(2.0, 0.5 * 3.0) / 100))
    losing = by_method([result('dense', 1, -150.0, 3.0), result('gst', 1, -300.0, 2.0, 0.5)])
    assert share_of_dense('gst', 'envpool', losing) is None
    [_, gst] = cells(seeds_table([*losing['dense'], *losing['gst']]))
    assert gst[-1] == gst[6] == ''


def test_the_interval_of_episodes_allows_for_policies_that_met_the_same_ones() -> None:
    random = np.random.default_rng(0)
    episodes = random.normal(5.0, 2.0, (4000, 1)) + random.normal(0.0, 0.1, (4000, 3))
    halves = 1.96 * episodes.std(axis=0) / np.sqrt(4000)
    results = [result('gst', seed, mean, half) for seed, (mean, half) in enumerate(
        zip(episodes.mean(axis=0), halves, strict=True))]
    mean, of_episodes, _ = returned(results, 'envpool')
    assert mean == pytest.approx(episodes.mean())
    resampled = episodes.mean(axis=1)[random.integers(4000, size=(2000, 4000))].mean(axis=1)
    assert of_episodes == pytest.approx(1.96 * resampled.std(), rel=0.05)
