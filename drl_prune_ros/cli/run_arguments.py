# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The arguments that every training verb shares."""

import argparse
import hashlib
from pathlib import Path
from typing import Any

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.tasks.catalogue import load_seeds, Task
from drl_prune_ros.training.export import chosen_checkpoint
from drl_prune_ros.training.run_folder import RunFolder


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Add task, seed, run folder, steps, resume and threads."""
    parser.add_argument('task', help='a task of the catalogue, such as highway-fast-v0')
    parser.add_argument('--seed', type=int, default=1, help='training seed (default: 1)')
    parser.add_argument('--run', type=Path, help='run folder (default: runs/TASK-METHOD-SEED)')
    parser.add_argument('--steps', type=int, help="environment steps (default: the catalogue's)")
    parser.add_argument('--teacher', type=Path, metavar='RUN',
                        help='start from the best policy of this dense run, whose steps count too')
    parser.add_argument('--resume', action='store_true',
                        help='go on with the run from its last checkpoint')
    parser.add_argument('--final-episodes', type=int,
                        help='episodes of the final judgement (default: 10000 on envpool, 500 on '
                             'gymnasium)')
    parser.add_argument('--threads', type=int, help='processor threads for torch (default: all)')


def set_threads(args: argparse.Namespace) -> None:
    """Let torch use as many threads as were asked for."""
    if args.threads:
        import torch
        torch.set_num_threads(args.threads)


def teacher_of(args: argparse.Namespace, task: Task) -> tuple[Path | None, dict[str, Any]]:
    """Return the checkpoint to start from, if any, and what a run's config says of it."""
    if args.teacher is None:
        return None, {}
    run = RunFolder.open(args.teacher)
    run.require(task=task.id, method='dense')
    checkpoint = chosen_checkpoint(run)
    before = (run.config.get('teacher') or {'steps': 0})['steps']
    digest = hashlib.sha256((checkpoint / 'model.zip').read_bytes()).hexdigest()
    return checkpoint, {'teacher': {
        'steps': before + run.config['train']['total_steps'], 'sha256': digest,
        'seed': run.config['seed'], 'command': run.config['command'],
        'commit': run.config['commit']}}


def open_or_create(args: argparse.Namespace, config: dict[str, Any], default: str) -> RunFolder:
    """Open the run to resume, if it is the same run, or start a new one."""
    for name in ('final_episodes', 'threads'):
        value = getattr(args, name)
        if value is not None and value < 1:
            raise DrlPruneError(f'--{name.replace("_", "-")} must be at least 1, got {value}')
    seeds = load_seeds()
    first, last = seeds['tuning'].first, seeds['reporting'].last
    if not first <= args.seed <= last:
        raise DrlPruneError(f'training seed {args.seed} is outside {first} to {last}: choose one '
                            'from there, the others are kept for evaluation')
    path = args.run or Path('runs') / default
    if args.resume:
        run = RunFolder.open(path)
        run.require(**config, seed=args.seed)
        if 'teacher' in run.config and 'teacher' not in config:
            raise DrlPruneError(f'{path} was started with --teacher: give the same one again')
        return run
    return RunFolder.create(path, config, args.seed)
