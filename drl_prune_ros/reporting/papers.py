# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
What three papers say of themselves in a line, beside what the committed results give.

Their tasks are older versions, their learners and networks are not all known and their formulas
are not public, so this is no repetition of them: it says what to expect of each method here.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import fmean

from drl_prune_ros.reporting.headlines import smallest_lossless
from drl_prune_ros.reporting.markdown import markdown
from drl_prune_ros.reporting.report import read_results
from drl_prune_ros.reporting.seeds_table import (
    baseline_of,
    by_method,
    compression,
    Result,
    share_of_dense,
)
from drl_prune_ros.tasks.catalogue import load_task

DSP_TASKS = ('CartPole-v1', 'Hopper-v3', 'LunarLander-v2', 'Walker2d-v3')
DSP_METHODS = ('dsp', 'dsp-teacher')
GST_FOLDER = 'gst'
"""Folder of the results of group-sparse training, which are of several seeds, under the others."""
GST_TASK, GST = 'HalfCheetah-v3', 'gst'


def papers_table(results_dir: Path) -> str:
    """Return one row per claim: the paper, what it reports, and what stands in the results."""
    results = read_results(results_dir)
    rows = [
        ['DSP, arXiv 2402.05146', '93 % of neurons and 96 % of weights gone on '
         f'{", ".join(DSP_TASKS)}, with slight degradation',
         f'dsp: {gone(results, DSP_TASKS, DSP_METHODS)}. Any method: {gone(results, DSP_TASKS)}'],
        ['PoPS, arXiv 2001.05012', 'about 99 % of weights gone (table 1 of RLx2, ICLR 2023), on '
         'CartPole-v0, LunarLander-v2, Pong and Ms. Pacman',
         f'pops: {gone(results, ("LunarLander-v2",), ("pops",))}'],
    ]
    if (results_dir / GST_FOLDER).is_dir():
        rows.append([
            'GST, arXiv 2101.09650', 'average compression 25 to 41.5 points above iterative '
            'pruning on HalfCheetah-v2 and Humanoid-v2, without drop of reward',
            f'gst: {above_baseline(read_results(results_dir / GST_FOLDER))}'])
    return markdown(['paper', 'it reports', 'here'], rows)


def gone(results: Sequence[Result], tasks: Sequence[str],
         methods: Sequence[str] | None = None) -> str:
    """
    Return the mean of what is gone from the smallest lossless policies, one per task.

    Tasks without one are named, and those that no policy of `methods` was evaluated on.
    """
    smallest: list[Result] = []
    missed: list[str] = []
    unmeasured: list[str] = []
    for task in tasks:
        found = of_task(results, task, methods)
        best = smallest_lossless(found, load_task(task).engine)
        if best:
            smallest.append(best)
        else:
            (missed if found else unmeasured).append(task)
    parts = []
    if smallest:
        neurons = 1 - fmean(each['neurons'] / each['neurons_dense'] for each in smallest)
        weights = 1 - fmean(each['weights'] / each['weights_dense'] for each in smallest)
        parts.append(f'{neurons:.1%} of neurons and {weights:.2%} of weights gone, lossless, on '
                     + ', '.join(each['task'] for each in smallest))
    parts += [f'{what} on {", ".join(some)}' for what, some in (
        ('no lossless policy', missed), ('not measured', unmeasured)) if some]
    return '; '.join(parts)


def of_task(results: Iterable[Result], task: str,
            methods: Sequence[str] | None) -> list[Result]:
    """Return the pruned policies of `methods`, or all, that were evaluated on a task's engine."""
    return [each for each in results
            if each['task'] == task and load_task(task).engine in each['figures']
            and (each['method'] in methods if methods else each['method'] != 'dense')]


def above_baseline(results: Iterable[Result]) -> str:
    """Return how far GST's average compression is above the baseline's, and what it returns."""
    engine = load_task(GST_TASK).engine
    methods = by_method(each for each in results if each['task'] == GST_TASK)
    baseline = baseline_of(methods, engine)
    shares = {name: share_of_dense(name, engine, methods)
              for name, some in methods.items() if some[0]['method'] == GST}
    # Of those that most seeds were trained with the one that returns most.
    name = max(shares, key=lambda name: (len(methods[name]), shares[name] or (0.0, 0.0)),
               default='')
    share = shares.get(name)
    if baseline is None or share is None:
        return f'not measured on {GST_TASK}'
    average, below = (compression(methods[each], 'average') for each in (name, baseline))
    return (f'{100 * (average - below):+.1f} points ({average:.1%} against {below:.1%} of '
            f'{baseline}) on {GST_TASK}, {share[0]:.1%} of the dense return; '
            f'{len(methods[name])} training seeds')
