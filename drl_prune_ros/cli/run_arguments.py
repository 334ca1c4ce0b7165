# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The arguments that every training verb shares."""

import argparse
from pathlib import Path
from typing import Any

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.training.run_folder import RunFolder


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Add task, seed, run folder, steps, resume and threads."""
    parser.add_argument('task', help='a task of the catalogue, such as highway-fast-v0')
    parser.add_argument('--seed', type=int, default=1, help='training seed (default: 1)')
    parser.add_argument('--run', type=Path, help='run folder (default: runs/TASK-METHOD-SEED)')
    parser.add_argument('--steps', type=int, help="environment steps (default: the catalogue's)")
    parser.add_argument('--resume', action='store_true',
                        help='go on with the run from its last checkpoint')
    parser.add_argument('--final-episodes', type=int,
                        help='episodes of the final judgement (default: 10000 on envpool)')
    parser.add_argument('--threads', type=int, help='processor threads for torch (default: all)')


def set_threads(args: argparse.Namespace) -> None:
    """Let torch use as many threads as were asked for."""
    if args.threads:
        import torch
        torch.set_num_threads(args.threads)


def open_or_create(args: argparse.Namespace, config: dict[str, Any], default: str) -> RunFolder:
    """Open the run to resume, if it is the same run, or start a new one."""
    if not 0 <= args.seed < 2000:
        raise DrlPruneError(f'training seed {args.seed} is outside 0 to 1999: seeds from there on '
                            'are kept for evaluation')
    path = args.run or Path('runs') / default
    if args.resume:
        run = RunFolder.open(path)
        run.require(**config, seed=args.seed)
        return run
    return RunFolder.create(path, config, args.seed)
