# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
DSP, then PoPS: neurons leave while the policy trains, then students of what is left get smaller.

DSP runs in a folder of its own, dsp/, inside the run. Its network is a candidate like any other,
so that the outcome is never larger; and the search begins with it, where it meets the objective.
"""

from dataclasses import dataclass, replace
from pathlib import Path
import shutil
from typing import Any

from drl_prune_ros.pruning.methods.dsp.settings import DSPSettings
from drl_prune_ros.pruning.methods.pops.method import PolicyPruningAndShrinking
from drl_prune_ros.pruning.methods.pops.settings import PopsSettings
from drl_prune_ros.pruning.run import prune
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.tasks.skill import Reference
from drl_prune_ros.training.outcome import read_outcome
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.settings import TrainSettings

DSP_FOLDER = 'dsp'


@dataclass(frozen=True)
class DspPopsSettings:
    """Settings of both; the steps of `pops` are those of both together."""

    dsp: DSPSettings
    pops: PopsSettings

    @property
    def total_steps(self) -> int:
        """Environment steps of both."""
        return self.pops.total_steps

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for YAML and JSON."""
        return {'dsp': self.dsp.to_dict(), **self.pops.to_dict()}


def prune_and_shrink(run: RunFolder, task: Task, settings: TrainSettings, plan: DspPopsSettings,
                     seed: int, reference: Reference, teacher: Path,
                     progress: bool = True) -> None:
    """Prune `teacher` by DSP and shrink the outcome; `run.best` holds the smallest in the end."""
    pruned = _prune(run, task, settings, plan.dsp, seed, reference, teacher, progress)
    shrinking = PolicyPruningAndShrinking(run, task, settings, plan.pops, seed, reference,
                                          teacher, progress)
    if not shrinking.search.rounds:
        # A kill may have left candidates beside the one that was chosen.
        outcome = read_outcome(pruned)
        assert outcome is not None
        candidate = outcome.candidate(pruned.best)
        shutil.copytree(candidate, run.best / candidate.name, dirs_exist_ok=True)
        if outcome.acceptable:
            shrinking.start_from(candidate, pruned.steps)
        else:
            shrinking.search.steps = pruned.steps
    shrinking.run_rounds()
    shrinking.confirm()


def _prune(run: RunFolder, task: Task, settings: TrainSettings, plan: DSPSettings, seed: int,
           reference: Reference, teacher: Path, progress: bool) -> RunFolder:
    path = run.path / DSP_FOLDER
    if (path / 'run.yaml').is_file():
        pruned = RunFolder.open(path)
    else:
        pruned = RunFolder.create(path, {
            'task': task.id, 'method': 'dsp-teacher', 'train': settings.to_dict(),
            'pruning': plan.to_dict()}, seed)
    if read_outcome(pruned) is None:
        prune(pruned, task, replace(settings, total_steps=plan.total_steps), plan, seed,
              reference, progress, teacher)
        seconds = sum(row.get('seconds_since_last', 0.0) for row in pruned.metrics())
        run.log(step=pruned.steps, stage='dsp', seconds_since_last=seconds)
    return pruned
