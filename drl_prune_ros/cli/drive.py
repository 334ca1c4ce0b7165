# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""drl-prune drive: drive in closed loop, over ROS 2 topics, with three processes."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from tqdm import tqdm

from drl_prune_ros.benchmark.drive import drive, DriveSettings
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.files import check_absent
from drl_prune_ros.policy.runtime import RUNTIMES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument('policy', type=Path, help='policy file')
    parser.add_argument('--episodes', type=int, default=3, help='episodes (default: 3)')
    parser.add_argument('--seed', type=int, default=0,
                        help='episode i uses seed + i (default: 0)')
    parser.add_argument('--lockstep', action='store_true',
                        help='wait for every answer, which is exact; without it the wall clock '
                             'sets the pace, and a late answer is a held command')
    parser.add_argument('--video', type=Path, help='write a video of it, .mp4, .gif or .webp')
    parser.add_argument('--caption', type=Path, metavar='RECORD',
                        help='write weights, skill and latency below the video; RECORD is what '
                             'drl-prune bench --output wrote of this policy')
    parser.add_argument('--video-scale', type=float, default=1.0, metavar='TIMES',
                        help="size of the video, as a multiple of highway-env's own (default: 1)")
    parser.add_argument('--video-speed', type=float, default=1.0, metavar='TIMES',
                        help='driven seconds per second of the video (default: 1)')
    parser.add_argument('--runtime', choices=RUNTIMES, default='numpy', help='default: numpy')
    parser.add_argument('--vehicle', default='highway_env', metavar='PROFILE',
                        help='vehicle profile whose limits every command keeps to: '
                             'passenger_car, or highway_env, which has none (default)')
    parser.add_argument('--json', action='store_true', help='print one JSON object')


def main(args: argparse.Namespace) -> int:
    """Drive, and print a table or one JSON object."""
    if args.episodes < 1 or args.seed < 0:
        raise DrlPruneError('--episodes must be at least 1 and --seed at least 0')
    if args.video is not None:
        check_absent(args.video)
    if not 0.5 <= args.video_scale <= 4 or not 0.1 <= args.video_speed <= 20:
        raise DrlPruneError('--video-scale must lie between 0.5 and 4, and --video-speed between '
                            '0.1 and 20')
    if args.caption and args.video is None:
        raise DrlPruneError('--caption is for a video: give --video too, or leave it out')
    settings = DriveSettings(
        args.policy, args.episodes, args.seed, args.lockstep, args.runtime, args.video,
        args.vehicle, args.caption, args.video_scale, args.video_speed)
    with tqdm(total=args.episodes, unit='episode', disable=args.json) as bar:
        def progress(finished: int) -> None:
            if finished > bar.n:
                bar.update(finished - bar.n)
        report = drive(settings, progress)
    if args.json:
        del report['latency_counts']
        print(json.dumps(report))
        return 0
    for name, value in _rows(report):
        print(f'{name:<17}{value}')
    if args.video is not None:
        print(f'{"video":<17}{args.video}')
    return 0


def _rows(report: dict[str, Any]) -> list[tuple[str, str]]:
    latency, memory = report['latency_ms'], report['pss_mb']
    rows = [
        ('task', report['task']),
        ('vehicle', report['vehicle']),
        ('pace', 'lock-step' if report['lockstep'] else 'wall clock'),
        ('episodes', f'{report["episodes"]} (seeds {report["seeds"][0]} to '
                     f'{report["seeds"][-1]})'),
        ('return', f'{report["return_mean"]:.3f}'),
        ('crash rate', f'{report["crash_rate"]:.2%}'),
        ('speed', f'{report["speed_mean"]:.2f} m/s'),
        ('commands', f'{report["commands"]} for {report["ticks"]} control periods'),
        ('guard', f'{report["guarded_ticks"] / max(report["ticks"], 1):.2%} of control periods, '
                  f'{report["interventions"]} interventions'),
        ('deadline misses', f'{report["deadline_misses"]} (later than '
                            f'{report["deadline_ms"]:.0f} ms)'),
    ]
    if latency['count']:
        rows.append(('latency', ', '.join(
            f'{name} {latency[name]:.2f} ms' for name in ('p50', 'p90', 'p99', 'max'))))
    if None not in memory.values():
        rows.append(('memory (PSS)', ', '.join(
            f'{who} node {size:.1f} MB' for who, size in memory.items())))
    rows.append(('processor', ', '.join(
        f'{who} node {share:.1f} %' for who, share in report['cpu_percent'].items())))
    return rows
