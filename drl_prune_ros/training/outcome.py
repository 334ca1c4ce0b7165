# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a run ended with: the candidate that was chosen, and whether it is good enough."""

from dataclasses import asdict, dataclass
from pathlib import Path

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.fields import keys
from drl_prune_ros.files import read_versioned, write_versioned
from drl_prune_ros.training.checked_entry import CHECK, checked, is_whole
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.run_versions import outcome_in_log

OUTCOME_FILE = 'outcome.json'
OUTCOME_VERSION = 1


@dataclass(frozen=True)
class RunOutcome:
    """The candidate that a run ended with, by held-out episodes."""

    steps: int
    """Environment steps of the run behind it, which name its folder in `best/`."""
    acceptable: bool
    """Whether it is within the limits of the run."""
    weights: int
    """Weights that are deployed."""
    return_mean: float
    """Mean return of the held-out episodes."""
    crash_rate: float | None
    """Crashes per episode; None where a task has none."""

    def candidate(self, best: Path) -> Path:
        """Return its folder in the folder of candidates `best`."""
        return best / f'{self.steps:012d}'


def write_outcome(run: RunFolder, outcome: RunOutcome) -> None:
    """Write the outcome file of `run`, also over that of an end that was resumed."""
    write_versioned(
        run.path / OUTCOME_FILE, OUTCOME_VERSION,
        checked({'version': OUTCOME_VERSION, **asdict(outcome)}), overwrite=True)


def read_outcome(run: RunFolder) -> RunOutcome | None:
    """Return what `run` ended with, None where it has not, or has nothing to deploy."""
    file = run.path / OUTCOME_FILE
    if not file.is_file():
        figures = outcome_in_log(run.metrics())
        return RunOutcome(**figures) if figures else None
    content = read_versioned(file, OUTCOME_VERSION, 'the outcome of a run', 'resume the run')
    values = keys({name: value for name, value in content.items()
                   if name not in ('version', CHECK)},
                  OUTCOME_FILE, RunOutcome)
    if run.checked and not is_whole(content):
        raise DrlPruneError(f'{file} is damaged: resume the run')
    return RunOutcome(**values)
