# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""drl-prune prune: train a policy and prune it while it trains."""

import argparse

from drl_prune_ros.benchmark.finish import finish_run
from drl_prune_ros.cli.run_arguments import (
    add_run_arguments,
    open_or_create,
    set_threads,
    teacher_of,
)
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.dsp import DSPSettings
from drl_prune_ros.pruning.run import prune
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.tasks.skill import load_reference
from drl_prune_ros.training.settings import TrainSettings

METHODS = ('dsp',)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    add_run_arguments(parser)
    parser.add_argument('--method', choices=METHODS, default='dsp', help='default: dsp')
    parser.add_argument('--target-weights', type=int,
                        help="weights that may be left (default: the catalogue's)")


def main(args: argparse.Namespace) -> int:
    """Prune, export, judge, and print the tables."""
    task = load_task(args.task)
    start, teacher = teacher_of(args, task)
    method = f'{args.method}-teacher' if start else args.method
    if method not in task.prune:
        raise DrlPruneError(f'{task.id} has no settings for {method}: add them to '
                            f'config/tasks/{task.id}.yaml')
    pruning = DSPSettings.from_dict(
        task.prune[method], total_steps=args.steps, target_weights=args.target_weights)
    settings = TrainSettings.from_dict(task.train, total_steps=pruning.total_steps)
    # Refused before a run folder exists.
    pruning.check_target((task.observation.size, *settings.hidden, task.outputs))
    load_reference(task.id, next(iter(task.engines)))
    config = {'task': task.id, 'method': method, 'train': settings.to_dict(),
              'pruning': pruning.to_dict(), **teacher}
    run = open_or_create(args, config, default=f'{task.id}-{method}-{args.seed}')
    set_threads(args)
    prune(run, task, settings, pruning, args.seed, teacher=start)
    print(finish_run(run, args.final_episodes))
    return 0
