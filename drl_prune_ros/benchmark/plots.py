# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Plots of runs and drives, as PNG files."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from drl_prune_ros.training.run_folder import RunFolder


def plot_training(runs: Mapping[str, RunFolder], path: Path) -> None:
    """
    Plot guard return and the weights left over environment steps, a line a run.

    :param runs: the runs by the name to show.
    :param path: PNG file to write.
    """
    figure = Figure(figsize=(8, 6), layout='constrained')
    returns, weights = figure.subplots(2, 1, sharex=True)
    for name, run in runs.items():
        rows = run.metrics()
        guard = [(row['step'], row['guard_return']) for row in rows if 'guard_return' in row]
        returns.plot(*zip(*guard, strict=True), label=name)
        width = [(row['step'], row['weights']) for row in rows if 'weights' in row]
        if width:
            weights.plot(*zip(*width, strict=True), drawstyle='steps-post', label=name)
    returns.set_ylabel('return on guard episodes')
    returns.legend()
    weights.set_ylabel('weights left')
    weights.set_yscale('log')
    weights.set_xlabel('environment steps')
    figure.savefig(path)


def plot_latency(latencies_ms: Mapping[str, Sequence[float]], path: Path) -> None:
    """Plot the distribution of sensor-to-command latency, one histogram a policy."""
    figure = Figure(figsize=(8, 4), layout='constrained')
    axes = figure.subplots()
    for name, values in latencies_ms.items():
        axes.hist(values, bins=60, histtype='step', label=name)
    axes.set_xlabel('odometry received to command received, ms')
    axes.set_ylabel('commands')
    axes.set_yscale('log')
    axes.legend()
    figure.savefig(path)
