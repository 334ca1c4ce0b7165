# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""drl-prune reproduce: make a row of the tables again by its recipe."""

import argparse
import json
from pathlib import Path

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.reporting.recipe import load_recipe, recipe_names
from drl_prune_ros.reporting.reproduction import command_lines, reproduce


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument('row', nargs='?', metavar='TASK/ROW',
                        help='a row of a recipe, such as CartPole-v1/dsp-teacher-1000')
    parser.add_argument('--folder', type=Path, default=Path('runs/reproduce'),
                        help='where a folder TASK/ROW is made of each row (default: '
                             'runs/reproduce); what has ended there is kept, and what was cut '
                             'short goes on')
    parser.add_argument('--dry-run', action='store_true',
                        help='print the commands, one a line, and run none')
    parser.add_argument('--json', action='store_true', help='print one JSON object')


def main(args: argparse.Namespace) -> int:
    """Run the commands of a row, or print them."""
    task, _, name = (args.row or '').partition('/')
    if not name:
        raise DrlPruneError(f'give TASK/ROW, with a task of {", ".join(recipe_names())}'
                            if not task else f'give {task}/ROW, with a row of '
                            f'{", ".join(load_recipe(task).rows)}')
    recipe = load_recipe(task)
    if args.dry_run:
        lines = command_lines(recipe, name, args.folder)
        print(json.dumps({'commands': lines}) if args.json else '\n'.join(lines))
        return 0
    folder = reproduce(recipe, name, args.folder, quiet=args.json)
    print(folder)
    return 0
