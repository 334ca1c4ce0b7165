# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""autoware_control_msgs/Control: what Autoware's vehicle interface and command gate take."""

from typing import Any

from builtin_interfaces.msg import Time

from drl_prune_ros.control.command import Motion

MESSAGE = 'autoware_control_msgs/msg/Control'


def fill(message: Any, motion: Motion, stamp: Time, frame_id: str) -> None:
    """
    Write m/s and m/s^2 forwards and rad to the left; the message names no frame.

    At standstill the acceleration stays negative: it keeps the brakes on.
    """
    for part in (message, message.lateral, message.longitudinal):
        part.stamp = stamp
        if hasattr(part, 'control_time'):   # newer releases have it
            part.control_time = stamp
    message.lateral.steering_tire_angle = motion.steering
    message.longitudinal.velocity = motion.speed
    message.longitudinal.acceleration = motion.acceleration
    message.longitudinal.is_defined_acceleration = True
