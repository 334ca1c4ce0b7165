# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How long after the last sensor message the policy node commands a stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import json
import os
from pathlib import Path
import sys
from typing import Any

import numpy as np

from drl_prune_ros.benchmark.drivable import require_drivable
from drl_prune_ros.benchmark.node_latency import PACKAGE, require_ros, VEHICLE
from drl_prune_ros.benchmark.node_process import node_command, node_group
from drl_prune_ros.benchmark.topics import POLICY_TOPICS, SIMULATOR_TOPICS
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.policy_file import PolicyFile

TIMEOUT_S = 0.5
SLOWEST_HZ = 4.0     # below it, the policy node might stop between two sets of inputs
MOST_TRIALS = 10_000
SPIN = 'while True: pass'


@dataclass(frozen=True, slots=True)
class StopSettings:
    """
    How stops are measured.

    trials    silences
    rate_hz   sets of sensor messages per second, before each
    executor  of the policy node
    busy      whether a program keeps every core of the computer busy
    """

    trials: int
    rate_hz: float
    executor: str
    busy: bool = False


def require_stops(policy: PolicyFile, settings: StopSettings) -> None:
    """Raise DrlPruneError, in one line, where the stops of a policy cannot be timed like that."""
    if not 1 <= settings.trials <= MOST_TRIALS:
        raise DrlPruneError(
            f'--stops must be 1 to {MOST_TRIALS:,}, got {settings.trials}')
    if settings.rate_hz < SLOWEST_HZ:
        raise DrlPruneError(
            f'--stops needs a --rate of at least {SLOWEST_HZ:g}, got {settings.rate_hz:g}: below '
            f'it the time-out of {TIMEOUT_S:g} s may end between two sets of inputs')
    if min(policy.manifest.action.target_speeds, default=0.0) <= 0.0:
        raise DrlPruneError('stops are timed with a policy that never stands: one whose '
                            'target_speeds are all above 0')


def measure_stops(
    policy: PolicyFile, settings: StopSettings, progress: Callable[[int, int], None],
) -> dict[str, Any]:
    """
    Drive with the policy node, send it nothing more, and time its first stop command; repeat.

    Returns the settings, timeout_ms, and p50_ms, p99_ms and max_ms from the last message to that
    command. progress is told how many trials are done, of how many. Raises DrlPruneError, in one
    line, as require_stops does, for a policy that cannot be driven and where no stop comes.
    """
    require_ros()
    require_stops(policy, settings)
    with node_group('drl_prune_stops_') as (group, folder, env):
        path, report = folder / 'policy.onnx', folder / 'stops.json'
        path.write_bytes(policy.data)
        require_drivable(path, 'numpy', VEHICLE)
        group.start('policy', node_command('policy', {
            'policy': str(path), 'output_type': 'twist', 'vehicle_profile': VEHICLE,
            'input_timeout': TIMEOUT_S, 'executor': settings.executor}, POLICY_TOPICS), env)
        silence = group.start('silence', node_command('silence', {
            'trials': settings.trials, 'rate': settings.rate_hz,
            'speed': min(policy.manifest.action.target_speeds),
            'lane_count': policy.manifest.observation.options.get('lane_count', 3),
            'report': str(report)}, SIMULATOR_TOPICS, PACKAGE), env)
        if settings.busy:
            for core in range(os.cpu_count() or 1):
                group.start(f'busy {core}', [sys.executable, '-c', SPIN], env)
        group.wait(silence, lambda: progress(len(_stops(report)), settings.trials))
        stops_ms = _stops(report)
    p50, p99 = np.percentile(stops_ms, (50, 99)).tolist()
    return {
        'trials': len(stops_ms), 'rate_hz': settings.rate_hz, 'executor': settings.executor,
        'busy': settings.busy, 'timeout_ms': 1e3 * TIMEOUT_S,
        'p50_ms': p50, 'p99_ms': p99, 'max_ms': max(stops_ms), 'min_ms': min(stops_ms)}


def stops_line(stops: dict[str, Any]) -> str:
    """Return one line about what measure_stops returned."""
    return (
        f'first stop command after the last input, of {stops["trials"]:,} silences at '
        f'{stops["rate_hz"]:g} Hz, {"every core busy" if stops["busy"] else "idle"}: '
        f'{stops["p50_ms"]:.0f} ms p50, {stops["p99_ms"]:.0f} ms p99, {stops["max_ms"]:.0f} ms '
        f'at most (time-out {stops["timeout_ms"]:.0f} ms)')


def _stops(report: Path) -> list[float]:
    return json.loads(report.read_text())['stops_ms'] if report.exists() else []
