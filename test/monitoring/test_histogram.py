# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
from hypothesis import given, strategies
import numpy as np
import pytest

from drl_prune_ros.monitoring.histogram import HIGHEST, Histogram, LOWEST, Windowed

PERCENTS = (1, 50, 90, 99, 100)


@given(strategies.lists(strategies.floats(LOWEST, HIGHEST), min_size=1, max_size=60))
def test_quantiles_are_those_of_the_values_to_half_a_percent(values):
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    for percent in PERCENTS:
        assert histogram.quantile(percent / 100) == pytest.approx(
            np.percentile(values, percent, method='inverted_cdf'), rel=0.0051)
    summary = histogram.summary()
    assert summary['count'] == len(values)
    assert summary['max'] == max(values)
    assert summary['mean'] == pytest.approx(np.mean(values))
    assert sum(count for _, count in histogram.buckets()) == len(values)


def test_many_values_of_a_tail():
    values = np.random.default_rng(0).lognormal(0, 2, 20_000)
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    for percent in PERCENTS:
        assert histogram.quantile(percent / 100) == pytest.approx(
            np.percentile(values, percent, method='inverted_cdf'), rel=0.0051)


def test_what_lies_outside_counts_at_the_edge():
    histogram = Histogram()
    for value in (-5.0, 0.0, 1e-9, 10 * HIGHEST):
        histogram.add(value)
    summary = histogram.summary()
    assert (summary['count'], summary['max']) == (4, 10 * HIGHEST)
    assert summary['p50'] <= LOWEST * 1.01


def test_nothing_has_no_quantiles():
    assert Histogram().summary() == {
        'count': 0, 'mean': None, 'p50': None, 'p90': None, 'p99': None, 'max': None}
    assert Histogram().buckets() == []


def test_a_window_is_forgotten_when_it_turns_and_the_total_is_not():
    windowed = Windowed()
    windowed.add(1.0)
    windowed.add(9.0)
    assert (windowed.turn()['count'], windowed.turn()['count']) == (2, 0)
    windowed.add(3.0)
    assert windowed.turn()['max'] == 3.0
    assert windowed.total.summary()['max'] == 9.0
    assert windowed.total.count == 3
