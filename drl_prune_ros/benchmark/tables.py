# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Tables of results, as Markdown that reads well in a terminal too."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from drl_prune_ros.benchmark.result import LOSSLESS_HALF_WIDTH
from drl_prune_ros.policy.manifest import Manifest
from drl_prune_ros.tasks.skill import Reference


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table with columns padded to one width."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    lines = [header, ['-' * width for width in widths], *rows]
    return '\n'.join(
        '| ' + ' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + ' |' for line in lines)


def layer_table(manifest: Manifest) -> str:
    """Return the layers of a policy before and after pruning: widths, weights and bytes."""
    before, after = manifest.widths_dense, manifest.widths
    if len(before) != len(after):
        return f'layers {" x ".join(map(str, after))}'
    rows = []
    for i, ((a0, b0), (a1, b1)) in enumerate(zip(pairwise(before), pairwise(after), strict=True)):
        rows.append([f'layer {i + 1}', f'{a0} -> {b0}', f'{a1} -> {b1}', str(a0 * b0),
                     str(a1 * b1), str(4 * (a0 * b0 + b0)), str(4 * (a1 * b1 + b1))])
    rows.append(['all', '', '', str(manifest.weights_dense), str(manifest.weights),
                 str(4 * (manifest.weights_dense + sum(before[1:]))),
                 str(4 * (manifest.weights + manifest.biases))])
    return markdown(['layer', 'before', 'after', 'weights before', 'after', 'bytes before',
                     'after'], rows)


def result_table(results: Sequence[dict[str, Any]]) -> str:
    """Return one row a result and engine, the absolute count of weights first."""
    rows = []
    for result in results:
        for engine, figures in result['figures'].items():
            low, high = figures['return_ci95']
            skill = figures.get('skill')
            rows.append([
                result['task'], result['method'], str(result['seed']),
                f'{result["weights"]:,}', f'{result["weights"] / result["weights_dense"]:.2%}',
                str(result['biases']),
                f'{result["neurons"]} of {result["neurons_dense"]}',
                '-'.join(map(str, result['widths'])),
                f'{result["cost"]["environment_steps"] / 1e6:.1f} M',
                engine, f'{figures["episodes"]:,}',
                f'{figures["return_mean"]:.2f} ({low:.2f} to {high:.2f})',
                '' if skill is None else f'{skill:.3f} ± {figures["skill_half_width95"]:.3f}',
                percent(figures['crash_rate']), speed(figures['speed_mean']),
                verdict(figures)])
    return markdown(['task', 'method', 'seed', 'weights', 'left', 'biases', 'neurons', 'layers',
                     'steps', 'engine', 'episodes', 'return (95 %)', 'skill', 'crash', 'speed',
                     'lossless'], rows)


def cost_line(result: dict[str, Any], teacher_steps: int, reference: Reference | None) -> str:
    """Return what a policy cost, beside what the dense one of the reference did."""
    cost = result['cost']
    steps = f'{cost["environment_steps"]:,} environment steps'
    if teacher_steps:
        steps += f', {teacher_steps:,} by the teacher'
    if reference and reference.dense_steps:
        steps += f' (dense: {reference.dense_steps:,})'
    share = result['macs'] / result['weights_dense']
    return (f'cost    {steps}; {cost["seconds"]:,.0f} s of training; '
            f'{result["macs"]:,} multiplications a decision ({share:.2%} of dense)')


def verdict(figures: dict[str, Any]) -> str:
    """Return whether a policy is lossless, where enough episodes were played to say so."""
    if 'lossless' not in figures:
        return ''
    if figures['skill_half_width95'] > LOSSLESS_HALF_WIDTH:
        return 'too few episodes'
    return 'yes' if figures['lossless'] else 'no'


def percent(rate: float | None) -> str:
    """Return a fraction as a percentage, or nothing where the task has none."""
    return '' if rate is None else f'{rate:.2%}'


def speed(value: float | None) -> str:
    """Return a speed in m/s, or nothing where the task has none."""
    return '' if value is None else f'{value:.2f} m/s'
