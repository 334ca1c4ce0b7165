# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Fields of serialized messages, read from their bytes.

rclpy makes an object of every field of a message, which takes several times as long as what the
node does with the few that it needs. The bytes are CDR (OMG DDS-XTypes 1.3, 7.4.1, plain CDR
version 1): a header of four bytes, then the fields in order, each aligned to its size as counted
from the end of that header. Whatever is not little-endian CDR is deserialized by rclpy.
"""

from __future__ import annotations

from collections.abc import Callable
import struct
from typing import Any, TypeVar

from rclpy.serialization import deserialize_message

from drl_prune_ros.nodes.conversions.stamps import input_stamp_ns, NS_PER_S
from drl_prune_ros.perception.scene import InvalidInput

ReadingT = TypeVar('ReadingT')
LITTLE_ENDIAN = b'\x00\x01'
START = 4
_STAMP = struct.Struct('<iI')
_BIG_ENDIAN_STAMP = struct.Struct('>iI')
_LENGTH = struct.Struct('<I')
ERRORS = (struct.error, ValueError)   # of bytes that end too early or hold other things


def plain(data: bytes) -> bool:
    """Return whether the functions below can read data."""
    return data.startswith(LITTLE_ENDIAN)


def raw_stamp_ns(data: bytes) -> int:
    """
    Return the stamp, nanoseconds, of a message that begins with a header or a stamp.

    Either byte order will do: the second byte gives it.
    """
    stamp = _STAMP if data[1] & 1 else _BIG_ENDIAN_STAMP
    seconds, nanoseconds = stamp.unpack_from(data, START)
    return int(seconds * NS_PER_S + nanoseconds)


def header(data: bytes) -> tuple[int, str, int]:
    """Return the stamp, nanoseconds, and frame_id of what begins with a header, and its end."""
    seconds, nanoseconds = _STAMP.unpack_from(data, START)
    frame_id, at = string(data, START + _STAMP.size)
    return input_stamp_ns(seconds, nanoseconds), frame_id, at


def string(data: bytes, at: int) -> tuple[str, int]:
    """
    Return the string from at on, and its end.

    Not every sender ends a string with a zero byte, or writes one for an empty string, and not
    every one writes UTF-8: such strings are read as rclpy reads them.
    """
    at = aligned4(at)
    length = _LENGTH.unpack_from(data, at)[0]
    at += _LENGTH.size
    end = at + length
    if end > len(data):
        raise ValueError('a string is longer than the message')
    return data[at:end].partition(b'\0')[0].decode(errors='replace'), end


def uint32(data: bytes, at: int) -> int:
    """Return the number at an aligned offset."""
    return int(_LENGTH.unpack_from(data, at)[0])


def aligned4(at: int) -> int:
    """Return the offset of the next number of four bytes."""
    return (at + 3) & ~3


def aligned8(at: int) -> int:
    """Return the offset of the next number of eight bytes."""
    return ((at - START + 7) & ~7) + START


def stamped(
    data: bytes, message_type: type, convert: Callable[[Any], ReadingT],
) -> tuple[ReadingT, int, str]:
    """Return the converted message, which has a header, its stamp, nanoseconds, and frame_id."""
    message = message_from(data, message_type)
    stamp = message.header.stamp
    return convert(message), input_stamp_ns(stamp.sec, stamp.nanosec), message.header.frame_id


def message_from(data: bytes, message_type: type) -> Any:
    """Return the message that data holds, by rclpy; raises InvalidInput where it holds none."""
    try:
        return deserialize_message(data, message_type)
    except Exception as error:   # the middleware's own, which differ from one to the next
        raise InvalidInput(f'bytes arrived that are no {message_type.__name__}') from error
