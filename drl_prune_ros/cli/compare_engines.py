# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""drl-prune compare-engines: hold a fast engine against the environment it stands for."""

import argparse
from collections.abc import Mapping
import json
from pathlib import Path
from typing import Any

from tqdm import tqdm

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.files import check_absent
from drl_prune_ros.policy.runtime import load_runtime
from drl_prune_ros.reporting.engine_equality import compare_highway, is_highway, record_of
from drl_prune_ros.reporting.engine_parity import (
    compare_engines,
    engines_file,
    on_both_engines,
    write_engines,
)
from drl_prune_ros.tasks.catalogue import load_task, Task, task_of
from drl_prune_ros.tasks.evaluation import Act
from drl_prune_ros.tasks.floor import constant_policies
from drl_prune_ros.training.run_folder import provenance


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument('task', help='a task that both engines play, or an id of highway-env')
    parser.add_argument('--actions', nargs='+', metavar='ACTION',
                        help='play only these constant actions (default: every one)')
    parser.add_argument('--policy', type=Path, help='play this policy file too')
    parser.add_argument('--episodes', type=int,
                        help='episodes a policy on gymnasium (default: 100); envpool plays ten '
                             'times as many')
    parser.add_argument('--seeds', type=int,
                        help='driving tasks: how many seeds highway-env and its compiled form '
                             'play, two episodes each (default: 20)')
    parser.add_argument('--seed', type=int, help='driving tasks: the first of them (default: 0)')
    parser.add_argument('--results', type=Path,
                        help='folder of result files (default: results; of a driving task nothing '
                             'is written without it); the record goes to TASK/engines.json')
    parser.add_argument('--overwrite', action='store_true', help='replace an older record')
    parser.add_argument('--json', action='store_true', help='print the record as one JSON object')


def main(args: argparse.Namespace) -> int:
    """Play, print and write the record; 1 when the engines disagree."""
    if is_highway(args.task):
        return on_the_highway(args)
    for option in ('seeds', 'seed'):
        if getattr(args, option) is not None:
            raise DrlPruneError(f'--{option} is for driving tasks: leave it out, or give '
                                '--episodes')
    task = on_both_engines(load_task(args.task))
    args.episodes = 100 if args.episodes is None else args.episodes
    if args.episodes < 2:
        raise DrlPruneError(f'--episodes must be at least 2, got {args.episodes}')
    acts = chosen_policies(task, args.actions, args.policy)
    path = engines_file(args.results or Path('results'), task.id)
    # Refused before the episodes, which may take an hour.
    if not args.overwrite:
        check_absent(path, 'give --overwrite to measure again, or another folder with --results')
    with tqdm(total=len(acts) * args.episodes, unit='episode', disable=args.json) as bar:
        def progress(seeds: Any) -> Any:
            for seed in seeds:
                yield seed
                bar.update()
        record = compare_engines(task, acts, args.episodes, provenance(seed=0), progress)
    write_engines(path, record, args.overwrite)
    print(json.dumps(record) if args.json else f'{report(record)}\n{path}')
    return 0 if record['verdict'] == 'agree' else 1


def on_the_highway(args: argparse.Namespace) -> int:
    """Hold the compiled form against highway-env; 1 where a number differs."""
    for option in ('actions', 'episodes'):
        if getattr(args, option) is not None:
            raise DrlPruneError(f'--{option} is for tasks of EnvPool: leave it out, or give '
                                '--seeds and --policy')
    seeds = 20 if args.seeds is None else args.seeds
    first = args.seed or 0
    if seeds < 1 or not 0 <= first < 2**31 - seeds:
        raise DrlPruneError('--seeds must be at least 1, --seed at least 0 and both together '
                            'below 2147483648')
    path = engines_file(args.results, args.task) if args.results else None
    if path and not args.overwrite:
        check_absent(path, 'give --overwrite to measure again, or another folder with --results')
    compared = compare_highway(args.task, seeds, first, args.policy)
    record = record_of(args.task, first, seeds, compared, provenance(seed=0))
    if path:
        write_engines(path, record, args.overwrite)
    if args.json:
        print(json.dumps(record))
    else:
        print(f'{args.task}: {compared.episodes} episodes, {compared.decisions} decisions, '
              f'{compared.differing} differing, {compared.speed_ratio:.0f} times as fast')
    return 1 if compared.differing else 0


def chosen_policies(task: Task, actions: list[str] | None, policy: Path | None) -> dict[str, Act]:
    """Return the policies to play, by name; raise for an unknown action."""
    acts = constant_policies(task)
    for name in actions or ():
        if name not in acts:
            raise DrlPruneError(f'{task.id} has no action {name!r}: choose from '
                                f'{", ".join(acts)}')
    acts = {name: acts[name] for name in actions or acts}
    if policy:
        runtime = load_runtime(policy)
        made_for = task_of(runtime.manifest)
        if made_for.id != task.id:
            raise DrlPruneError(f'{policy} is a policy of {runtime.manifest.task}, not {task.id}: '
                                'give one of the task')
        acts[policy.name] = lambda batch: runtime.outputs(batch)['action']
    return acts


def report(record: Mapping[str, Any]) -> str:
    """Return the record as a table, one line a policy and engine."""
    lines = []
    for each in record['policies']:
        lines.append(f'{each["policy"]}: {"agree" if each["agree"] else "DISAGREE"}')
        for engine, figures in each['figures'].items():
            low, high = figures['return_ci95']
            line = (f'  {engine:<10} {figures["episodes"]:>6} episodes  '
                    f'return {figures["return_mean"]:.3f} ({low:.3f} to {high:.3f})')
            if figures['crash_ci95']:
                low, high = figures['crash_ci95']
                line += f'  crash {figures["crash_rate"]:.2%} ({low:.2%} to {high:.2%})'
            lines.append(line)
    for engine, differ in record['seeds_differ'].items():
        lines.append(f'{engine}: two seeds start {"differently" if differ else "THE SAME"}')
    return '\n'.join([*lines, f'{record["task"]}: the engines {record["verdict"]}'])
