# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A drive in closed loop: simulator, policy and monitor, each a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any

from drl_prune_ros.benchmark.drivable import require_drivable
from drl_prune_ros.benchmark.drive_caption import caption_of
from drl_prune_ros.benchmark.node_process import node_command, node_group, require
from drl_prune_ros.benchmark.topics import MONITOR_TOPICS, POLICY_TOPICS, SIMULATOR_TOPICS
from drl_prune_ros.policy.policy_file import PolicyFile, read_policy
from drl_prune_ros.tasks.catalogue import load_task


@dataclass(frozen=True, slots=True)
class DriveSettings:
    """
    What to drive.

    policy    the policy file
    episodes  how many
    seed      reset seed of the first; every next one adds 1
    lockstep  the simulator waits for every answer; else the wall clock sets the pace
    runtime   what computes the network
    video     where to write a video, or None
    vehicle   profile of the vehicle
    caption   bench record of the policy, to write its figures below the video; or None
    scale     size of the video, as a multiple of highway-env's own
    speed     driven seconds per second of the video
    """

    policy: Path
    episodes: int = 1
    seed: int = 0
    lockstep: bool = True
    runtime: str = 'numpy'
    video: Path | None = None
    vehicle: str = 'highway_env'
    caption: Path | None = None
    scale: float = 1.0
    speed: float = 1.0


def drive(settings: DriveSettings, progress: Callable[[int], None]) -> dict[str, Any]:
    """
    Drive, and return what happened and what it cost, as JSON values.

    progress is told the number of finished episodes. Raises DrlPruneError, in one line, for what
    cannot be driven and when a process gives up; whatever happens, no process is left.
    """
    policy = read_policy(settings.policy)
    task = load_task(policy.manifest.task)
    environment = task.engine_id('gymnasium')
    caption = caption_of(policy, settings.caption, settings.speed) if settings.caption else ''
    require_driving()
    require_drivable(settings.policy, settings.runtime, settings.vehicle)
    with node_group('drl_prune_drive_') as (group, folder, env):
        watched = group.start('policy', node_command('policy', {
            'policy': str(settings.policy.resolve()), 'runtime': settings.runtime,
            'output_stamp': 'input', 'input_reliability': 'reliable', 'output_type': 'twist',
            'vehicle_profile': settings.vehicle,
        }, POLICY_TOPICS), env)
        monitor = group.start('monitor', node_command('monitor', {
            'policy_pid': watched.process.pid, 'report': str(folder / 'monitor.json'),
            'deadline': 1 / policy.manifest.observation.control_rate_hz,
        }, MONITOR_TOPICS), env)
        simulator = group.start('simulator', node_command('simulator', {
            'task': environment, 'episodes': settings.episodes, 'seed': settings.seed,
            'lockstep': settings.lockstep, 'subscribers': 2,
            'report': str(folder / 'simulator.json'),
            'video': str(settings.video.resolve()) if settings.video else '',
            'caption': caption, 'video_scale': settings.scale, 'video_speed': settings.speed,
        }, SIMULATOR_TOPICS), env)
        group.wait(simulator, lambda: progress(_finished(folder / 'simulator.json')))
        # The monitor first, so that it sees what the policy costs to the end.
        group.stop(monitor)
        group.stop(watched)
        return _summary(
            settings, policy, _read(folder / 'simulator.json'), _read(folder / 'monitor.json'))


def require_driving() -> None:
    """Say what to install where something is missing that a drive needs."""
    require('driving', 'rclpy', 'ROS 2', 'ros')
    require('driving', 'highway_env', 'the simulator', 'train')


def _finished(report: Path) -> int:
    return len(_read(report)['seeds']) if report.exists() else 0


def _read(report: Path) -> dict[str, Any]:
    return json.loads(report.read_text())


def _summary(
    settings: DriveSettings, policy: PolicyFile, simulator: dict[str, Any],
    monitor: dict[str, Any],
) -> dict[str, Any]:
    episodes = len(simulator['seeds'])
    lengths = simulator['lengths']
    costs = {
        key: {who: monitor[who][key] for who in ('policy', 'monitor')}
        for key in ('pss_mb', 'rss_mb', 'cpu_percent')}
    return {
        'task': policy.manifest.task, 'policy': str(settings.policy), 'sha256': policy.sha256,
        'runtime': settings.runtime, 'vehicle': settings.vehicle,
        'lockstep': settings.lockstep, 'episodes': episodes,
        'seeds': simulator['seeds'], 'returns': simulator['returns'],
        'return_mean': sum(simulator['returns']) / episodes,
        'lengths': lengths, 'crashed': simulator['crashed'],
        'crash_rate': sum(simulator['crashed']) / episodes,
        # Over all decisions, as evaluate counts it.
        'speed_mean': sum(
            speed * length for speed, length in zip(
                simulator['speed_means'], lengths, strict=True)) / sum(lengths),
        'latency_ms': monitor['latency_ms'], 'latency_counts': monitor['latency_counts'],
        **costs,
        'ticks': simulator['ticks'], 'commands': monitor['answers'],
        'guarded_ticks': simulator['guarded_ticks'],
        'interventions': simulator['interventions'],
        'deadline_ms': monitor['deadline_ms'],
        # In lock-step nothing is held, however late; against the wall clock, what is late is.
        'deadline_misses': (
            monitor['deadline_misses'] if settings.lockstep else simulator['held_ticks']),
    }
