# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""drl-prune export: write the policy file of a run, checked against the network."""

import argparse
import json
from pathlib import Path

from drl_prune_ros.benchmark.result import make_result, read_result, write_result
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.training.export import export_run
from drl_prune_ros.training.run_folder import RunFolder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument('run', type=Path, help='run folder')
    parser.add_argument('--output', type=Path, required=True,
                        help='policy file to write; one that exists is kept')
    parser.add_argument('--result', type=Path,
                        help='result file to write beside it, such as results/TASK/NAME.json')
    parser.add_argument('--json', action='store_true', help='print one JSON object')


def main(args: argparse.Namespace) -> int:
    """Export, with the run's final figures in the manifest when it was judged already."""
    run = RunFolder.open(args.run)
    judged = run.path / 'result.json'
    if args.result and not judged.is_file():
        raise DrlPruneError(f'{run.path} was not judged yet: let the run end first')
    if args.result and args.result.exists():
        raise DrlPruneError(
            f'{args.result} exists and is kept: choose another name or remove it first')
    result = read_result(judged) if judged.is_file() else {}
    policy = export_run(run, args.output, result.get('figures'))
    if args.result:
        write_result(args.result, make_result(policy.path, result['figures'], result['cost']))
    if args.json:
        print(json.dumps({'policy': str(policy.path), 'sha256': policy.sha256,
                          'file_bytes': policy.file_bytes}))
    else:
        print(f'{policy.path}  {policy.file_bytes} bytes, torch, onnxruntime and numpy agree')
    return 0
