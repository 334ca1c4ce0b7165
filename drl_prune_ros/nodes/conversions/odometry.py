# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""nav_msgs/Odometry, read from its bytes: the two covariances in it are most of the message."""

from __future__ import annotations

import struct

from nav_msgs.msg import Odometry

from drl_prune_ros.nodes.conversions import cdr
from drl_prune_ros.nodes.conversions.messages import odometry_to_ego, yaw_from
from drl_prune_ros.perception.readings import OdometryInput
from drl_prune_ros.perception.scene import Ego, InvalidInput

_COVARIANCE = 36 * 8   # bytes
# position x y z, orientation x y z w; linear x y z, angular x y z
_NUMBERS = struct.Struct(f'<7d{_COVARIANCE}x6d')


def read_odometry(data: bytes) -> OdometryInput:
    """
    Return the odometry in the bytes of a serialized message.

    The vehicle is what odometry_to_ego returns. Raises InvalidInput as that does, and for bytes
    that are no odometry.
    """
    if not cdr.plain(data):
        message = cdr.message_from(data, Odometry)
        return OdometryInput(
            odometry_to_ego(message), message.header.frame_id, message.child_frame_id)
    try:
        stamp_ns, frame_id, at = cdr.header(data)
        child_frame_id, at = cdr.string(data, at)
        at = cdr.aligned8(at)
        if len(data) < at + _NUMBERS.size + _COVARIANCE:
            raise ValueError('the message ends too early')
        x, y, _, qx, qy, qz, qw, vx, vy, _, _, _, yaw_rate = _NUMBERS.unpack_from(data, at)
    except cdr.ERRORS as error:
        raise InvalidInput('bytes arrived that are no Odometry') from error
    yaw = yaw_from(qx, qy, qz, qw, 'the odometry')
    return OdometryInput(Ego(stamp_ns, x, y, yaw, vx, yaw_rate, vy), frame_id, child_frame_id)
