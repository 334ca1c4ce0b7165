# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a run ended with is read back, also from the log of an earlier version."""

from pathlib import Path

import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.training.outcome import OUTCOME_FILE, read_outcome, RunOutcome, write_outcome
from drl_prune_ros.training.run_folder import RunFolder


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """Return an empty run."""
    return RunFolder.create(tmp_path / 'run', {'task': 'CartPole-v1'}, 1)


def test_an_outcome_is_read_as_it_was_written(run: RunFolder) -> None:
    assert read_outcome(run) is None
    for outcome in (RunOutcome(4096, True, 112, 499.5, None),
                    RunOutcome(8192, False, 90, 20.0, 0.01)):
        write_outcome(run, outcome)
        assert read_outcome(run) == outcome
    assert outcome.candidate(run.best) == run.best / '000000008192'


def test_the_log_of_an_earlier_version_has_the_last_choice(run: RunFolder) -> None:
    for step, returned in ((100, 30.0), (200, 40.0)):
        run.log(step=step, confirmed_return=returned, confirmed_crash_rate=0.1, weights=50)
    run.log(step=100, chosen=True, acceptable=False)
    run.log(step=200, chosen=True, acceptable=True)
    assert read_outcome(run) == RunOutcome(200, True, 50, 40.0, 0.1)


@pytest.mark.parametrize(('content', 'message'), [
    ('{', 'cannot be read as the outcome of a run'), ('{"version": 9}', 'has version 9'),
    ('{"version": 1, "steps": 1}', 'acceptable is missing')])
def test_a_damaged_outcome_is_one_line(run: RunFolder, content: str, message: str) -> None:
    (run.path / OUTCOME_FILE).write_text(content)
    with pytest.raises(DrlPruneError, match=message) as error:
        read_outcome(run)
    assert '\n' not in str(error.value)
