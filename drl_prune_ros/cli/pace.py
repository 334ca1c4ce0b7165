# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""drl-prune pace: time pruning against dense training for the same steps."""

import argparse
import json
from pathlib import Path
import sys

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.files import check_absent, write_json
from drl_prune_ros.pruning.methods.dsp.settings import DSPSettings
from drl_prune_ros.reporting.training_time import measure_pace
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.tasks.skill import load_reference
from drl_prune_ros.training.run_folder import provenance
from drl_prune_ros.training.settings import train_settings

PHASES = ('rollout', 'update', 'callbacks', 'validation', 'reconstruction')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument('task', help='a task of the catalogue')
    parser.add_argument('--pairs', type=int, default=3,
                        help='pairs of runs, dense and DSP in turn (default: 3)')
    parser.add_argument('--steps', type=int, default=500_000,
                        help='environment steps of every run (default: 500000)')
    parser.add_argument('--seed', type=int, default=1, help='first training seed (default: 1)')
    parser.add_argument('--threads', type=int, default=1,
                        help='processor threads for torch (default: 1)')
    parser.add_argument('--output', type=Path, help='write the record to this JSON file')
    parser.add_argument('--json', action='store_true', help='print the record as JSON')


def main(args: argparse.Namespace) -> int:
    """Measure, and print the ratio and where the time went."""
    import torch
    for name in ('pairs', 'steps', 'threads'):
        if getattr(args, name) < 1:
            raise DrlPruneError(f'--{name} must be at least 1, got {getattr(args, name)}')
    if args.output:
        check_absent(args.output)
    torch.set_num_threads(args.threads)
    task = load_task(args.task)
    settings = train_settings(task.train, total_steps=args.steps)
    pruning = DSPSettings.from_dict(task.prune['dsp'], total_steps=args.steps)
    record = measure_pace(
        task, settings, pruning, load_reference(task.id, task.engine), args.seed, args.pairs,
        say=lambda line: print(line, file=sys.stderr))
    record['provenance'] = provenance(args.seed)
    if args.output:
        args.output.parent.mkdir(parents=True, exist_ok=True)
        write_json(args.output, record)
    if args.json:
        print(json.dumps(record))
        return 0
    for method, runs in record['runs'].items():
        mean = {phase: sum(run[phase] for run in runs) / len(runs) for phase in PHASES}
        print(f'{method:<6} ' + '  '.join(f'{phase} {mean[phase]:.1f} s' for phase in PHASES)
              + f'  weights {runs[-1]["weights"]:,}')
    print(f'median ratio DSP / dense {record["median_ratio"]:.3f}  '
          f'({", ".join(f"{ratio:.3f}" for ratio in record["ratios"])})')
    return 0
