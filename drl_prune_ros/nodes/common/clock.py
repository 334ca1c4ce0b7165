# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The clock that stamps are compared with."""

from __future__ import annotations

from collections.abc import Callable
import time

from rclpy.node import Node


def clock_of(node: Node) -> Callable[[], int]:
    """
    Return a function that returns the time of a node's clock, nanoseconds.

    With use_sim_time it is 0 before the first /clock. Without, the system clock is read directly,
    which is a hundred times as quick as by rclpy.
    """
    clock = node.get_clock()
    return (lambda: int(clock.now().nanoseconds)) if clock.ros_time_is_active else time.time_ns
