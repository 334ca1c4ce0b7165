# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The arguments that name the vehicle which carries a policy's decisions out."""

import argparse
from pathlib import Path
from typing import Any

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.tasks.catalogue import load_task, Task
from drl_prune_ros.tasks.gymnasium_env import make_gymnasium_env
from drl_prune_ros.tasks.vehicle import Vehicle


def add_vehicle_arguments(parser: argparse.ArgumentParser, what: str) -> None:
    """
    Add the profile and the delay.

    :param what: the profile's line of help.
    """
    parser.add_argument('--vehicle', metavar='PROFILE', help=what)
    parser.add_argument('--delay', type=float, default=0.0, metavar='SECONDS',
                        help='with --vehicle: until it does what was commanded (default: 0)')


def check_delay(args: argparse.Namespace) -> None:
    """Raise DrlPruneError for a delay that no vehicle has, or one without a vehicle."""
    if not 0.0 <= args.delay <= 10.0 or (args.delay and args.vehicle is None):
        raise DrlPruneError('--delay goes with --vehicle, and is at least 0 and at most 10 s')


def task_for(args: argparse.Namespace) -> tuple[Task, dict[str, Any]]:
    """Return the task, on its vehicle if one was asked for, and what a run's config says of it."""
    task = load_task(args.task)
    check_delay(args)
    if args.vehicle is None:
        return task, {'task': task.id}
    vehicle = Vehicle(args.vehicle, args.delay)
    driven = task.on(vehicle)
    # One that cannot be driven is refused before a run folder exists.
    make_gymnasium_env(driven).close()
    return driven, {'task': task.id, 'vehicle': vehicle.to_dict()}


def run_name_for(args: argparse.Namespace, task: Task, method: str) -> str:
    """Return the name of a run's folder where none was given."""
    if task.vehicle is None:
        return f'{task.id}-{method}-{args.seed}'
    profile = Path(task.vehicle.profile).stem
    return f'{task.id}-{method}-{profile}-{task.vehicle.delay_s * 1e3:.0f}ms-{args.seed}'
