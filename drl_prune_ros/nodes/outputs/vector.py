# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""sensor_msgs/JointState: the command as named numbers, for a vehicle interface of one's own."""

from builtin_interfaces.msg import Time
from sensor_msgs.msg import JointState

from drl_prune_ros.control.command import Motion

MESSAGE = 'sensor_msgs/msg/JointState'
FIELDS = ('speed', 'acceleration', 'steering', 'yaw_rate')


def fill(message: JointState, motion: Motion, stamp: Time, frame_id: str) -> None:
    """Write FIELDS into name and position: m/s, m/s^2, rad and rad/s, to the left."""
    message.header.stamp = stamp
    message.header.frame_id = frame_id
    message.name = list(FIELDS)
    message.position = [float(getattr(motion, name)) for name in FIELDS]
