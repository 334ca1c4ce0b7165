# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""drl-prune train: train the dense policy of a task, or continue with a trained policy."""

import argparse

from drl_prune_ros.cli.run_arguments import (
    add_run_arguments,
    go_on_and_finish,
    open_or_create,
    set_threads,
    settings_for,
    teacher_of,
)
from drl_prune_ros.cli.vehicle_arguments import run_name_for, task_for
from drl_prune_ros.policy.manifest import DENSE_HIDDEN
from drl_prune_ros.pruning.structured.input_masking import HoldInputs
from drl_prune_ros.tasks.trial import try_environment
from drl_prune_ros.training.schedule import LearningRateSchedule
from drl_prune_ros.training.settings import require_learning, RESTART_SHARE
from drl_prune_ros.training.train import train, TrainOptions
from drl_prune_ros.training.validation import confirm_smallest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    add_run_arguments(parser)


def main(args: argparse.Namespace) -> int:
    """Train, and write the best checkpoint as the run's policy file."""
    task, asked = task_for(args)
    if not args.resume:
        try_environment(task)
    start, teacher = teacher_of(args, task)
    settings = settings_for(args, task, start, args.steps)
    require_learning(settings)
    dense = start is None or settings.hidden == DENSE_HIDDEN
    config = {**asked, 'method': 'dense' if dense else 'fine-tuned',
              'train': settings.to_dict(), **teacher}
    name = 'dense-on' if start and dense else config['method']
    run = open_or_create(args, config, default=run_name_for(args, task, name))
    set_threads(args)
    schedule = LearningRateSchedule(start=RESTART_SHARE if start else 1.0)

    def go_on() -> None:
        # Inputs that a small policy does not read stay unread.
        train(run, task, settings, args.seed, None if dense else HoldInputs(),
              TrainOptions(start=start, schedule=schedule, refit=start is None))
        confirm_smallest(run, task, settings)

    return go_on_and_finish(args, run, go_on)
