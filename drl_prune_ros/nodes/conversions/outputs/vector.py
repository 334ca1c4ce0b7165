# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""sensor_msgs/JointState: the command as named numbers, for a vehicle interface of one's own."""

from builtin_interfaces.msg import Time
from sensor_msgs.msg import JointState

from drl_prune_ros.control.command import Components, Motion

MESSAGE = 'sensor_msgs/msg/JointState'


def fill(
    message: JointState, motion: Motion | Components, stamp: Time, frame_id: str,
) -> None:
    """
    Write named numbers into name and position.

    Of a motion those are speed, acceleration, steering and yaw_rate: m/s, m/s^2, rad and rad/s,
    to the left. Else they are the components of the policy's action contract, in its units.
    """
    message.header.stamp = stamp
    message.header.frame_id = frame_id
    named = motion.named()
    message.name = list(named)
    message.position = list(map(float, named.values()))
