# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the policy node costs beside a node that only echoes: latency, memory, processor time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
import json
import time
from typing import Any

import numpy as np

from drl_prune_ros.benchmark.drivable import require_drivable
from drl_prune_ros.benchmark.node_process import node_command, node_group, require
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.policy_file import PolicyFile

PACKAGE = 'drl_prune_ros.benchmark.nodes'
VEHICLE = 'passenger_car'
EXECUTORS = ('single_threaded', 'events')   # as the nodes' parameter of that name has them
MOST_LOST = 0.01   # of all pairs, beyond which the figures mean nothing


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """
    How the node is measured.

    runtime   what computes the network
    pairs     sets of inputs that each of the two nodes answers
    rate_hz   pairs per second
    executor  of both nodes
    """

    runtime: str = 'numpy'
    pairs: int = 1000
    rate_hz: float = 20.0
    executor: str = EXECUTORS[0]


def require_ros() -> None:
    """Say what to install where there is no ROS 2."""
    require('timing the node', 'rclpy', 'ROS 2', 'ros')


def measure_node(
    policy: PolicyFile, settings: NodeSettings, progress: Callable[[int, int], None],
) -> dict[str, Any]:
    """
    Run the policy node and an echo node side by side, and time both in turn.

    Returns node (p50_us, p99_us, pss_mb, rss_mb, pss_mb_per_10000 commands, cpu_percent,
    compute_p50_us, compute_p99_us), floor (the same of the echo node, without compute),
    paired_diff_p50_us and the settings.
    progress is told about how many pairs are done, of how many. Raises DrlPruneError, in one line,
    where the node gives up or answers get lost.
    """
    require_ros()
    with node_group('drl_prune_bench_') as (group, folder, env):
        path = folder / 'policy.onnx'
        path.write_bytes(policy.data)
        require_drivable(path, settings.runtime, VEHICLE)
        watched = group.start('policy', node_command('policy', {
            'policy': str(path), 'runtime': settings.runtime, 'output_stamp': 'input',
            'output_type': 'twist', 'vehicle_profile': VEHICLE,
            'executor': settings.executor}), env)
        echo = group.start(
            'echo', node_command('echo', {'executor': settings.executor}, package=PACKAGE), env)
        pairs = group.start('pairs', node_command('pairs', {
            'pairs': settings.pairs, 'rate': settings.rate_hz,
            'control_period': 1 / policy.manifest.observation.control_rate_hz,
            'lane_count': policy.manifest.observation.options.get('lane_count', 3),
            'policy_pid': watched.process.pid, 'echo_pid': echo.process.pid,
            'report': str(folder / 'pairs.json')}, package=PACKAGE), env)
        start = time.monotonic()
        group.wait(pairs, lambda: progress(
            min(settings.pairs, int((time.monotonic() - start) * settings.rate_hz)),
            settings.pairs))
        report = json.loads((folder / 'pairs.json').read_text())
    return node_figures(report, settings)


def node_figures(report: Mapping[str, Any], settings: NodeSettings) -> dict[str, Any]:
    """Return the figures in what the pairs node reported."""
    pairs = np.array([report[name]['latencies_us'] for name in ('policy', 'echo')], float)
    answered = pairs[:, np.isfinite(pairs).all(axis=0)]
    lost = pairs.shape[1] - answered.shape[1]
    if lost > MOST_LOST * pairs.shape[1]:
        raise DrlPruneError(
            f'{lost} of {pairs.shape[1]} pairs were not answered: is this computer very busy?')
    node, floor = (
        {**_quantiles(elapsed), **{key: report[name][key] for key in (
            'pss_mb', 'rss_mb', 'cpu_percent', 'pss_mb_per_10000')}}
        for name, elapsed in zip(('policy', 'echo'), answered, strict=True))
    compute = _quantiles(np.array(report['compute_us']))
    return {
        'node': {**node, **{f'compute_{key}': value for key, value in compute.items()}},
        'floor': floor,
        'paired_diff_p50_us': float(np.median(answered[0] - answered[1])),
        'runtime': settings.runtime, 'pairs': answered.shape[1], 'lost': lost,
        'rate_hz': settings.rate_hz, 'executor': settings.executor,
    }


def _quantiles(took_us: np.ndarray) -> dict[str, float]:
    p50, p99 = np.percentile(took_us, (50, 99)).tolist()
    return {'p50_us': p50, 'p99_us': p99}
