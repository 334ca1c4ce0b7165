# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Plots of runs and drives, as PNG files."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure
import numpy as np

from drl_prune_ros.policy.manifest import count_weights
from drl_prune_ros.reporting.result import LOSSLESS_SKILL
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.tasks.skill import Reference
from drl_prune_ros.training.run_folder import RunFolder


def plot_training(runs: Mapping[str, RunFolder], path: Path,
                  reference: Reference | None = None) -> None:
    """
    Plot validation return and the weights left over environment steps, one line per run.

    :param runs: the runs by the name to show.
    :param path: PNG file to write.
    :param reference: where it is given, skill from the floor at 0 to the dense policy at 1 is
        shown in place of return; what lies below the floor is cut off.
    """
    figure = Figure(figsize=(8, 6), layout='constrained')
    returns, weights = figure.subplots(2, 1, sharex=True)
    for name, run in runs.items():
        rows = run.metrics()
        validated = [(row['step'], row['validation_return'])
                     for row in rows if 'validation_return' in row]
        if reference:
            validated = [(step, reference.skill(value)) for step, value in validated]
        returns.plot(*zip(*validated, strict=True), marker='.', label=name)
        left = [(0, count_weights(load_task(run.config['task']).dense_widths))]
        # A policy that is confirmed in the end is one from before.
        left += [(row['step'], row['weights']) for row in rows
                 if 'weights' in row and 'confirmed_return' not in row]
        left.append((validated[-1][0], left[-1][1]))
        weights.plot(*zip(*left, strict=True), drawstyle='steps-post', label=name)
    if reference:
        returns.axhline(1.0, color='black', linestyle='--', linewidth=1, label='dense policy')
        returns.axhline(LOSSLESS_SKILL, color='grey', linestyle=':', linewidth=1,
                        label=f'lossless from {LOSSLESS_SKILL}')
        returns.set_ylim(0.0, 1.1)
    returns.set_ylabel(f'{"skill" if reference else "return"} on validation episodes')
    returns.legend(loc='lower right')
    weights.set_ylabel('weights left')
    weights.set_yscale('log')
    weights.set_xlabel('environment steps')
    figure.savefig(path)


def plot_latency(counts: Mapping[str, Sequence[tuple[float, int]]], path: Path) -> None:
    """Plot sensor-to-command latency, one histogram a policy, of (milliseconds, how often)."""
    figure = Figure(figsize=(8, 4), layout='constrained')
    axes = figure.subplots()
    every = [latency for values in counts.values() for latency, _ in values]
    # The tail of a latency is what matters, and it is far from the middle.
    bins = np.geomspace(max(min(every), 1e-2), max(*every, 2e-2), 60).tolist()
    for name, values in counts.items():
        latencies, times = zip(*values, strict=True)
        axes.hist(np.clip(latencies, bins[0], bins[-1]), bins=bins, weights=times,
                  histtype='step', label=name)
    axes.set_xscale('log')
    axes.set_xlabel('odometry received to command received, ms')
    axes.set_ylabel('commands')
    axes.set_yscale('log')
    axes.legend()
    figure.savefig(path)
