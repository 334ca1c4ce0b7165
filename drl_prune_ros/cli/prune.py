# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""drl-prune prune: train a policy and prune it while it trains, or run a baseline."""

import argparse
from dataclasses import replace

from drl_prune_ros.cli.run_arguments import (
    add_run_arguments,
    go_on_and_finish,
    open_or_create,
    run_path,
    set_threads,
    settings_for,
    teacher_of,
)
from drl_prune_ros.cli.vehicle_arguments import run_name_for, task_for
from drl_prune_ros.pruning.evaluation.reference import keep_reference, reference_for
from drl_prune_ros.pruning.evaluation.teacher_figure import tell_teacher
from drl_prune_ros.pruning.method import CliOverrides, RunContext
from drl_prune_ros.pruning.registry import method_named, methods
from drl_prune_ros.tasks.trial import try_environment
from drl_prune_ros.training.run_versions import FORMER_PARTS
from drl_prune_ros.training.settings import require_learning


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    add_run_arguments(parser)
    parser.add_argument('--method', choices=methods(), default='dsp', help='default: dsp')
    parser.add_argument('--target-weights', type=int,
                        help="weights at which it stops shrinking (default: the catalogue's)")
    parser.add_argument('--max-skill-loss', type=float,
                        help='skill that the deployed policy may lack (default: 0.03); the '
                             'smallest network within it is deployed. When driving it may add '
                             'at most 0.5 points of crashes too, or less in proportion to a '
                             'loss below 0.03')
    parser.add_argument('--prune-critics', action='store_true',
                        help='shrink the critics along with the actor')
    parser.add_argument('--sparsity', type=float,
                        help='part of the weights between hidden layers of the critics that gst '
                             'may take out at most (default: 0.8), and more of the actor; or of '
                             'all weights that gst-magnitude takes out')
    parser.add_argument('--block-sizes', type=int, nargs='+', metavar='B',
                        help='size of the circulant blocks of gst, one per layer from first to '
                             'last: 2, 4, 8, or 1 for a dense layer (default: 1, 8, 1, and 8 at '
                             'first too where the observation is wide)')
    parser.add_argument('--grouped', type=float, metavar='PART',
                        help='part of the run in which gst groups weights in circulant blocks '
                             '(default: 0.35); after that single ones leave. 1: to the end, and '
                             'whole blocks leave')
    parts = {name: list(method.ablations) for name, method in methods().items()
             if method.ablations}
    parser.add_argument('--without', nargs='+', default=[], metavar='PART', type=current_part,
                        choices=sorted({part for own in parts.values() for part in own}),
                        help='turn parts of a method off, to see what they are worth: '
                             + '; '.join(f'{name}: {", ".join(own)}'
                                         for name, own in parts.items()))


def current_part(name: str) -> str:
    """Return what the part `name` of a method is called now."""
    return FORMER_PARTS.get(name, name)


def main(args: argparse.Namespace) -> int:
    """Prune, export, evaluate, and print the tables."""
    task, asked = task_for(args)
    if not args.resume:
        try_environment(task)
    start, teacher = teacher_of(args, task)
    set_threads(args)
    overrides = CliOverrides(
        total_steps=args.steps, target_weights=args.target_weights,
        max_skill_loss=args.max_skill_loss, prune_critics=args.prune_critics or None,
        without=tuple(args.without), sparsity=args.sparsity,
        block_sizes=tuple(args.block_sizes) if args.block_sizes else None, grouped=args.grouped)
    from_teacher = start is not None
    method = method_named(args.method, from_teacher, overrides)
    dense = settings_for(args, task, start, None)
    settings = method.settings(task, dense, from_teacher, overrides)
    # Refused before a run folder exists.
    train = replace(method.initial_network(task, dense, settings),
                    total_steps=settings.total_steps)
    train.check()
    if not from_teacher:
        require_learning(train)
    name = method.run_name(from_teacher, overrides.without)
    config = {**asked, 'method': name, 'train': train.to_dict(),
              'pruning': settings.to_dict(), **teacher}
    default = run_name_for(args, task, name)
    reference = None
    if method.needs_reference or start:
        reference = reference_for(run_path(args, default), task, train, start,
                                  teacher['teacher']['steps'] if start else None)
        if start and not args.resume and task.vehicle is None:
            tell_teacher(start, str(args.teacher), task, reference)
    run = open_or_create(args, config, default)
    if reference:
        keep_reference(run, reference)
    context = RunContext(run, task, train, settings, args.seed, reference, start)
    return go_on_and_finish(args, run, lambda: method.run(context))
