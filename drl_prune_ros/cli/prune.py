# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""drl-prune prune: train a policy and prune it while it trains."""

import argparse
from collections.abc import Callable
from typing import Any

from drl_prune_ros.benchmark.finish import finish_run
from drl_prune_ros.cli.run_arguments import add_run_arguments
from drl_prune_ros.cli.run_arguments import open_or_create
from drl_prune_ros.cli.run_arguments import set_threads
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.dsp import DSPSettings
from drl_prune_ros.pruning.dsp import DynamicStructuredPruning
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.tasks.skill import load_reference
from drl_prune_ros.training.settings import TrainSettings
from drl_prune_ros.training.train import guard_episodes
from drl_prune_ros.training.train import train

METHODS = ('dsp',)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    add_run_arguments(parser)
    parser.add_argument('--method', choices=METHODS, default='dsp', help='default: dsp')
    parser.add_argument('--target-weights', type=int,
                        help='weights that may be left (default: the catalogue\'s)')


def skill_judge(task: Task) -> Callable[[Any], tuple[float, float | None]]:
    """Return what the guard asks: skill and crash rate of a greedy policy on guard episodes."""
    reference = load_reference(task.id, next(iter(task.engines)))

    def judge(act: Any) -> tuple[float, float | None]:
        episodes = guard_episodes(task, act)
        return reference.skill(episodes.return_mean), episodes.crash_rate
    return judge


def main(args: argparse.Namespace) -> int:
    """Prune, export, judge, and print the tables."""
    task = load_task(args.task)
    if args.method not in task.prune:
        raise DrlPruneError(f'{task.id} has no settings for {args.method}: add them to '
                            f'config/tasks/{task.id}.yaml')
    pruning = DSPSettings.from_dict(
        task.prune[args.method], total_steps=args.steps, target_weights=args.target_weights)
    settings = TrainSettings.from_dict(task.train, total_steps=pruning.total_steps)
    judge = skill_judge(task)
    config = {'task': task.id, 'method': args.method, 'train': settings.to_dict(),
              'pruning': pruning.to_dict()}
    run = open_or_create(args, config, default=f'{task.id}-{args.method}-{args.seed}')
    set_threads(args)
    train(run, task, settings, args.seed, DynamicStructuredPruning(pruning, run, judge))
    print(finish_run(run, args.final_episodes))
    return 0
