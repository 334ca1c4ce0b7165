# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How a node is started from Python: its command line and its environment."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
import sys
from typing import Any

from drl_prune_ros.errors import DrlPruneError


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


def node_environment(domain: int, folder: Path) -> dict[str, str]:
    """Return the environment of nodes that talk to each other alone, with their logs in folder."""
    return {
        **os.environ,
        'ROS_DOMAIN_ID': str(domain),
        'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
        # Shared memory leaves files behind when a process is killed.
        'FASTDDS_BUILTIN_TRANSPORTS': 'UDPv4',
        'ROS_LOG_DIR': str(folder),
        'PYTHONUNBUFFERED': '1',
        'SDL_VIDEODRIVER': 'dummy',
    }
