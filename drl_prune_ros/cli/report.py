# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""drl-prune report: the table of the committed results."""

import argparse
import json
from pathlib import Path

from drl_prune_ros.benchmark.bench import bench_report
from drl_prune_ros.benchmark.node_process import require
from drl_prune_ros.files import write_atomically
from drl_prune_ros.reporting.comparison import reproduced_table
from drl_prune_ros.reporting.headlines import headline_table
from drl_prune_ros.reporting.papers import papers_table
from drl_prune_ros.reporting.report import read_results, report_table, RESULTS, with_table

PAPERS = 'papers'
ENGINES = 'engines'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument('--results', type=Path, default=Path('results'),
                        help='folder of result files (default: results)')
    parser.add_argument('--json', action='store_true', help='print the results as one JSON list')
    parser.add_argument('--headlines', action='store_true',
                        help='one row per task, its smallest lossless policy, not every row')
    parser.add_argument('--papers', action='store_true',
                        help='what three papers say of themselves, beside the results, instead; '
                             f'its markers are named {PAPERS}')
    parser.add_argument('--reproduced', action='store_true',
                        help='the rows that were made again, beside the recorded ones, instead')
    parser.add_argument('--engines', action='store_true',
                        help='how fast highway-env is compiled, by the records of drl-prune '
                             'compare-engines, instead, as a table or with --picture a plot; its '
                             f'markers are named {ENGINES}')
    parser.add_argument('--bench', type=Path, metavar='RECORD',
                        help='the table of a record that drl-prune bench wrote, instead')
    parser.add_argument('--parameters', choices=('policy', 'monitor', 'simulator'),
                        metavar='NODE',
                        help='the parameters of a node (%(choices)s) instead, which needs ROS 2; '
                             'its markers are named NODE_parameters')
    parser.add_argument('--picture', type=Path, metavar='FILE',
                        help='draw skill against weights of every result into this file, .svg or '
                             '.png, instead; it is replaced')
    parser.add_argument('--into', type=Path, metavar='FILE',
                        help='write the table between the markers of this Markdown file')


def main(args: argparse.Namespace) -> int:
    """Print the table, or write it into a file."""
    if args.json:
        print(json.dumps(read_results(args.results)))
        return 0
    if args.picture:
        # matplotlib takes longer to load than a table takes to write.
        if args.engines:
            from drl_prune_ros.reporting.engines_plot import write_engines_plot
            write_engines_plot(args.results, args.picture)
        else:
            from drl_prune_ros.reporting.picture import write_picture
            write_picture(args.results, args.picture)
        return 0
    if args.bench:
        table = bench_report(json.loads(args.bench.read_text()))
    elif args.parameters:
        require('the table of parameters', 'rclpy', 'ROS 2', 'ros')
        from drl_prune_ros.reporting.node_parameters import parameter_table
        table = parameter_table(args.parameters)
    elif args.reproduced:
        table = reproduced_table(args.results)
    elif args.engines:
        # Needs highway-env's table reader, which other tables do without.
        from drl_prune_ros.reporting.engines_table import engines_table
        table = engines_table(args.results)
    elif args.papers:
        table = papers_table(args.results)
    elif args.headlines:
        table = headline_table(args.results)
    else:
        table = report_table(args.results)
    if args.into:
        name = PAPERS if args.papers else ENGINES if args.engines else RESULTS
        if args.parameters:
            name = f'{args.parameters}_parameters'
        text = with_table(args.into.read_text(), table, name)
        write_atomically(args.into, text.encode(), overwrite=True)
    else:
        print(table)
    return 0
