# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The closing table of the demo: what dense and shrunk weigh, cost and reach, and the ratio."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from drl_prune_ros.policy.policy_file import PolicyFile
from drl_prune_ros.reporting.markdown import markdown
from drl_prune_ros.reporting.result import compare
from drl_prune_ros.reporting.tables import percent, speed, verdict
from drl_prune_ros.tasks.skill import Reference

NOT_MEASURED = 'not measured'


@dataclass(frozen=True)
class Measured:
    """
    A policy of the demo with what was measured of it.

    policy   the policy file
    figures  of its final episodes
    c_us     median time of one inference in C, microseconds; None where there is no compiler
    drive    report of its drive over ROS 2
    """

    policy: PolicyFile
    figures: Mapping[str, Any]
    c_us: float | None
    drive: Mapping[str, Any]


def demo_table(dense: Measured, shrunk: Measured, reference: Reference) -> str:
    """Return both policies side by side as Markdown, with how many times smaller shrunk is."""
    both = dense, shrunk
    compared = compare(dict(shrunk.figures), reference)
    driven = f'over ROS 2, {dense.drive["episodes"]} episodes'
    rows = [
        _ratio('weights', both, lambda one: one.policy.manifest.weights, '{:,}'),
        ['layers', *('-'.join(map(str, one.policy.manifest.widths)) for one in both), ''],
        _ratio('file', both, lambda one: one.policy.file_bytes, '{:,} bytes'),
        _ratio('one inference in C', both, lambda one: one.c_us, '{:.3g} us'),
        _ratio('memory of the policy node (PSS)', both,
               lambda one: one.drive['pss_mb']['policy'], '{:.1f} MB'),
        ['return', *(f'{one.figures["return_mean"]:.2f}' for one in both), ''],
        ['skill', '1', f'{compared["skill"]:.3f} ± {compared["skill_half_width95"]:.3f}', ''],
        ['crashes', *(percent(one.figures['crash_rate']) for one in both),
         f'at most {100 * compared["crashes_added_upper95"]:+.2f} points (95 %)'],
        ['speed', *(speed(one.figures['speed_mean']) for one in both), ''],
        [f'return {driven}', *(f'{one.drive["return_mean"]:.2f}' for one in both), ''],
        ['lossless', '', verdict({**shrunk.figures, **compared}),
         f'over {shrunk.figures["episodes"]:,} episodes, the same for both'],
    ]
    return markdown(['', 'dense', 'shrunk', 'dense / shrunk'], rows)


def _ratio(label: str, both: tuple[Measured, Measured],
           value: Callable[[Measured], float | None], shown: str) -> list[str]:
    """Return a row of two values and their ratio, where both were measured."""
    values = [value(one) for one in both]
    cells = [NOT_MEASURED if one is None else shown.format(one) for one in values]
    dense, shrunk = values
    return [label, *cells, f'{dense / shrunk:.1f}' if dense and shrunk else '']
