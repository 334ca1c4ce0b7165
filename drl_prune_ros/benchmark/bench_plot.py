# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The plot of a bench, as a PNG file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from drl_prune_ros.benchmark.bench import bench_times


def plot_bench(record: Mapping[str, Any], path: Path) -> None:
    """Draw a line from p50 to p99, microseconds, for everything that a record has times of."""
    times = bench_times(record)
    figure = Figure(figsize=(8, 1.2 + 0.4 * len(times)), layout='constrained')
    axes = figure.subplots()
    for place, (_, p50, p99) in enumerate(times):
        axes.plot([p50, p99], [place, place], color='tab:blue', linewidth=2)
        axes.plot([p50], [place], 'o', color='tab:blue')
        axes.plot([p99], [place], '|', color='tab:blue')
    axes.set_yticks(range(len(times)), [name for name, _, _ in times])
    axes.invert_yaxis()
    axes.set_xscale('log')
    axes.set_xlabel('microseconds, p50 (dot) to p99')
    axes.set_title(record['machine']['processor'], fontsize='medium')
    axes.grid(axis='x', which='both', alpha=0.3)
    figure.savefig(path)
