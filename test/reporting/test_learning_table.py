# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Learning curves come from the validation episodes of a run, at each tenth of it."""

from pathlib import Path

from drl_prune_ros.reporting.learning_table import learning_of, learning_table
from drl_prune_ros.training.run_folder import RunFolder


def test_a_curve_is_what_the_validations_of_a_run_returned(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / 'run', {'task': 'CartPole-v1', 'method': 'dense'}, 1)
    run.log(step=10, validation_return=1.5)
    run.log(step=15, decision='hold')
    run.log(step=20, validation_return=2.5)
    assert learning_of(run) == [[10, 1.5], [20, 2.5]]


def test_the_last_return_of_each_tenth_stands_in_the_table() -> None:
    curve = [[35, 3.0], [55, 5.0], [60, 6.0], [100, 10.0]]
    table = learning_table([{'task': 'T', 'method': 'gst-magnitude', 'seed': 3,
                             'compression': {'final': 0.7}, 'learning': curve}])
    head, _, row = ([cell.strip() for cell in line.split('|')[1:-1]]
                    for line in table.splitlines())
    assert head[4:] == [f'{part}0%' for part in range(1, 11)]
    assert row == ['T', 'gst-magnitude 70%', '3', '100', '3', '3', '3', '3', '3', '6', '6', '6',
                   '6', '10']
