# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Tables and lines compare like with like."""

from drl_prune_ros.benchmark.tables import cost_line
from drl_prune_ros.tasks.skill import Reference

RESULT = {'cost': {'environment_steps': 5_500_000, 'seconds': 1234.5}, 'macs': 50,
          'weights_dense': 1000}


def make_reference(dense_steps: int | None) -> Reference:
    return Reference('T', 'envpool', 20.0, 'SLOWER', None, None, 24.0, 0.0, None, 10, dense_steps)


def test_the_cost_of_a_run_says_whose_steps_and_seconds_it_counts() -> None:
    assert cost_line(RESULT, 4_000_000, make_reference(5_507_328)) == (
        'cost    5,500,000 environment steps, 4,000,000 by the teacher (dense: 5,507,328); '
        '1,234 s of training of this run; 50 multiplications a decision (5.00% of dense)')


def test_what_nobody_knows_is_left_out() -> None:
    for reference in (None, make_reference(None)):
        assert cost_line(RESULT, 0, reference) == (
            'cost    5,500,000 environment steps; 1,234 s of training; 50 multiplications a '
            'decision (5.00% of dense)')
