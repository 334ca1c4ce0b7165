# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""drl-prune reproduce: make a row of the tables again by its recipe, or check the recipes."""

import argparse
import json
from pathlib import Path

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.reporting.recipe import load_recipe, recipe_names
from drl_prune_ros.reporting.recipe_check import check_recipes
from drl_prune_ros.reporting.reproduction import command_lines, reproduce, source_tree


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument('row', nargs='?', metavar='TASK/ROW',
                        help='a row of a recipe, such as CartPole-v1/dsp-teacher-1000; with '
                             '--check a TASK (default: every one)')
    parser.add_argument('--folder', type=Path, default=Path('runs/reproduce'),
                        help='where a folder TASK/ROW is made of each row (default: '
                             'runs/reproduce); what has ended there is kept, and what was cut '
                             'short goes on')
    parser.add_argument('--dry-run', action='store_true',
                        help='print the commands, one a line, and run none')
    parser.add_argument('--check', action='store_true',
                        help='hold the recipes against result files, references, policies and the '
                             'catalogue instead: one line for each disagreement, and status 1')
    parser.add_argument('--json', action='store_true', help='print one JSON object')


def main(args: argparse.Namespace) -> int:
    """Reproduce a row and print its figures beside the recorded ones, or check the recipes."""
    if args.check:
        return check(args.row, args.json)
    task, _, name = (args.row or '').partition('/')
    if not task:
        raise DrlPruneError(f'give TASK/ROW, with a task of {", ".join(recipe_names())}')
    recipe = load_recipe(task)
    if not name:
        raise DrlPruneError(f'give {task}/ROW, with a row of {", ".join(recipe.rows)}')
    if args.dry_run:
        lines = command_lines(recipe, name, args.folder)
        print(json.dumps({'commands': lines}) if args.json else '\n'.join(lines))
        return 0
    folder = reproduce(recipe, name, args.folder, quiet=args.json)
    # Only here, because skill needs more than --check does.
    from drl_prune_ros.reporting.comparison import compare_row, comparison_table
    compared = compare_row(recipe.rows[name], folder, source_tree())
    if args.json:
        print(json.dumps({'row': args.row, 'folder': str(folder), **compared}))
    else:
        print(f'\n{args.row}\n{comparison_table(compared)}\nfolder  {folder}')
    return 0


def check(task: str | None, as_json: bool) -> int:
    """Print every disagreement of the recipes; return 1 where there is one."""
    lines = check_recipes(source_tree(), task)
    if as_json:
        print(json.dumps({'disagreements': lines}))
    else:
        print('\n'.join(lines) or f'{task or "every recipe"}: all holds')
    return 1 if lines else 0
