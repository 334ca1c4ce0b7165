# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The simulator node as a process, where the workshop is installed."""

from __future__ import annotations

import sys

from drl_prune_ros.nodes.common.process import main_of


def main() -> None:
    """Run the node as a process; without highway-env it ends with one line."""
    try:
        from drl_prune_ros.nodes.simulator_node.node import SimulatorNode
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith('drl_prune_ros'):
            raise
        from rclpy.logging import get_logger
        get_logger('simulator').error(
            f'there is no {error.name}, which the simulator needs: install the workshop, '
            "pip install 'drl_prune_ros[train]'")
        sys.exit(1)
    main_of('simulator', SimulatorNode)
