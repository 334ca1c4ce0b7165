# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
What the launch files share: arguments that are checked, and a set of nodes that ends together.

launch comes with an installation of ROS 2, and the wheels have none: so it is imported by the
functions that a launch file calls, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
import shutil
import signal
from typing import Any

from drl_prune_ros.nodes.common.parameters import Parameter

LOG_LEVELS = ('debug', 'info', 'warn', 'error', 'fatal')
# A policy node brakes to a standstill on SIGINT and then ends by itself, or by its own SIGALRM.
# What launch would do after five seconds, as it does by default, is cut that short.
SIGTERM_S, SIGKILL_S = '40', '5'


def choices_of(parameters: Iterable[Parameter], name: str) -> tuple[str, ...]:
    """Return what the parameter of that name may be; () where it may be anything."""
    return next(one.choices for one in parameters if one.name == name)


def argument(
    name: str, default: str | Path | None, description: str, choices: Iterable[str] = (),
) -> Any:
    """Return a launch argument. One whose default is None has to be given."""
    from launch.actions import DeclareLaunchArgument

    return DeclareLaunchArgument(
        name, description=description, choices=list(choices) or None,
        default_value=None if default is None else str(default))


def ends_with_launch() -> list[Any]:
    """
    Return the prefix of a node that gets SIGINT where launch itself is gone: for `prefix`.

    SIGTERM and SIGKILL end launch at once, and its nodes would drive on with nobody to end them.
    What the user gives as --launch-prefix comes after it. launch calls the process by its prefix
    where it is given no `exec_name`.
    """
    from launch.substitutions import LaunchConfiguration

    # Of util-linux, which Linux has; elsewhere a node goes on.
    found = shutil.which('setpriv')
    return [f'{found} --pdeathsig INT ' if found else '',
            LaunchConfiguration('launch-prefix', default='')]


def need_file(name: str) -> Any:
    """Return the action that ends the launch where the file of an argument does not exist."""
    from launch.actions import OpaqueFunction

    def check(context: Any) -> None:
        path = context.launch_configurations[name]
        if not Path(path).is_file():
            raise RuntimeError(f'there is no file {path}: give another one, {name}:=PATH')
    return OpaqueFunction(function=check)


def warn_of_misspelled(names: Iterable[str]) -> Any:
    """
    Return the action that warns of arguments that launch does not know, and are nearly of a name.

    launch ignores them, and drives with the default instead. Others may be those of a launch file
    that includes this one.
    """
    from launch.actions import OpaqueFunction
    from launch.logging import get_logger

    known = set(names)

    def check(context: Any) -> None:
        for given in context.launch_configurations.keys() - known:
            for nearest in get_close_matches(given, known, n=1, cutoff=0.8):
                get_logger('launch').warning(
                    f'{given} is not used: did you mean {nearest}:=?')
    return OpaqueFunction(function=check)


def end_of(event: Any, context: Any) -> Any:
    """
    Return the action that ends the launch where one of its nodes has ended: for `on_exit`.

    A set that goes on with a part of its nodes looks as if it drove. The launch ends with status 0
    where the node did, and otherwise with 1, which is all that launch has for an error.
    """
    from launch.actions import OpaqueFunction, Shutdown, TimerAction

    # One that is asked to end before it has begun ends by SIGINT, as any program does.
    well = {0, -signal.SIGINT} if context.is_shutdown else {0}
    if event.returncode not in well:
        def fail(_: Any) -> None:
            raise RuntimeError(how_it_ended(event.process_name, event.returncode))
        # An error in this event would keep it from those who listen to it after us: so it is
        # raised in one of its own.
        return TimerAction(
            period=0.0, cancel_on_shutdown=False, actions=[OpaqueFunction(function=fail)])
    if context.is_shutdown:
        return None
    return Shutdown(reason=f'{event.process_name} has ended')


def how_it_ended(process: str, returncode: int) -> str:
    """Return one line on a process that failed; -N is signal N, as of subprocess.Popen."""
    how = f'by signal {-returncode}' if returncode < 0 else f'with exit code {returncode}'
    return f'{process} ended {how}: all of its launch ends'
