# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Tables and lines compare like with like."""

import pytest

from drl_prune_ros.pruning.evaluation.compression import figures_of, Stored
from drl_prune_ros.reporting.tables import compression_table, cost_line, verdict, weights
from drl_prune_ros.tasks.skill import Reference

RESULT = {'cost': {'environment_steps': 5_500_000, 'seconds': 1234.5}, 'macs': 50,
          'weights_dense': 1000}


def make_reference(dense_steps: int | None) -> Reference:
    return Reference('T', 'envpool', 20.0, 'SLOWER', None, None, 24.0, 0.0, None, 10, dense_steps)


def test_the_cost_of_a_run_says_whose_steps_and_seconds_it_counts() -> None:
    assert cost_line(RESULT, 4_000_000, make_reference(5_507_328)) == (
        'cost    5,500,000 environment steps, 4,000,000 by the teacher (dense: 5,507,328); '
        '1,234 s of training of this run; 50 multiplications per decision (5.00% of dense)')


def test_what_nobody_knows_is_left_out() -> None:
    for reference in (None, make_reference(None)):
        assert cost_line(RESULT, 0, reference) == (
            'cost    5,500,000 environment steps; 1,234 s of training; 50 multiplications per '
            'decision (5.00% of dense)')


def test_compression_shows_what_is_stored_and_what_training_saved() -> None:
    figures = figures_of(Stored(1000, 2000), Stored(500, 700), Stored(200, 400))
    result = {'task': 'T', 'method': 'gst', 'seed': 3,
              'compression': {**figures, 'gradient_steps': 90_000, 'update_to_data': 0.9},
              'figures': {'envpool': {'return_mean': 5.0, 'return_ci95': [4.0, 6.0]}}}
    row = [cell.strip() for cell in compression_table([result]).splitlines()[-1].split('|')]
    assert row[1:-1] == [
        'T', 'gst', '3', '200 + 400', '80.0%', '60.0%', '14 of 36 kB', '90,000', '0.90',
        'envpool', '5.00 (4.00 to 6.00)']


def test_weights_say_what_was_counted() -> None:
    assert weights({'weights': 5480}) == '5,480'
    assert weights({'weights': 5480, 'index_bytes': 9}) == '5,480 non-zero, 9 B of indices'
    blocks = {'weights': 5480, 'circulant': [[1, 9, 9], [8, 3, 4]], 'index_bytes': 128}
    assert weights(blocks) == '5,480 in circulant blocks, 128 B of masks'
    assert weights({**blocks, 'index_bytes': 0}) == '5,480 in circulant blocks'
    single = {**blocks, 'circulant': [[1, 9, 9], [1, 3, 4]]}
    assert weights(single) == '5,480 non-zero, 128 B of masks'


@pytest.mark.parametrize(('skill', 'half_width', 'lossless', 'said'), [
    (0.98, 0.01, True, 'yes'),
    (0.98, 0.01, False, 'no, crashes'),
    (0.96, 0.015, False, 'no'),
    (0.90, 0.05, False, 'no'),
    (0.98, 0.05, False, 'too few episodes'),
])
def test_a_verdict_says_what_is_missing(
        skill: float, half_width: float, lossless: bool, said: str) -> None:
    assert verdict({'skill': skill, 'skill_half_width95': half_width,
                    'lossless': lossless}) == said
    assert verdict({}) == ''
