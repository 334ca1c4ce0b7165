# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
DSP, then PoPS: neurons leave while the policy trains, then students of what is left get smaller.

DSP runs in a folder of its own, dsp/, inside the run. Its network is a candidate like any other,
so that the outcome is never larger; and the search begins with it, where it meets the objective.
"""

from dataclasses import dataclass, replace
import shutil
from typing import Any

from drl_prune_ros.pruning.method import CliOverrides, Method, RunContext, TeacherUse
from drl_prune_ros.pruning.methods.dsp.method import Dsp
from drl_prune_ros.pruning.methods.dsp.settings import DSPSettings
from drl_prune_ros.pruning.methods.pops.method import PolicyPruningAndShrinking, Pops
from drl_prune_ros.pruning.methods.pops.settings import PopsSettings
from drl_prune_ros.pruning.settings import SettingsBase
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.training.outcome import read_outcome
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.settings import TrainSettings

DSP_FOLDER = 'dsp'


@dataclass(frozen=True)
class DspPopsSettings(SettingsBase):
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


class DspPops(Method[DspPopsSettings]):
    """Take neurons while the policy trains, then shrink what is left by distillation."""

    name = 'dsp+pops'
    teacher = TeacherUse.NEEDED
    options = Pops.options
    ablations = PopsSettings.ABLATIONS
    needs_reference = True
    wider_limits = Pops.wider_limits

    def settings(self, task: Task, dense: TrainSettings, from_teacher: bool,
                 overrides: CliOverrides) -> DspPopsSettings:
        """Return the settings of DSP and of PoPS, which share the steps."""
        pops = Pops().settings(task, dense, from_teacher, overrides)
        steps = round(pops.dsp_share * pops.total_steps)
        return DspPopsSettings(Dsp().settings(task, dense, from_teacher, replace(
            overrides, total_steps=steps, without=())), pops)

    def initial_network(self, task: Task, dense: TrainSettings,
                        settings: DspPopsSettings) -> TrainSettings:
        """Return the dense network."""
        return Dsp().initial_network(task, dense, settings.dsp)

    def run(self, context: RunContext[DspPopsSettings]) -> None:
        """Prune the teacher by DSP and shrink the outcome; the smallest candidate is left."""
        pruned = run_dsp(context)
        shrinking = PolicyPruningAndShrinking(context.with_settings(context.settings.pops))
        if not shrinking.search.rounds:
            # A kill may have left candidates beside the one that was chosen.
            outcome = read_outcome(pruned)
            assert outcome is not None
            candidate = outcome.candidate(pruned.best)
            shutil.copytree(candidate, context.run.best / candidate.name, dirs_exist_ok=True)
            if outcome.acceptable:
                shrinking.start_from(candidate, pruned.steps)
            else:
                shrinking.search.steps = pruned.steps
        shrinking.run_rounds()
        shrinking.confirm()


def run_dsp(context: RunContext[DspPopsSettings]) -> RunFolder:
    """Run DSP, or what is left of it, in its folder; return that."""
    settings, train = context.settings.dsp, context.train
    path = context.run.path / DSP_FOLDER
    if (path / 'run.yaml').is_file():
        pruned = RunFolder.open(path)
    else:
        pruned = RunFolder.create(path, {
            'task': context.task.id, 'method': Dsp().run_name(from_teacher=True),
            'train': train.to_dict(), 'pruning': settings.to_dict()}, context.seed)
    if read_outcome(pruned) is None:
        Dsp().run(context.with_settings(
            settings, replace(train, total_steps=settings.total_steps), pruned))
        seconds = sum(row.get('seconds_since_last', 0.0) for row in pruned.metrics())
        context.run.log(step=pruned.steps, stage='dsp', seconds_since_last=seconds)
    return pruned
