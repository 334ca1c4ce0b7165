# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""drl-prune bench: what a policy costs on this computer."""

import argparse
from importlib import import_module
import json
from pathlib import Path
import sys

from drl_prune_ros.benchmark.bench import (
    bench_table,
    busy,
    machine,
    make_record,
    with_nodes,
)
from drl_prune_ros.benchmark.inference import measure_runtimes, SEED
from drl_prune_ros.benchmark.node_latency import EXECUTORS, measure_node, NodeSettings, require_ros
from drl_prune_ros.benchmark.stop_latency import measure_stops, require_stops, StopSettings
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.files import check_absent, write_json
from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.policy.runtime import RUNTIMES
from drl_prune_ros.training.run_folder import provenance


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument('policy', type=Path, help='policy file')
    parser.add_argument('--against', type=Path, metavar='POLICY',
                        help='measure this policy too, in turn with the other, such as the dense '
                             'one')
    parser.add_argument('--node', action='store_true',
                        help='the policy node too, over ROS 2, beside a node that only echoes')
    parser.add_argument('--pairs', type=int, default=1000,
                        help='sets of inputs that each node answers (default: 1000)')
    parser.add_argument('--rate', type=float, default=20.0,
                        help='pairs, or sets of inputs before a stop, per second (default: 20)')
    parser.add_argument('--executor', choices=EXECUTORS, default=EXECUTORS[0],
                        help=f'of the nodes (default: {EXECUTORS[0]})')
    parser.add_argument('--stops', type=int, metavar='N',
                        help='the policy node too: N times, how long after the last input it '
                             'commands a stop')
    parser.add_argument('--busy', action='store_true',
                        help='for --stops, keep every core of this computer busy meanwhile')
    parser.add_argument('--plot', type=Path, help='draw the times into this PNG file')
    parser.add_argument('--output', type=Path, help='write the record to this JSON file')
    parser.add_argument('--json', action='store_true', help='print the record as JSON')


def main(args: argparse.Namespace) -> int:
    """Measure, and print the table or the record."""
    for path in filter(None, (args.plot, args.output)):
        check_absent(path)
    if args.pairs < 1 or not 0 < args.rate <= 1000:
        raise DrlPruneError('--pairs must be at least 1, and --rate above 0 and at most 1000')
    if args.busy and args.stops is None:
        raise DrlPruneError('--busy is for --stops: give that too, or leave it out')
    if args.node or args.stops is not None:
        require_ros()   # before the inferences are timed
    if args.plot:
        import_module('matplotlib')   # where it is missing, said now, not after measuring
    policies = {'policy': read_policy(args.policy)}
    if args.against:
        policies['against'] = read_policy(args.against)
    stops = None
    if args.stops is not None:
        stops = StopSettings(args.stops, args.rate, args.executor, args.busy)
        require_stops(policies['policy'], stops)
    found = machine()
    if busy(found):
        print(f'this computer is busy (load {found["load_average"]:.1f} on {found["cores"]} '
              'cores): the figures are worse than they need be', file=sys.stderr)
    runtimes, missing = measure_runtimes(policies, _show)
    record = make_record(policies, runtimes, missing, found, provenance(SEED))
    if args.node:
        record = with_nodes(record, [
            measure_node(policies['policy'],
                         NodeSettings(kind, args.pairs, args.rate, args.executor), _show)
            for kind in RUNTIMES if kind in runtimes['policy']])
    if stops:
        record['stops'] = measure_stops(policies['policy'], stops, _show)
    if args.output:
        args.output.parent.mkdir(parents=True, exist_ok=True)
        write_json(args.output, record)
    if args.plot:
        from drl_prune_ros.benchmark.bench_plot import plot_bench
        plot_bench(record, args.plot)
    print(json.dumps(record) if args.json else bench_table(record))
    return 0


def _show(done: int, rounds: int) -> None:
    """Show how far it is, where somebody looks."""
    if sys.stderr.isatty():
        end = '\n' if done == rounds else ''
        print(f'\rround {done} of {rounds}', end=end, file=sys.stderr, flush=True)
