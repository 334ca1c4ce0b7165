# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Tables of results, as Markdown."""

from collections.abc import Sequence
from itertools import pairwise, zip_longest
from operator import truediv
from statistics import fmean, median
from typing import Any

from drl_prune_ros.policy.manifest import Manifest
from drl_prune_ros.reporting.caveats import method_of
from drl_prune_ros.reporting.markdown import markdown
from drl_prune_ros.reporting.result import known_well, LOSSLESS_SKILL
from drl_prune_ros.tasks.skill import Reference


def layer_table(manifest: Manifest) -> str:
    """Return the layers of a policy before and after: widths, weights, bytes with indices."""
    before, after = manifest.widths_dense, manifest.widths
    dense = [[f'{a} -> {b}', str(a * b), str(4 * (a * b + b))] for a, b in pairwise(before)]
    pruned = [[f'{a} -> {b}', str(count), str(4 * (count + b))]
              for (a, b), count in zip(pairwise(after), manifest.layer_weights, strict=True)]
    layers = zip_longest(dense, pruned, fillvalue=['', '', ''])
    everything = (
        ['', str(manifest.weights_dense), str(4 * (manifest.weights_dense + sum(before[1:])))],
        ['', str(manifest.weights),
         str(4 * (manifest.weights + manifest.biases) + manifest.index_bytes)])
    named = [*((f'layer {i}', *layer) for i, layer in enumerate(layers, 1)), ('all', *everything)]
    rows = [[name, *(cell for pair in zip(was, now, strict=True) for cell in pair)]
            for name, was, now in named]
    return markdown(['layer', 'before', 'after', 'weights before', 'after', 'bytes before',
                     'after'], rows)


def result_table(results: Sequence[dict[str, Any]]) -> str:
    """Return one row a result and engine, the absolute count of weights first."""
    rows = []
    for result in results:
        for engine, figures in result['figures'].items():
            low, high = figures['return_ci95']
            rows.append([
                result['task'], method_of(result), str(result['seed']),
                weights(result), f'{result["weights"] / result["weights_dense"]:.2%}',
                str(result['biases']),
                f'{result["neurons"]} of {result["neurons_dense"]}',
                '-'.join(map(str, result['widths'])),
                millions(result['cost']['environment_steps']),
                engine, f'{figures["episodes"]:,}',
                f'{figures["return_mean"]:.2f} ({low:.2f} to {high:.2f})',
                skill(figures) + (' of its teacher' if figures.get('own_reference') else ''),
                percent(figures['crash_rate']), speed(figures['speed_mean']),
                verdict(figures)])
    return markdown(['task', 'method', 'seed', 'weights', 'left', 'biases', 'neurons', 'layers',
                     'steps', 'engine', 'episodes', 'return (95 %)', 'skill', 'crash', 'speed',
                     'lossless'], rows)


def millions(steps: int) -> str:
    """Return a number of steps in millions, those of a slow engine to the hundredth."""
    return f'{steps / 1e6:.{1 if steps >= 100_000 else 2}f} M'


def weights(result: dict[str, Any]) -> str:
    """Return the count of weights, and the bytes that say where non-zeros or blocks stand."""
    indices, count = result.get('index_bytes'), f'{result["weights"]:,}'
    if 'circulant' in result:
        tied = any(size > 1 for size, *_ in result['circulant'])
        return (f'{count} {"in circulant blocks" if tied else "non-zero"}'
                + (f', {indices:,} B of masks' if indices else ''))
    return count + (f' non-zero, {indices:,} B of indices' if indices else '')


def compression_table(results: Sequence[dict[str, Any]]) -> str:
    """
    Return one row a result and engine: compression of actor and critics, averaged and final.

    The bytes of weights that a gradient step reads are a model of memory traffic, see
    `pruning/evaluation/compression.py`; nobody measured them.
    """
    rows = []
    for result in results:
        figures = result['compression']
        actor, critics = figures['actor_weights'], figures['critics_weights']
        read = figures['modelled_bytes_read']
        for engine, played in result['figures'].items():
            low, high = played['return_ci95']
            rows.append([
                result['task'], result['method'], str(result['seed']),
                f'{actor["final"]:,.0f} + {critics["final"]:,.0f}',
                f'{figures["final"]:.1%}', f'{figures["average"]:.1%}',
                f'{read["average"] / 1e3:,.0f} of {read["dense"] / 1e3:,.0f} kB',
                f'{figures["gradient_steps"]:,}', f'{figures["update_to_data"]:.2f}',
                engine, f'{played["return_mean"]:.2f} ({low:.2f} to {high:.2f})'])
    return markdown(['task', 'method', 'seed', 'actor + critics', 'final compression',
                     'average', 'weights read a step (model)', 'gradient steps',
                     'update-to-data', 'engine', 'return (95 %)'], rows)


def cost_line(result: dict[str, Any], teacher_steps: int, reference: Reference | None) -> str:
    """
    Return what a policy cost, beside what the dense one of the reference did.

    Steps are those of whole runs, teachers included; seconds are those of its own run.
    """
    cost = result['cost']
    steps = f'{cost["environment_steps"]:,} environment steps'
    if teacher_steps:
        steps += f', {teacher_steps:,} by the teacher'
    if reference and reference.dense_steps:
        steps += f' (dense: {reference.dense_steps:,})'
    share = result['macs'] / result['weights_dense']
    seconds = f'{cost["seconds"]:,.0f} s of training' + (' of this run' if teacher_steps else '')
    return (f'cost    {steps}; {seconds}; '
            f'{result["macs"]:,} multiplications per decision ({share:.2%} of dense)')


def verdict(figures: dict[str, Any]) -> str:
    """Return whether a policy is lossless, where enough episodes were played to say so."""
    if 'lossless' not in figures:
        return ''
    if figures['skill'] + figures['skill_half_width95'] < LOSSLESS_SKILL:
        return 'no'
    if not known_well(figures['skill'], figures['skill_half_width95']):
        return 'too few episodes'
    if figures['lossless']:
        return 'yes'
    return 'no' if figures['skill'] < LOSSLESS_SKILL else 'no, crashes'


def skill(figures: dict[str, Any]) -> str:
    """Return skill with its 95 % half-width, or nothing where there is no skill reference."""
    if 'skill' not in figures:
        return ''
    return f'{figures["skill"]:.3f} ± {figures["skill_half_width95"]:.3f}'


def percent(rate: float | None) -> str:
    """Return a fraction as a percentage, or nothing where the task has none."""
    return '' if rate is None else f'{rate:.2%}'


def speed(value: float | None) -> str:
    """Return a speed in m/s, or nothing where the task has none."""
    return '' if value is None else f'{value:.2f} m/s'


def pace_table(records: list[dict[str, Any]]) -> str:
    """
    Return the table of what `measure_pace` returned, a row a task.

    Seconds are means of the runs, those of validation episodes among them in brackets. The last
    column is the median ratio of what is left without them.
    """
    def seconds(runs: list[dict[str, Any]]) -> str:
        whole, validation = (
            fmean(run[part] for run in runs) for part in ('seconds', 'validation'))
        return f'{whole:.0f} ({validation:.0f})'

    rows = []
    for record in records:
        dense, pruned = record['runs']['dense'], record['runs']['dsp']
        without = [each['seconds'] - each['validation'] for each in (*dense, *pruned)]
        rows.append([
            record['task'], f'{record["steps"]:,}', str(len(dense)), seconds(dense),
            seconds(pruned), f'{pruned[-1]["weights"]:,}',
            ', '.join(f'{ratio:.2f}' for ratio in record['ratios']),
            f'{record["median_ratio"]:.2f}',
            f'{median(map(truediv, without[len(dense):], without)):.2f}'])
    return markdown(['task', 'steps', 'pairs', 'dense, s', 'DSP, s', 'weights', 'DSP / dense',
                     'median', 'without validation'], rows)
