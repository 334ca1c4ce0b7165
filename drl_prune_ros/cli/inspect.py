# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""drl-prune inspect: show what a policy file holds, before and after pruning."""

import argparse
from itertools import pairwise, zip_longest
import json
from pathlib import Path
from typing import Any

from drl_prune_ros.errors import one_line
from drl_prune_ros.policy.contracts import ActionContract, ObservationContract
from drl_prune_ros.policy.manifest import Manifest
from drl_prune_ros.policy.policy_file import PolicyFile, read_policy
from drl_prune_ros.policy.wanted_speeds import wanted_speeds

BYTES_PER_NUMBER = 4
LONG_LIST = 8
LONGEST_NAME, LONGEST_VALUE = 100, 500   # characters that are shown of free text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument('policy', type=Path, help='policy file')
    parser.add_argument('--json', action='store_true', help='print one JSON object')


def main(args: argparse.Namespace) -> int:
    """Print the policy as tables or as one JSON object."""
    policy = read_policy(args.policy)
    print(json.dumps(figures(policy), indent=2) if args.json else describe(policy))
    return 0


def figures(policy: PolicyFile) -> dict[str, Any]:
    """Return everything that the file says, as one JSON object; weights_left is a fraction."""
    manifest = policy.manifest
    return {
        'task': manifest.task,
        'widths': list(manifest.widths),
        'widths_dense': list(manifest.widths_dense),
        'weights': manifest.weights,
        'weights_dense': manifest.weights_dense,
        'weights_left': manifest.weights_left,
        'biases': manifest.biases,
        'neurons': manifest.neurons,
        'neurons_dense': manifest.neurons_dense,
        'file_bytes': policy.file_bytes,
        'sha256': policy.sha256,
        'manifest_version': manifest.version,
        'observation': manifest.observation.to_dict(),
        'action': manifest.action.to_dict(),
        'wanted_speeds': wanted_speeds(manifest.action),
        'evaluation': manifest.evaluation,
        'provenance': manifest.provenance,
    }


def describe(policy: PolicyFile) -> str:
    """Return the same as `figures`, for people."""
    manifest = policy.manifest
    parts = [
        _pairs({
            'policy': policy.path,
            'task': manifest.task,
            'weights': f'{manifest.weights:,} of {manifest.weights_dense:,} dense '
                       f'({manifest.weights_left:.2%} left), and {manifest.biases:,} biases',
            'neurons': f'{manifest.neurons:,} of {manifest.neurons_dense:,} dense',
            'file': f'{policy.file_bytes:,} bytes, manifest version {manifest.version}',
            'sha256': policy.sha256,
        }),
        _layers(manifest),
        _observation(manifest.observation),
        _action(manifest.action),
    ]
    if manifest.evaluation:
        parts.append('evaluation\n' + _indented(_pairs(_flat(manifest.evaluation))))
    if manifest.provenance:
        parts.append('provenance\n' + _indented(_pairs(_flat(manifest.provenance))))
    return '\n\n'.join(parts)


def _layers(manifest: Manifest) -> str:
    """
    Return the layer table; dense layers beside those that are left, from the first on.

    Where single weights were pruned, their non-zeros stand beside the weights that are stored;
    where blocks are circulant, the scalars that were learned.
    """
    left, dense = list(pairwise(manifest.widths)), list(pairwise(manifest.widths_dense))
    rows = [['layer', 'inputs', 'outputs', 'weights', 'bytes', 'dense weights', 'dense bytes']]
    for index, (now, before) in enumerate(zip_longest(left, dense), 1):
        rows.append([
            str(index),
            *([str(now[0]), str(now[1])] if now else ['-', '-']),
            *_layer_size(now),
            *_layer_size(before),
        ])
    total = [_sum_of_sizes(left), _sum_of_sizes(dense)]
    rows.append(['all', '', '', *total[0], *total[1]])
    if manifest.nonzeros is not None or manifest.circulant is not None:
        counts = [f'{count:,}' for count in manifest.layer_weights]
        missing = ['-'] * (len(rows) - 2 - len(counts))
        tied = any(size > 1 for size, *_ in manifest.circulant or ())
        name = 'circulant' if tied else 'non-zero'
        column = [name, *counts, *missing, f'{manifest.weights:,}']
        rows = [[*row[:4], cell, *row[4:]] for row, cell in zip(rows, column, strict=True)]
    return _table(rows)


def _layer_size(layer: tuple[int, int] | None) -> list[str]:
    return _sum_of_sizes([layer]) if layer else ['-', '-']


def _sum_of_sizes(layers: list[tuple[int, int]]) -> list[str]:
    """Return weights, and bytes of weights and biases, of all these layers together."""
    weights = sum(inputs * outputs for inputs, outputs in layers)
    biases = sum(outputs for _, outputs in layers)
    return [f'{weights:,}', f'{BYTES_PER_NUMBER * (weights + biases):,}']


def _observation(contract: ObservationContract) -> str:
    shape = ' x '.join(map(str, contract.shape))
    frame = '' if contract.frame == 'none' else f' in the {contract.frame} frame'
    scale = 'normalized to [-1, 1]' if contract.normalized else 'in the units below'
    clip = ' and clipped' if contract.clip else ''
    rows = [['feature', 'unit', 'low', 'high']]
    for name, unit, bounds in zip(
        contract.features, contract.units, contract.ranges, strict=True
    ):
        rows.append([name, unit, *('-' if bound is None else f'{bound:g}' for bound in bounds)])
    lines = [
        f'observation: {contract.kind} {shape}{frame}, {scale}{clip}',
        f'  decisions at {contract.rate_hz:g} Hz, control at {contract.control_rate_hz:g} Hz',
        _indented(_table(rows)),
    ]
    if contract.options:
        lines.append(_indented(_pairs(_flat(contract.options))))
    return '\n'.join(lines)


def _action(contract: ActionContract) -> str:
    if contract.low is not None and contract.high is not None:
        rows = [['component', 'unit', 'low', 'high']]
        for name, unit, low, high in zip(
            contract.names, contract.units, contract.low, contract.high, strict=True
        ):
            rows.append([name, unit, f'{low:g}', f'{high:g}'])
        body = _table(rows)
    else:
        body = ', '.join(contract.names)
    lines = [f'action: {contract.kind}', _indented(body)]
    if wanted := wanted_speeds(contract):
        lines.append(f'  wants {wanted}')
    if contract.options:
        lines.append(_indented(_pairs(_flat(contract.options))))
    return '\n'.join(lines)


def _table(rows: list[list[str]]) -> str:
    """Return rows as aligned columns: the first to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *others in rows:
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append('  '.join(cells).rstrip())
    return '\n'.join(lines)


def _pairs(values: dict[str, Any]) -> str:
    """Return a line for each value; what the file says in free text is shown escaped, and cut."""
    shown = {one_line(name, LONGEST_NAME): one_line(str(value), LONGEST_VALUE)
             for name, value in values.items()}
    width = max(map(len, shown))
    return '\n'.join(f'{name:<{width}}  {value}' for name, value in shown.items())


def _flat(values: dict[str, Any], prefix: str = '') -> dict[str, str]:
    """Return a JSON object as one level of dotted names."""
    result: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, dict) and value:
            result.update(_flat(value, f'{prefix}{name}.'))
        elif isinstance(value, list) and len(value) > LONG_LIST:
            result[prefix + name] = f'{len(value)} values'
        elif isinstance(value, float):
            result[prefix + name] = f'{value:.6g}'
        else:
            result[prefix + name] = value if isinstance(value, str) else json.dumps(value)
    return result


def _indented(text: str) -> str:
    return '\n'.join(f'  {line}' for line in text.splitlines())
