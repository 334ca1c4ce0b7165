# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
What group-sparse training saves and returns over training seeds, beside its baseline.

Two intervals stand beside each mean return. One is that of the episodes: what other episodes of
the same policies would give. All policies meet the same ones, so that it is no narrower than that
of one of them. The other is Student's, over the training seeds: what other trainings would give,
which with a few seeds is wide.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from math import hypot, sqrt
from statistics import fmean, stdev
from typing import Any

from scipy.stats import t

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.reporting.markdown import markdown

BASELINE = 'gst-magnitude'
"""The method whose average compression the others are compared with, at several sparsities."""
HOLDS = 0.95
"""Share of the dense mean return at which a sparsity of the baseline holds the return."""

Result = dict[str, Any]
Methods = Mapping[str, Sequence[Result]]
"""The results of one task and engine by what was trained, one result per seed."""


def seeds_table(results: Sequence[Result]) -> str:
    """
    Return one row a task, engine and method, over its training seeds.

    Columns on dense and on the baseline stay empty where there are no such results.
    """
    engines = sorted({(result['task'], engine)
                      for result in results for engine in result['figures']})
    rows = []
    for task, engine in engines:
        methods = by_method(each for each in results
                            if each['task'] == task and engine in each['figures'])
        baseline = baseline_of(methods, engine)
        rows += [[task, engine, *row(name, engine, methods, baseline)] for name in methods]
    return markdown(['task', 'engine', 'method', 'seeds', 'final compression', 'average',
                     'above the baseline', 'return (95 % of episodes)', '95 % over seeds',
                     'of dense (lower bound of episodes)'], rows)


def method_of(result: Result) -> str:
    """
    Return the method of a result, and what tells it from others of the same.

    That is the size of the blocks of each layer, where weights are tied to the end, and the
    sparsity of the baseline.
    """
    method = str(result['method'])
    sizes = result.get('compression', {}).get('blocks') or [
        size for size, *_ in result.get('circulant', ())]
    if any(size > 1 for size in sizes[1:-1]):
        return f'{method} {"-".join(map(str, sizes))}'
    if method == BASELINE:
        return f'{method} {result["compression"]["final"]:.0%}'
    return method


def by_method(results: Iterable[Result]) -> Methods:
    """Return results by method, see `method_of`; raise if a seed counts twice."""
    methods = {each: sorted(group, key=lambda result: result['seed'])
               for each, group in groupby(sorted(results, key=method_of), method_of)}
    for each, found in methods.items():
        seeds = [result['seed'] for result in found]
        if len(set(seeds)) < len(seeds):
            raise DrlPruneError(f'{found[0]["task"]} has two results of {each} with one seed, of '
                                f'{seeds}: keep one of them')
    return methods


def baseline_of(methods: Methods, engine: str) -> str | None:
    """
    Return the name of the sparsest baseline that holds the dense return.

    Where none does, or nothing dense was trained, it is the sparsest of all, which leaves the
    others least to gain.
    """
    found = [name for name, some in methods.items() if some[0]['method'] == BASELINE]
    holding = [name for name in found if (share := share_of_dense(name, engine, methods))
               and share[0] >= HOLDS]
    return max(holding or found, default=None,
               key=lambda name: compression(methods[name], 'final'))


def row(name: str, engine: str, methods: Methods, baseline: str | None) -> list[str]:
    """Return the row of one of `methods`, from its name on."""
    results = methods[name]
    mean, of_episodes, of_seeds = returned(results, engine)
    cells = [name, ', '.join(str(each['seed']) for each in results)]
    booked = all('compression' in each for each in results)
    cells += [f'{compression(results, moment):.1%}' if booked else ''
              for moment in ('final', 'average')]
    if booked and baseline and name != baseline:
        above = compression(results, 'average') - compression(methods[baseline], 'average')
        cells.append(f'{100 * above:+.1f} points')
    else:
        cells.append('the baseline' if name == baseline else '')
    cells += [f'{mean:.2f} ({mean - of_episodes:.2f} to {mean + of_episodes:.2f})',
              f'{mean - of_seeds:.2f} to {mean + of_seeds:.2f}' if len(results) > 1 else '']
    share = share_of_dense(name, engine, methods)
    return [*cells, f'{share[0]:.1%} ({share[1]:.1%})' if share else '']


def share_of_dense(name: str, engine: str, methods: Methods) -> tuple[float, float] | None:
    """
    Return the share of the dense mean return, and its lower 95 % bound.

    The error of the dense mean is in it. None where a share says nothing: nothing dense was
    trained, or it returns less than nothing.
    """
    if 'dense' not in methods:
        return None
    mean, half, _ = returned(methods[name], engine)
    dense, dense_half, _ = returned(methods['dense'], engine)
    if dense <= 0:
        return None
    share = mean / dense
    return share, share - hypot(half, share * dense_half) / dense


def returned(results: Sequence[Result], engine: str) -> tuple[float, float, float]:
    """
    Return the mean return over training seeds, and the half-widths of its two intervals.

    That over seeds is infinite for a single one.
    """
    figures = [result['figures'][engine] for result in results]
    means = [each['return_mean'] for each in figures]
    count = len(means)
    halves = [(high - low) / 2 for low, high in (each['return_ci95'] for each in figures)]
    of_seeds = t.ppf(0.975, count - 1) * stdev(means) / sqrt(count) if count > 1 else float('inf')
    return fmean(means), fmean(halves), of_seeds


def compression(results: Sequence[Result], moment: str) -> float:
    """Return the mean over training seeds of the 'final' or the 'average' compression."""
    return fmean(result['compression'][moment] for result in results)
