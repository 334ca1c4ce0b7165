# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""When a message was made and when it arrived, without the cost of reading the rest of it."""

from collections.abc import Mapping
import struct
import time

from drl_prune_ros.nodes.conversions.messages import NS_PER_S

LONGEST_WAIT_NS = NS_PER_S   # beyond that, the system clock was set meanwhile
_LITTLE = struct.Struct('<iI')
_BIG = struct.Struct('>iI')


def raw_stamp_ns(data: bytes) -> int:
    """
    Return the stamp, nanoseconds, of a serialised message that begins with a header or a stamp.

    The four bytes of the CDR encapsulation come first; the second says the byte order.
    """
    seconds, nanoseconds = (_LITTLE if data[1] & 1 else _BIG).unpack_from(data, 4)
    return seconds * NS_PER_S + nanoseconds


def receipt_ns(info: Mapping[str, int]) -> int:
    """
    Return the steady time, nanoseconds, at which a message arrived.

    info  what rclpy says of it; its 'received_timestamp' is by the system clock

    The middleware notes the arrival in its own thread; when the callback runs, the message may
    have waited behind others. Only that wait is measured by the system clock.
    """
    waited_ns = time.time_ns() - info['received_timestamp']
    return time.monotonic_ns() - (waited_ns if 0 <= waited_ns < LONGEST_WAIT_NS else 0)
