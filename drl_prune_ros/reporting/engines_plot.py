# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A plot of how many decisions a second highway-env plays, as it is and compiled."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.files import write_atomically
from drl_prune_ros.reporting.engines_table import read_engine_records
from drl_prune_ros.reporting.picture import GREY, INK, LOSSLESS, RC


def write_engines_plot(results_dir: Path, path: Path) -> None:
    """
    Draw the records of drl-prune compare-engines under `results_dir` into the .svg file `path`.

    The same records give the same bytes. Raises DrlPruneError for another suffix.
    """
    if path.suffix != '.svg':
        raise DrlPruneError(f'{path}: the plot is written as .svg: choose such a name')
    records = read_engine_records(results_dir)
    data = BytesIO()
    with rc_context(RC):
        figure = Figure(figsize=(7.2, 0.5 + 0.45 * len(records)), layout='constrained')
        axes = figure.subplots()
        for row, record in enumerate(reversed(records)):
            before, after = 1 / record['highway_env_s'], 1 / record['compiled_s']
            axes.plot([before, after], [row, row], color=GREY, linewidth=1.5, zorder=1)
            axes.scatter([before], [row], color=GREY, zorder=2)
            axes.scatter([after], [row], color=LOSSLESS, zorder=2)
            axes.annotate(f'{record["speed_ratio"]:,.0f} times', (after, row), (8, 0),
                          textcoords='offset points', va='center', color=INK)
        axes.set_xscale('log')
        axes.set_xlim(1, 3e6)
        axes.set_ylim(-0.6, len(records) - 0.4)
        axes.set_yticks(range(len(records)), [record['task'] for record in reversed(records)])
        axes.set_xlabel('decisions a CPU second: highway-env (grey), compiled (green)')
        axes.spines[['top', 'right']].set_visible(False)
        figure.savefig(data, format='svg', metadata={'Date': None, 'Creator': None})
    write_atomically(path, data.getvalue(), overwrite=True)
