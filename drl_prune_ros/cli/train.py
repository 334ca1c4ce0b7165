# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""drl-prune train: train the dense policy of a task."""

import argparse

from drl_prune_ros.cli.run_arguments import (
    add_run_arguments,
    go_on_and_finish,
    open_or_create,
    set_threads,
    settings_for,
    teacher_of,
)
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.training.selection import confirm
from drl_prune_ros.training.settings import RESTART_SHARE
from drl_prune_ros.training.train import fresh_episodes, train


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    add_run_arguments(parser)


def main(args: argparse.Namespace) -> int:
    """Train, and write the best checkpoint as the run's policy file."""
    task = load_task(args.task)
    start, teacher = teacher_of(args, task)
    settings = settings_for(args, task, start, args.steps)
    config = {'task': task.id, 'method': 'dense', 'train': settings.to_dict(), **teacher}
    name = 'dense-on' if start else 'dense'
    run = open_or_create(args, config, default=f'{task.id}-{name}-{args.seed}')
    set_threads(args)
    knee = (0.0, RESTART_SHARE if start else 1.0)

    def go_on() -> None:
        train(run, task, settings, args.seed, knee=knee, start=start)
        confirm(run, lambda act: fresh_episodes(task, act, settings),
                acceptable=lambda episodes: True)

    return go_on_and_finish(args, run, go_on)
