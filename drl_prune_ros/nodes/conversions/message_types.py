# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Message types that are imported on demand."""

from __future__ import annotations

import importlib
import os

from drl_prune_ros.errors import DrlPruneError


def import_message(name: str, wanted_by: str) -> type:
    """
    Import a message type, such as 'nav_msgs/msg/Odometry'.

    Raises DrlPruneError, naming the apt package, where it is not installed.
    """
    package, _, message = name.split('/')
    try:
        return getattr(importlib.import_module(f'{package}.msg'), message)
    except (ImportError, AttributeError) as error:
        apt = f'ros-{os.environ.get("ROS_DISTRO", "jazzy")}-{package.replace("_", "-")}'
        raise DrlPruneError(
            f'{wanted_by} needs {name}, which is not installed: sudo apt install {apt}'
        ) from error
