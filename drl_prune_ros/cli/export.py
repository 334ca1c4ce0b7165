# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""drl-prune export: write the policy file of a run, checked against the network."""

import argparse
import json
from pathlib import Path

from drl_prune_ros.benchmark.result import read_result
from drl_prune_ros.training.export import export_run
from drl_prune_ros.training.run_folder import RunFolder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument('run', type=Path, help='run folder')
    parser.add_argument('--output', type=Path, required=True,
                        help='policy file to write; one that exists is kept')
    parser.add_argument('--json', action='store_true', help='print one JSON object')


def main(args: argparse.Namespace) -> int:
    """Export, with the run's final figures in the manifest when it was judged already."""
    run = RunFolder.open(args.run)
    result = run.path / 'result.json'
    figures = read_result(result)['figures'] if result.is_file() else {}
    policy = export_run(run, args.output, figures)
    if args.json:
        print(json.dumps({'policy': str(policy.path), 'sha256': policy.sha256,
                          'file_bytes': policy.file_bytes}))
    else:
        print(f'{policy.path}  {policy.file_bytes} bytes, torch, onnxruntime and numpy agree')
    return 0
