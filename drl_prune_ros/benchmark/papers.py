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

from drl_prune_ros.benchmark.markdown import markdown
from drl_prune_ros.benchmark.report import read_results
from drl_prune_ros.benchmark.seeds_table import BASELINE, compression, Result, returned
from drl_prune_ros.tasks.catalogue import load_task

DSP_TASKS = ('CartPole-v1', 'Hopper-v3', 'LunarLander-v2', 'Walker2d-v3')
DSP_METHODS = ('dsp', 'dsp-teacher')
POPS_METHODS = ('pops', 'dsp+pops')
GST_FOLDER = 'gst'
"""Folder of the results of group-sparse training, which are of several seeds, under the others."""
GST_TASK, GST = 'HalfCheetah-v3', 'gst'


def papers_table(results_dir: Path) -> str:
    """Return one row a claim: the paper, what it reports, and what stands in the results."""
    results = read_results(results_dir)
    rows = [
        ['DSP, arXiv 2402.05146', '93 % of neurons and 96 % of weights gone on '
         f'{", ".join(DSP_TASKS)}, with slight degradation', 'dsp',
         gone(smallest_lossless(results, DSP_TASKS, DSP_METHODS), DSP_TASKS)],
        ['', '', 'any method', gone(smallest_lossless(results, DSP_TASKS), DSP_TASKS)],
        ['PoPS, arXiv 2001.05012', 'about 99 % of weights gone (table 1 of RLx2, ICLR 2023), on '
         'CartPole-v0, LunarLander-v2, Pong and Ms. Pacman', 'pops',
         gone(smallest_lossless(results, ('LunarLander-v2',), POPS_METHODS),
              ('LunarLander-v2',))],
    ]
    if (results_dir / GST_FOLDER).is_dir():
        rows.append([
            'GST, arXiv 2101.09650', 'average compression 25 to 41.5 points above iterative '
            'pruning on HalfCheetah-v2 and Humanoid-v2, without drop of reward', 'gst',
            above_baseline(read_results(results_dir / GST_FOLDER))])
    return markdown(['paper', 'reports', 'method here', 'here'], rows)


def smallest_lossless(results: Iterable[Result], tasks: Iterable[str],
                      methods: Sequence[str] | None = None) -> list[Result]:
    """Return of each task the smallest lossless policy of `methods`, or of all, if it has one."""
    def lossless(result: Result, task: str) -> bool:
        judged = result['figures'].get(load_task(task).engine, {})
        named = result['method'] in methods if methods else result['method'] != 'dense'
        return bool(result['task'] == task and named and judged.get('lossless'))

    found = ([each for each in results if lossless(each, task)] for task in tasks)
    return [min(each, key=lambda result: result['weights']) for each in found if each]


def gone(results: Sequence[Result], tasks: Sequence[str]) -> str:
    """Return the mean of what is gone, and the tasks that have no lossless policy."""
    if not results:
        return f'no lossless policy on {", ".join(tasks)}'
    neurons = 1 - fmean(each['neurons'] / each['neurons_dense'] for each in results)
    weights = 1 - fmean(each['weights'] / each['weights_dense'] for each in results)
    found = [each['task'] for each in results]
    missing = [task for task in tasks if task not in found]
    return (f'{neurons:.1%} of neurons and {weights:.2%} of weights gone, lossless, on '
            + ', '.join(found)
            + (f'; no lossless policy on {", ".join(missing)}' if missing else ''))


def above_baseline(results: Sequence[Result]) -> str:
    """Return how far the average compression is above the baseline's, and what it returns."""
    of = {name: [each for each in results if (each['task'], each['method']) == (GST_TASK, name)]
          for name in (GST, BASELINE, 'dense')}
    average, below = compression(of[GST], 'average'), compression(of[BASELINE], 'average')
    if average is None or below is None or not of['dense']:
        return f'{GST_TASK}: not measured'
    engine = load_task(GST_TASK).engine
    share = returned(of[GST], engine)[0] / returned(of['dense'], engine)[0]
    return (f'{100 * (average - below):+.1f} points ({average:.1%} against {below:.1%}) on '
            f'{GST_TASK}, {share:.1%} of the dense return, {len(of[GST])} seeds')
