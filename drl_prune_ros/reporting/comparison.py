# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the commands of a recipe made, beside what is recorded of the same row."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.reporting.markdown import markdown
from drl_prune_ros.reporting.recipe import POLICY_FILE, Row
from drl_prune_ros.reporting.recipe_command import Command
from drl_prune_ros.reporting.result import read_result, RESULT_FILE, with_skill
from drl_prune_ros.reporting.tables import percent, verdict

REPRODUCED = 'reproduced'
"""Folder of results/ with the results of rows that were made again, by the rows' names."""
WITH_RESULT = ('train', 'prune', 'export')
"""Verbs that leave a result file; others leave a record of their own."""
ENGINE_FIGURES = ('episodes', 'return_mean', 'return_ci95', 'skill', 'skill_half_width95',
                  'crash_rate', 'lossless')


def compare_row(row: Row, folder: Path, root: Path) -> dict[str, Any]:
    """
    Return the figures `recorded` of `row` in the source tree `root` and those `obtained`.

    :param folder: where the commands of the row ran.
    Beside a policy stands whether its file and its network are the `same`; None where the recorded
    one is not kept.
    """
    compared: dict[str, Any] = {'recorded': None, 'obtained': None, 'same': None}
    if not row.results:
        own = folder / RESULT_FILE
        compared['obtained'] = result_figures(own) if own.is_file() else None
        return compared
    recorded = root / row.results[0]
    found, figures = folder / RESULT_FILE, result_figures
    if not any(Command.parse(line).verb in WITH_RESULT for line in row.commands):
        found = next(iter(sorted(folder.rglob(recorded.name))), folder / recorded.name)
        figures = record_figures
    compared['obtained'] = figures(found)
    if recorded.is_file():
        compared['recorded'] = figures(recorded)
    if figures is result_figures and recorded.is_file():
        compared['same'] = same_policy(
            folder / POLICY_FILE, read_result(recorded)['sha256'],
            root / row.policy if row.policy else None)
    return compared


def result_figures(path: Path) -> dict[str, Any]:
    """Return what a result file says of size, steps, return, skill and crashes."""
    result = with_skill(read_result(path))
    return {'weights': result['weights'], 'steps': result['cost']['environment_steps'],
            'seconds': result['cost']['seconds'],
            'engines': {engine: {**{name: figures.get(name) for name in ENGINE_FIGURES},
                                 'verdict': verdict(figures)}
                        for engine, figures in result['figures'].items()}}


def record_figures(path: Path) -> dict[str, Any]:
    """Return what a reference, or a record of time, of engines or of a device comes to."""
    try:
        content = json.loads(path.read_text())
        kept = {name: content[name] for name in ('median_ratio', 'differing', 'times_faster')
                if name in content}
        for engine, figures in content.get('engines', {}).items():
            kept |= {f'{engine} {name}': figures[name]['return_mean']
                     for name in ('floor', 'dense')}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise DrlPruneError(f'{path} is damaged or missing: make the row again in another '
                            '--folder') from None
    return kept


def same_policy(made: Path, sha256: str, recorded: Path | None) -> dict[str, bool | None]:
    """Return whether the policy file `made` has the digest and the network that are recorded."""
    policy = read_policy(made)
    same_network = None
    if recorded is not None and recorded.is_file():
        ours, theirs = (each.graph.initializers for each in (policy, read_policy(recorded)))
        same_network = list(ours) == list(theirs) and all(
            np.array_equal(ours[name], theirs[name]) for name in ours)
    return {'file': policy.sha256 == sha256, 'network': same_network}


def reproduced_table(results_dir: Path) -> str:
    """Return a row for each result that was made again: its figures beside the recorded ones."""
    rows = []
    for path in sorted((results_dir / REPRODUCED).glob('*/*.json')):
        task = path.parent.name
        recorded, again = map(result_figures, (results_dir / task / path.name, path))
        engine = next(iter(recorded['engines']))
        rows.append([f'{task}/{path.stem}', *(
            cell for pair in zip(_cells(recorded, engine), _cells(again, engine), strict=True)
            for cell in pair)])
    return markdown(['row', 'weights', 'again', 'return (95 %)', 'again', 'skill', 'again',
                     'lossless', 'again'], rows)


def _cells(figures: dict[str, Any], engine: str) -> list[str]:
    lines = _lines(figures)
    return [lines['weights'], *(lines[f'{engine}, {name}']
                                for name in ('return (95 %)', 'skill', 'lossless'))]


def comparison_table(compared: dict[str, Any]) -> str:
    """Return `compare_row` for people, a figure a line."""
    recorded, obtained = (_lines(compared[side]) for side in ('recorded', 'obtained'))
    rows = [[name, recorded.get(name, ''), obtained.get(name, '')]
            for name in {**recorded, **obtained}]
    same = compared['same']
    if same:
        told = {True: 'the same', False: 'another', None: 'not kept'}
        rows += [[f'policy {part}', '', told[same[part]]] for part in ('file', 'network')]
    return markdown(['', 'recorded', 'obtained'], rows)


def _lines(figures: dict[str, Any] | None) -> dict[str, str]:
    if figures is None:
        return {}
    if 'engines' not in figures:
        return {name: f'{value:.3f}' if isinstance(value, float) else str(value)
                for name, value in figures.items()}
    lines = {'weights': f'{figures["weights"]:,}', 'steps': f'{figures["steps"]:,}',
             'seconds': f'{figures["seconds"]:,.0f}'}
    for engine, each in figures['engines'].items():
        low, high = each['return_ci95']
        lines[f'{engine}, episodes'] = f'{each["episodes"]:,}'
        lines[f'{engine}, return (95 %)'] = f'{each["return_mean"]:.2f} ({low:.2f} to {high:.2f})'
        if each['skill'] is not None:
            lines[f'{engine}, skill'] = f'{each["skill"]:.3f} ± {each["skill_half_width95"]:.3f}'
        if each['crash_rate'] is not None:
            lines[f'{engine}, crash'] = percent(each['crash_rate'])
        lines[f'{engine}, lossless'] = each['verdict']
    return lines
