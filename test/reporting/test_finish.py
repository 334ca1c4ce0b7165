# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The end of a run says when nothing was good enough."""

from pathlib import Path

import pytest

from drl_prune_ros.reporting.finish import beyond_limits
from drl_prune_ros.training.outcome import RunOutcome, write_outcome
from drl_prune_ros.training.run_folder import RunFolder


@pytest.mark.parametrize('method, knob', [
    ('dsp-teacher', '--target-weights'), ('pops', '--max-skill-loss')])
@pytest.mark.parametrize('rows, told', [
    ([{'step': 1, 'validation_return': 3.0}], False),
    ([{'step': 1, 'chosen': True, 'acceptable': True}], False),
    ([{'step': 1, 'chosen': True, 'acceptable': False}], True),
    # Evaluated once more after a resume.
    ([{'step': 1, 'chosen': True, 'acceptable': False},
      {'step': 2, 'chosen': True, 'acceptable': True}], False),
])
def test_the_log_of_an_earlier_version_says_so(
        tmp_path: Path, rows: list[dict], told: bool, method: str, knob: str) -> None:
    run = RunFolder.create(tmp_path / 'run', {'task': 'any', 'method': method, 'pruning': {}}, 1)
    for row in rows:
        run.log(**row)
    lines = beyond_limits(run)
    assert bool(lines) is told
    assert not told or knob in lines[0]


@pytest.mark.parametrize('method, knob', [
    ('dsp-teacher', '--target-weights'), ('pops', '--max-skill-loss')])
@pytest.mark.parametrize(('acceptable', 'told'), [(True, False), (False, True)])
def test_a_run_without_an_acceptable_policy_says_so(
        tmp_path: Path, acceptable: bool, told: bool, method: str, knob: str) -> None:
    run = RunFolder.create(tmp_path / 'run', {'task': 'any', 'method': method, 'pruning': {}}, 1)
    write_outcome(run, RunOutcome(1, acceptable, 100, 3.0, None))
    lines = beyond_limits(run)
    assert bool(lines) is told
    assert not told or knob in lines[0]
