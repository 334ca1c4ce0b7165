# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A pruning run: a learner, a pruner and a guard that knows the floor."""

from pathlib import Path
from typing import Any

from drl_prune_ros.pruning.dsp import DSPSettings, DynamicStructuredPruning
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.tasks.skill import load_reference
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.settings import TrainSettings
from drl_prune_ros.training.train import guard_episodes, train


def prune(run: RunFolder, task: Task, settings: TrainSettings, pruning: DSPSettings,
          seed: int, progress: bool = True, teacher: Path | None = None) -> None:
    """
    Train a policy on `task` and prune it while it trains, or go on from the last checkpoint.

    The guard judges by skill, so the task needs a reference; without one this says which command
    measures it.

    :param teacher: checkpoint of a dense policy to start from; from scratch without one.
    """
    reference = load_reference(task.id, next(iter(task.engines)))

    def judge(act: Any) -> tuple[float, float | None]:
        episodes = guard_episodes(task, act)
        return reference.skill(episodes.return_mean), episodes.crash_rate

    train(run, task, settings, seed, DynamicStructuredPruning(pruning, run, judge), progress,
          knee=(pruning.ramp[0], pruning.rate_at_ramp), start=teacher)
