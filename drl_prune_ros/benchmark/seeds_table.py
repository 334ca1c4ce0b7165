# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
What group-sparse training saves and returns over several training seeds, beside its baseline.

Two intervals stand beside each mean return. One is that of the episodes: what other episodes of
the same policies would give. The other is Student's, over the training seeds: what other trainings
would give, which with a few seeds is wide.
"""

from collections.abc import Sequence
from itertools import groupby
from math import hypot, sqrt
from statistics import fmean, stdev
from typing import Any

from scipy.stats import t

from drl_prune_ros.benchmark.markdown import markdown

BASELINE = 'gst-magnitude'
"""The method that the others' average compression is compared with."""

Result = dict[str, Any]


def seeds_table(results: Sequence[Result]) -> str:
    """
    Return one row a task, engine and method that was trained with more than one seed.

    Columns on dense and on the baseline stay empty where there are no such results.
    """
    played = [(result['task'], engine, result['method'], result)
              for result in results for engine in result['figures']]
    rows = []
    for (task, engine), group in groupby(sorted(played, key=lambda p: p[:3]), lambda p: p[:2]):
        methods = {name: [each[3] for each in some]
                   for name, some in groupby(group, lambda p: p[2])}
        rows += [row(task, engine, name, methods)
                 for name, some in methods.items() if len(some) > 1]
    return markdown(['task', 'engine', 'method', 'seeds', 'final compression', 'average',
                     f'above {BASELINE}', 'return (95 % of episodes)', '95 % over seeds',
                     'of dense (lower bound of episodes)'], rows) if rows else ''


def row(task: str, engine: str, method: str, methods: dict[str, list[Result]]) -> list[str]:
    """Return the row of one method of `methods`, which are those of one task and engine."""
    results = methods[method]
    mean, of_episodes, of_seeds = returned(results, engine)
    cells = [task, engine, method, ', '.join(str(each['seed']) for each in results)]
    final, average = compression(results, 'final'), compression(results, 'average')
    baseline = compression(methods.get(BASELINE, []), 'average')
    cells += ['' if final is None else f'{final:.1%}', '' if average is None else f'{average:.1%}']
    above = None if average is None or baseline is None else 100 * (average - baseline)
    cells.append('' if above is None or method == BASELINE else f'{above:+.1f} points')
    cells += [f'{mean:.0f} ({mean - of_episodes:.0f} to {mean + of_episodes:.0f})',
              f'{mean - of_seeds:.0f} to {mean + of_seeds:.0f}']
    if 'dense' not in methods:
        return [*cells, '']
    dense = returned(methods['dense'], engine)[0]
    return [*cells, f'{mean / dense:.1%} ({(mean - of_episodes) / dense:.1%})']


def returned(results: Sequence[Result], engine: str) -> tuple[float, float, float]:
    """
    Return the mean return over training seeds, and the half-widths of its two intervals.

    That of the episodes pools those of the seeds, which are independent; that over seeds is
    Student's, and infinite for a single one.
    """
    figures = [result['figures'][engine] for result in results]
    means = [each['return_mean'] for each in figures]
    count = len(means)
    halves = [(high - low) / 2 for low, high in (each['return_ci95'] for each in figures)]
    of_seeds = t.ppf(0.975, count - 1) * stdev(means) / sqrt(count) if count > 1 else float('inf')
    return fmean(means), hypot(*halves) / count, of_seeds


def compression(results: Sequence[Result], moment: str) -> float | None:
    """Return the mean compression over training seeds, None where a run did not book it."""
    if not results or any('compression' not in result for result in results):
        return None
    return fmean(result['compression'][moment] for result in results)
