# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""geometry_msgs/TwistStamped: speed at the end of the next control period, and yaw rate."""

from functools import lru_cache
import struct

from builtin_interfaces.msg import Time
from geometry_msgs.msg import TwistStamped

from drl_prune_ros.control.command import Motion
from drl_prune_ros.nodes.conversions import cdr
from drl_prune_ros.nodes.conversions.stamps import NS_PER_S

MESSAGE = 'geometry_msgs/msg/TwistStamped'


def fill(message: TwistStamped, motion: Motion, stamp: Time, frame_id: str) -> None:
    """Write m/s forwards and rad/s to the left (REP 103)."""
    message.header.stamp = stamp
    message.header.frame_id = frame_id
    message.twist.linear.x = motion.speed
    message.twist.angular.z = motion.yaw_rate


def serialized(motion: Motion, stamp_ns: int, frame_id: str) -> bytes:
    """Return the serialized message of fill, in a tenth of the time."""
    frame, layout = _layout(frame_id)
    return layout.pack(
        cdr.LITTLE_ENDIAN, *divmod(stamp_ns, NS_PER_S), len(frame), frame,
        motion.speed, 0.0, 0.0, 0.0, 0.0, motion.yaw_rate)


@lru_cache(maxsize=1)
def _layout(frame_id: str) -> tuple[bytes, struct.Struct]:
    """Return a frame as CDR has it, and where everything lies."""
    frame = frame_id.encode() + b'\0'
    end = cdr.START + 12 + len(frame)
    return frame, struct.Struct(f'<2s2xiII{len(frame)}s{cdr.aligned8(end) - end}x6d')
