# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""drl-prune report: the table of the committed results."""

import argparse
from pathlib import Path

from drl_prune_ros.benchmark.report import report_table, with_table
from drl_prune_ros.policy.atomic_file import write_atomically


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument('--results', type=Path, default=Path('results'),
                        help='folder of result files (default: results)')
    parser.add_argument('--readme', type=Path,
                        help='write the table between the markers of this file')


def main(args: argparse.Namespace) -> int:
    """Print the table, or write it into the README."""
    table = report_table(args.results)
    if args.readme:
        text = with_table(args.readme.read_text(), table)
        write_atomically(args.readme, text.encode(), overwrite=True)
    else:
        print(table)
    return 0
