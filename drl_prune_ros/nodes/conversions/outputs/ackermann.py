# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""ackermann_msgs/AckermannDriveStamped: speed, and the angle of a virtual front wheel."""

from typing import Any

from builtin_interfaces.msg import Time

from drl_prune_ros.control.command import Motion

MESSAGE = 'ackermann_msgs/msg/AckermannDriveStamped'


def fill(message: Any, motion: Motion, stamp: Time, frame_id: str) -> None:
    """
    Write m/s forwards, rad to the left and the magnitude of the acceleration, m/s^2.

    A magnitude of 0 would mean "as quickly as possible", and so it does where none is asked for:
    the speed is held then. The rates are left to the vehicle.
    """
    message.header.stamp = stamp
    message.header.frame_id = frame_id
    message.drive.speed = motion.speed
    message.drive.acceleration = abs(motion.acceleration)
    message.drive.steering_angle = motion.steering
