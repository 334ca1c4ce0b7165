# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""drl-prune demo: shrink a trained policy, and drive with it and with what is left of it."""

import argparse
from datetime import datetime
from pathlib import Path

from drl_prune_ros.errors import DrlPruneError

LEAST_STEPS = 100_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument('--seed', type=int, default=1,
                        help='training seed, 1 to 1999 (default: 1); the same one gives the same '
                             'policy')
    parser.add_argument('--folder', type=Path, help='default: demo/DATE-TIME')
    parser.add_argument('--from-scratch', action='store_true',
                        help='train the dense policy too, and prune another one from nothing in '
                             'as many steps: about half an hour')
    parser.add_argument('--steps', type=int,
                        help='with --from-scratch: environment steps of each of the two runs '
                             "(default: the catalogue's)")


def main(args: argparse.Namespace) -> int:
    """Run the demo and print its table."""
    if args.steps is not None and not args.from_scratch:
        raise DrlPruneError('--steps goes with --from-scratch: leave it out')
    if args.steps is not None and args.steps < LEAST_STEPS:
        raise DrlPruneError(
            f'--steps {args.steps} is too short to learn anything: {LEAST_STEPS} or more')
    folder = args.folder or Path('demo') / datetime.now().strftime('%Y%m%d-%H%M%S')
    print(f'drl-prune demo, seed {args.seed}: everything is written to {folder}', flush=True)
    # Only now: torch and its kin take seconds to import, and the line above shows at once.
    from drl_prune_ros.cli.demo_run import DemoSettings, run_demo
    print(run_demo(folder, DemoSettings(args.seed, args.from_scratch, args.steps)))
    return 0
