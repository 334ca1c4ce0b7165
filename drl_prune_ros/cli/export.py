# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""drl-prune export: write the policy of a run, checked against the network, or as C."""

import argparse
import json
from pathlib import Path

from drl_prune_ros.errors import DrlPruneError, one_line
from drl_prune_ros.files import check_absent
from drl_prune_ros.policy.c_source import write_c_source
from drl_prune_ros.policy.policy_file import PolicyFile, read_policy

POLICY_FILE = 'policy.onnx'   # of a run that has ended


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument('source', type=Path, metavar='RUN|POLICY.onnx',
                        help='run folder, or, for C, a policy file')
    parser.add_argument('--format', choices=('onnx', 'c'), default='onnx',
                        help='onnx: the policy file; c: a C99 source for firmware, and its header '
                             'beside it (default: onnx)')
    parser.add_argument('--output', type=Path, required=True,
                        help='file to write, .onnx or .c; one that exists is kept')
    parser.add_argument('--result', type=Path,
                        help='result file to write beside a policy file, such as '
                             'results/TASK/NAME.json')
    parser.add_argument('--json', action='store_true', help='print one JSON object')


def main(args: argparse.Namespace) -> int:
    """Export, with the run's final figures in the manifest when it was evaluated already."""
    if args.format == 'c':
        return _export_c(args)
    if args.source.is_file():
        raise DrlPruneError(f'{args.source} is a file: give a run folder, or --format c for C')
    policy = _export_run(args.source, args.output, args.result)
    if args.json:
        print(json.dumps({'policy': str(policy.path), 'sha256': policy.sha256,
                          'file_bytes': policy.file_bytes}))
    else:
        print(f'{one_line(str(policy.path))}  {policy.file_bytes} bytes, torch, onnxruntime and '
              'numpy agree')
    return 0


def _export_c(args: argparse.Namespace) -> int:
    if args.result:
        raise DrlPruneError('--result goes with a policy file: leave --format c or --result out')
    source = args.source
    if source.is_dir():
        source /= POLICY_FILE
        if not source.is_file():
            raise DrlPruneError(f'{args.source} has no {POLICY_FILE} yet: let the run end first, '
                                'or export it as a policy file and give that')
    policy = read_policy(source)
    files = write_c_source(policy, args.output)
    if args.json:
        print(json.dumps({'source': str(files[0]), 'header': str(files[1]),
                          'sha256': policy.sha256}))
    else:
        print(f'{one_line(str(files[0]))} and {files[1].name}, for a C99 compiler and -lm')
    return 0


def _export_run(path: Path, output: Path, result_file: Path | None) -> PolicyFile:
    # Only here, because a policy becomes C without torch.
    from drl_prune_ros.reporting.result import (
        make_result,
        read_result,
        RESULT_FILE,
        write_result,
    )
    from drl_prune_ros.training.export import export_run
    from drl_prune_ros.training.run_folder import RunFolder

    run = RunFolder.open(path)
    result_path = run.path / RESULT_FILE
    if result_file and not result_path.is_file():
        raise DrlPruneError(f'{run.path} was not evaluated yet: let the run end first')
    if result_file:
        check_absent(result_file)
    result = read_result(result_path) if result_path.is_file() else {}
    policy = export_run(run, output, result.get('figures'))
    if result_file:
        write_result(result_file, make_result(policy.path, result['figures'], result['cost']))
    return policy
