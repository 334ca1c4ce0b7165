# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Learning curves as a table: what the greedy policy returned while it was trained."""

from collections.abc import Iterable, Sequence
from typing import Any

from drl_prune_ros.reporting.markdown import markdown
from drl_prune_ros.reporting.seeds_table import method_of
from drl_prune_ros.training.run_folder import RunFolder

PARTS = 10
"""Columns, each after one more tenth of the run."""


def learning_of(run: RunFolder) -> list[list[float]]:
    """Return [steps, mean return] of every validation of `run`, in order."""
    return [[row['step'], row['validation_return']]
            for row in run.metrics() if 'validation_return' in row]


def learning_table(results: Iterable[dict[str, Any]]) -> str:
    """Return one row per result with a curve: the latest validation return at each tenth."""
    rows = []
    for result in results:
        curve = result['learning']
        total = curve[-1][0]
        rows.append([result['task'], method_of(result), str(result['seed']), f'{total:,.0f}',
                     *(f'{returned(curve, total * part / PARTS):.0f}'
                       for part in range(1, PARTS + 1))])
    return markdown(['task', 'method', 'seed', 'steps',
                     *(f'{part / PARTS:.0%}' for part in range(1, PARTS + 1))], rows)


def returned(curve: Sequence[Sequence[float]], steps: float) -> float:
    """Return the latest validation return of `curve` at so many steps, or else its first."""
    return next((mean for step, mean in reversed(curve) if step <= steps), curve[0][1])
