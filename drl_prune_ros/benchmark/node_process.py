# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How nodes are started from Python: their command line, their environment, and their end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import importlib.util
import json
import os
from pathlib import Path
import sys
import tempfile
from typing import Any

from drl_prune_ros.benchmark.processes import ProcessGroup
from drl_prune_ros.benchmark.ros_domain import own_ros_domain
from drl_prune_ros.errors import DrlPruneError

# What tells a middleware where to look for others: on other machines, or at a server alone.
DISCOVERY_VARIABLES = (
    'ROS_DISCOVERY_SERVER', 'ROS_SUPER_CLIENT', 'ROS_STATIC_PEERS', 'ROS_LOCALHOST_ONLY',
    'FASTDDS_DEFAULT_PROFILES_FILE', 'FASTRTPS_DEFAULT_PROFILES_FILE', 'CYCLONEDDS_URI')


def require(what_for: str, module: str, what: str, extra: str) -> None:
    """Say what to install where a module is missing that something needs."""
    if importlib.util.find_spec(module) is None:
        raise DrlPruneError(
            f"{what_for} needs {what}, but there is no {module}: "
            f"pip install 'drl_prune_ros[{extra}]'"
            + (' or source a ROS 2 installation' if extra == 'ros' else ''))


def node_command(
    node: str, parameters: dict[str, Any], topics: tuple[tuple[str, str], ...] = (),
    package: str = 'drl_prune_ros.nodes',
) -> list[str]:
    """Return the command line of a node of a package, such as 'policy', 'monitor', 'simulator'."""
    command = [sys.executable, '-m', f'{package}.{node}_node', '--ros-args']
    for name, value in parameters.items():
        # JSON is YAML, so that a path is a string whatever it looks like.
        command += ['-p', f'{name}:={json.dumps(value)}']
    for inside, outside in topics:
        command += ['-r', f'{inside}:={outside}']
    return command


@contextmanager
def node_group(prefix: str) -> Iterator[tuple[ProcessGroup, Path, dict[str, str]]]:
    """
    Hold a ROS domain and a folder of one's own, and the processes that are started there.

    Gives the processes, the folder, whose name begins with prefix, and the environment of nodes.
    In the end nothing of it is left. One line on stderr names the variables of the shell that
    would lead the nodes elsewhere and are kept from them.
    """
    if unused := [name for name in DISCOVERY_VARIABLES if os.environ.get(name)]:
        from tqdm import tqdm

        # Above the bar of progress, if there is one.
        tqdm.write(f'{", ".join(unused)} is not used: the nodes find each other on this machine '
                   f'alone, in a ROS domain of their own', file=sys.stderr)
    with (
        own_ros_domain() as domain,
        tempfile.TemporaryDirectory(prefix=prefix) as name,
        ProcessGroup(Path(name)) as group,
    ):
        yield group, Path(name), node_environment(domain, Path(name))


def node_environment(domain: int, folder: Path) -> dict[str, str]:
    """Return the environment of nodes that talk to each other alone, with their logs in folder."""
    return {
        **{name: value for name, value in os.environ.items() if name not in DISCOVERY_VARIABLES},
        'ROS_DOMAIN_ID': str(domain),
        'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
        # Shared memory leaves files behind when a process is killed.
        'FASTDDS_BUILTIN_TRANSPORTS': 'UDPv4',
        'ROS_LOG_DIR': str(folder),
        'PYTHONUNBUFFERED': '1',
        'SDL_VIDEODRIVER': 'dummy',
    }
