# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The table of the README: the smallest policy of each task that is as good as the dense one."""

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from drl_prune_ros.reporting.caveats import MARK, method_of
from drl_prune_ros.reporting.markdown import markdown
from drl_prune_ros.reporting.report import read_results
from drl_prune_ros.reporting.tables import percent, skill, verdict, weights
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.tasks.skill import find_reference

SAID = {'yes': 'lossless', 'no': 'not lossless', 'no, crashes': 'not lossless, crashes more',
        'too few episodes': 'undecided, too few episodes', '': 'not measured'}
"""What the table says of a verdict."""

NOTE = f'{MARK} No command makes this policy again: [results.md](docs/results.md) says why.'

Result = dict[str, Any]


def smallest_lossless(results: Iterable[Result], engine: str) -> Result | None:
    """Return the policy of the fewest weights that is lossless on `engine`, None without one."""
    return min((each for each in results if each['figures'][engine].get('lossless')),
               key=lambda each: each['weights'], default=None)


def headlines(results: Iterable[Result]) -> list[Result]:
    """
    Return one pruned policy per task, driving tasks first.

    It is the smallest lossless one, or the one with the most skill where none is lossless. A task
    without a pruned policy that was evaluated on its engine is left out.

    :param results: with skill, and sorted by task, as `read_results` returns them.
    """
    chosen = []
    for name, group in groupby(results, key=lambda result: str(result['task'])):
        engine = load_task(name).engine
        pruned = [each for each in group
                  if each['method'] != 'dense' and engine in each['figures']]
        if pruned:
            chosen.append(smallest_lossless(pruned, engine) or max(
                pruned, key=lambda each: each['figures'][engine].get('skill', 0.0)))
    return sorted(chosen, key=lambda each: (not load_task(each['task']).driving, each['task']))


def headline_table(results_dir: Path) -> str:
    """
    Return a row per task of the results under `results_dir`.

    A row is one network. How many training seeds the row's method has among these results stands
    beside its verdict, since the interval of skill is that over episodes alone.
    """
    results = read_results(results_dir)
    rows, chosen = [], headlines(results)
    for row in chosen:
        engine = load_task(row['task']).engine
        figures, reference = row['figures'][engine], find_reference(row['task'], engine)
        seeds = len({each['seed'] for each in results
                     if (each['task'], each['method']) == (row['task'], row['method'])})
        crashes = percent(figures['crash_rate'])
        if crashes and reference:
            crashes += f' ({percent(reference.dense_crash_rate)})'
        rows.append([
            row['task'], weights_of_dense(row),
            method_of(row), skill(figures), crashes,
            f'{SAID[verdict(figures)]}; {seeds} training seed{"s" if seeds > 1 else ""}'])
    table = markdown(['task', 'weights, of dense', 'method', 'skill (95 %)',
                      'crashes (dense)', 'verdict; seeds'], rows)
    return f'{table}\n\n{NOTE}' if any('caveat' in row for row in chosen) else table


def weights_of_dense(row: Result) -> str:
    """Return the count of weights, that of the dense network, and what else the file stores."""
    count = f'{row["weights"]:,}'
    ratio = row['weights_dense'] / row['weights']
    stored = weights(row).removeprefix(count)
    return (f'{count} of {row["weights_dense"]:,} (1/{ratio:,.0f})'
            + (f';{stored}' if stored else ''))
