# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A pruning run: a learner, a pruner and a validation that knows the floor."""

from pathlib import Path

from stable_baselines3.common.base_class import BaseAlgorithm

from drl_prune_ros.pruning.evaluation.acceptance import acceptance
from drl_prune_ros.pruning.evaluation.reference import beside_teacher
from drl_prune_ros.pruning.methods.dsp.pruner import DynamicStructuredPruning
from drl_prune_ros.pruning.methods.dsp.settings import DSPSettings
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.tasks.evaluation import Act, Episodes
from drl_prune_ros.tasks.skill import Reference
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.schedule import LearningRateSchedule
from drl_prune_ros.training.selection import confirm, save_candidate
from drl_prune_ros.training.settings import TrainSettings
from drl_prune_ros.training.train import train, TrainOptions
from drl_prune_ros.training.validation import held_out_episodes, validation_episodes


def prune(run: RunFolder, task: Task, settings: TrainSettings, pruning: DSPSettings,
          seed: int, reference: Reference, progress: bool = True,
          teacher: Path | None = None) -> None:
    """
    Train a policy on `task` and prune it while it trains, or go on from the last checkpoint.

    In the end `run.best` holds the smallest policy within the allowed loss of skill, confirmed on
    held-out seeds; the smallest of all where no size is within it, which the run's log says.

    :param reference: what skill is measured by.
    :param teacher: SB3 file of a dense policy to start from; from scratch without one.
    """
    def play(act: Act) -> Episodes:
        return validation_episodes(task, act, settings)

    def play_held_out(act: Act) -> Episodes:
        return held_out_episodes(task, act, settings)

    beside = beside_teacher(reference, task, teacher, play)
    margin = acceptance(beside, pruning.max_skill_loss)
    latest: list[Episodes] = []

    def judge(act: Act) -> tuple[float, float | None]:
        episodes = play(act)
        latest[:] = [episodes]
        run.log(step=pruner.num_timesteps, validation_return=episodes.return_mean,
                validation_crash_rate=episodes.crash_rate, validation_speed=episodes.speed_mean)
        return beside.skill(episodes.return_mean), episodes.crash_rate

    def keep(model: BaseAlgorithm) -> None:
        folder = run.best / f'{model.num_timesteps:012d}'
        if latest and not folder.exists():
            save_candidate(folder, model, latest[0], margin)

    # A trained policy starts at the rate that suits it; one from scratch comes down to it.
    schedule = LearningRateSchedule(
        breakpoint=0.0 if teacher else pruning.ramp[0], slow_rate=pruning.rate_at_ramp)
    pruner = DynamicStructuredPruning(pruning, run, judge, taught=teacher is not None, keep=keep)
    train(run, task, settings, seed, pruner, TrainOptions(
        start=teacher, schedule=schedule, margin=margin, progress=progress))
    confirm(run, play_held_out, acceptance(
        beside_teacher(reference, task, teacher, play_held_out), pruning.max_skill_loss))
