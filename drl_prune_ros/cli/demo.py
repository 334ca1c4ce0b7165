# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""drl-prune demo: train, prune, export, judge and drive, in one short run."""

import argparse
from datetime import datetime
from pathlib import Path

from drl_prune_ros.cli.demo_run import run_demo
from drl_prune_ros.errors import DrlPruneError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument('--steps', type=int, default=1_000_000,
                        help='environment steps of each of the two runs (default: 1000000)')
    parser.add_argument('--folder', type=Path, help='default: demo/DATE-TIME')


def main(args: argparse.Namespace) -> int:
    """Run the demo and print its table."""
    if args.steps < 100_000:
        raise DrlPruneError(f'--steps {args.steps} is too short to learn anything: 100000 or more')
    folder = args.folder or Path('demo') / datetime.now().strftime('%Y%m%d-%H%M%S')
    print(run_demo(folder, args.steps, say=lambda text: print(f'\n{text}', flush=True)))
    return 0
