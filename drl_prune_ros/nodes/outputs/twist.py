# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""geometry_msgs/TwistStamped: speed at the end of the next control period, and yaw rate."""

from builtin_interfaces.msg import Time
from geometry_msgs.msg import TwistStamped

from drl_prune_ros.control.command import Motion

MESSAGE = 'geometry_msgs/msg/TwistStamped'


def fill(message: TwistStamped, motion: Motion, stamp: Time, frame_id: str) -> None:
    """Write m/s forwards and rad/s to the left (REP 103)."""
    message.header.stamp = stamp
    message.header.frame_id = frame_id
    message.twist.linear.x = motion.speed
    message.twist.angular.z = motion.yaw_rate
