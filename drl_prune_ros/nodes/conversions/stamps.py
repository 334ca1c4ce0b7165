# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Stamps and reception times, as whole nanoseconds."""

from __future__ import annotations

from collections.abc import Mapping
import time

from builtin_interfaces.msg import Time

from drl_prune_ros.perception.scene import InvalidInput

NS_PER_S = 1_000_000_000
END_NS = 2**31 * NS_PER_S   # of stamps: their seconds are int32
LONGEST_WAIT_NS = NS_PER_S   # beyond that, the system clock was set meanwhile


def stamp_to_ns(stamp: Time) -> int:
    """Return a stamp as nanoseconds."""
    return int(stamp.sec) * NS_PER_S + int(stamp.nanosec)


def ns_to_stamp(nanoseconds: int) -> Time:
    """Return nanoseconds, 0 or more, as a stamp."""
    seconds, nanosec = divmod(nanoseconds, NS_PER_S)
    return Time(sec=seconds, nanosec=nanosec)


def input_stamp_ns(seconds: int, nanoseconds: int) -> int:
    """
    Return the stamp of sensor data, nanoseconds.

    A message may hold more than a second of nanoseconds. Raises InvalidInput where these carry it
    beyond the last stamp that a message can hold: its command could not be stamped.
    """
    stamp_ns = seconds * NS_PER_S + nanoseconds
    if stamp_ns >= END_NS:
        raise InvalidInput(
            f'a stamp of {seconds} s and {nanoseconds} ns is later than any that can be written')
    return stamp_ns


def reception_time_ns(info: Mapping[str, int]) -> int:
    """
    Return the steady time, nanoseconds, at which a message was received.

    info  of rclpy; its 'received_timestamp' is in nanoseconds of the system clock

    The middleware notes the reception in its own thread; when the callback runs, the message may
    have waited behind others. Only that wait is measured on the system clock.
    """
    waited_ns = time.time_ns() - info['received_timestamp']
    return time.monotonic_ns() - (waited_ns if 0 <= waited_ns < LONGEST_WAIT_NS else 0)
