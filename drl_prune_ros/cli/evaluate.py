# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""drl-prune evaluate: play episodes with a policy file and count what happens."""

import argparse
from collections.abc import Iterable
import json
from pathlib import Path

from tqdm import tqdm

from drl_prune_ros.cli.vehicle_arguments import add_vehicle_arguments, check_delay
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.runtime import load_runtime, RUNTIMES
from drl_prune_ros.reporting.result import add_figures
from drl_prune_ros.tasks.catalogue import ENGINES, task_of
from drl_prune_ros.tasks.evaluation import evaluate_policy
from drl_prune_ros.tasks.skill import figures_of, find_reference, skill_half_width
from drl_prune_ros.tasks.vehicle import Vehicle

EPISODES = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument('policy', type=Path, help='policy file')
    parser.add_argument('--episodes', type=int,
                        help='episodes (default: 100, or with --into as many as the engine calls '
                             'for)')
    parser.add_argument('--seed', type=int, default=0,
                        help='episode i uses seed + i (default: 0)')
    parser.add_argument('--engine', choices=ENGINES,
                        help='compiled (highway-env as machine code), envpool, or gymnasium '
                             '(one observation at a time, as on a vehicle); default: the '
                             "task's first")
    parser.add_argument('--runtime', choices=RUNTIMES, default='numpy', help='default: numpy')
    add_vehicle_arguments(
        parser, 'drive tick by tick, as the nodes do, with every command inside this vehicle '
                'profile: passenger_car, or highway_env, which has no limits')
    parser.add_argument('--into', type=Path, metavar='RESULT',
                        help='play the final seeds instead, and add the figures to this result '
                             'file; figures that are there give way to those of more episodes')
    parser.add_argument('--paired-with', type=Path, metavar='DENSE',
                        help='with --into: let the dense policy in this file play the same seeds, '
                             'and compare with it seed by seed, which tells a small difference '
                             'from none in far fewer episodes')
    # Its name in earlier releases, and so in the commands that result files record.
    parser.add_argument('--beside', type=Path, dest='paired_with', help=argparse.SUPPRESS)
    parser.add_argument('--json', action='store_true', help='print one JSON object')


def main(args: argparse.Namespace) -> int:
    """Evaluate, and print a table or one JSON object."""
    wanted = EPISODES if args.episodes is None else args.episodes
    if wanted < 1 or not 0 <= args.seed < 2**31 - wanted:
        raise DrlPruneError('--episodes must be at least 1, --seed at least 0 and both together '
                            'below 2147483648')
    check_delay(args)
    if args.vehicle is not None and args.engine:
        raise DrlPruneError('--vehicle drives highway-env itself: leave out --engine')
    runtime = load_runtime(args.policy, args.runtime)
    task = task_of(runtime.manifest)
    if args.vehicle is not None:
        task = task.on(Vehicle(args.vehicle, args.delay))
    engine = args.engine or task.engine
    task.engine_id(engine)
    if args.paired_with and not args.into:
        raise DrlPruneError('--paired-with goes with --into: name the result file of the policy')
    if args.into:
        add_figures(
            args.into, args.policy, engine, task.vehicle, args.episodes, args.paired_with)
        print(args.into)
        return 0

    def progress(seeds: Iterable[int]) -> Iterable[int]:
        return tqdm(seeds, unit='episode', disable=args.json)

    episodes = evaluate_policy(runtime, task, args.seed, wanted, engine, progress)
    figures = {'task': task.id, **figures_of(episodes)}
    if task.vehicle:
        figures.update(vehicle=task.vehicle.profile, delay_s=task.vehicle.delay_s)
    skill = half_width = None
    reference = find_reference(task.id, engine)
    if reference:
        skill = reference.skill(episodes.return_mean)
        half_width = skill_half_width(figures, reference)
    if args.json:
        print(json.dumps({**figures, 'skill': skill, 'skill_half_width95': half_width,
                          'returns': episodes.returns.tolist(), 'seeds': episodes.seeds.tolist()}))
        return 0
    low, high = figures['return_ci95']
    rows = [('task', task.id), ('engine', engine), ('episodes', len(episodes)),
            ('return', f'{episodes.return_mean:.3f}  (95 %: {low:.3f} to {high:.3f})')]
    if skill is not None:
        rows.append(('skill', f'{skill:.3f} +- {half_width:.3f}'))
    elif task.vehicle is None:
        rows.append(('skill', f'unknown: run drl-prune reference {task.id}'))
    if task.driving:
        rows += [('crash rate', f'{episodes.crash_rate:.2%}'),
                 ('speed', f'{episodes.speed_mean:.2f} m/s')]
    if 'guard_share' in figures:
        rows.append(('guard', f'{figures["guard_share"]:.2%} of control ticks, '
                              f'{figures["interventions"]} interventions'))
    rows.append(('length', f'{figures["length_mean"]:.1f} decisions'))
    for name, value in rows:
        print(f'{name:<11}{value}')
    return 0
