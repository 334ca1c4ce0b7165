# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""drl-prune reference: measure the floor of a task and its dense policies."""

import argparse
import json
from pathlib import Path

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.reporting.reference import measure_dense, measure_floor, write_reference
from drl_prune_ros.reporting.result import final_episodes
from drl_prune_ros.tasks.catalogue import ENGINES, load_task
from drl_prune_ros.tasks.skill import require_clear
from drl_prune_ros.training.run_folder import provenance


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument('task', help='a task of the catalogue')
    parser.add_argument('--dense', type=Path, nargs='+', required=True, metavar='POLICY',
                        help='the dense policy of every reported training seed')
    parser.add_argument('--engine', choices=ENGINES, help="default: the task's first")
    parser.add_argument('--episodes', type=int,
                        help='episodes a policy (default: 500 on gymnasium, else 10000)')
    parser.add_argument('--output', type=Path,
                        help="reference file to write (default: the task's in the catalogue); "
                             'figures of other engines in it are kept')
    parser.add_argument('--json', action='store_true', help='print one JSON object')


def main(args: argparse.Namespace) -> int:
    """Measure, and write the figures into the catalogue."""
    task = load_task(args.task)
    engine = args.engine or task.engine
    task.engine_id(engine)
    if args.episodes is not None and args.episodes < 1:
        raise DrlPruneError(f'--episodes must be at least 1, got {args.episodes}')
    episodes = args.episodes or final_episodes(engine)
    dense = measure_dense(task, engine, episodes, args.dense)
    floor = measure_floor(task, engine, episodes)
    require_clear('the dense policy', task.id, floor['policy'], floor, dense)
    path = write_reference(task, engine, floor, dense, provenance(seed=0), args.output)
    if args.json:
        print(json.dumps({'task': task.id, 'engine': engine, 'reference': str(path),
                          'floor': floor, 'dense': dense}, indent=2))
        return 0
    print(f'floor  {floor["return_mean"]:.3f}  ({floor["policy"]})')
    print(f'dense  {dense["return_mean"]:.3f}  (crash rate {dense["crash_rate"]})')
    print(path)
    return 0
