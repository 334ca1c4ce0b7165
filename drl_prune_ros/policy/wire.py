# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The protobuf wire format, as far as policy files use it, with one meaning for any bytes.

A message is a run of fields; a field is a key (number and wire type) and a value: a varint, four
bytes, eight bytes, or a length and that many bytes. Nothing here knows what a field means.
See https://protobuf.dev/programming-guides/encoding/. Where that lets readers choose, as with a
single field that comes twice, the message is refused.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.policy.bounds import LONGEST_WORD, MOST_FIELDS
from drl_prune_ros.policy.errors import PolicyFileError

Numbers = NDArray[np.float32 | np.int64]
VARINT, EIGHT_BYTES, LENGTH, FOUR_BYTES = 0, 1, 2, 5


class Message:
    """
    The fields of one message, by number; raises PolicyFileError where the bytes are no message.

    what  names the message in errors
    most  fields that it may have
    """

    def __init__(self, data: memoryview, what: str, most: int = MOST_FIELDS) -> None:
        self._what = what
        self._fields: dict[int, list[tuple[int, int | memoryview]]] = {}
        position = count = 0
        while position < len(data):
            count += 1
            if count > most:
                raise PolicyFileError(f'{what} has more than {most} fields')
            key, position = _varint(data, position)
            number, wire_type = key >> 3, key & 7
            value: int | memoryview
            if wire_type == VARINT:
                value, position = _varint(data, position)
            else:
                if wire_type == LENGTH:
                    length, position = _varint(data, position)
                elif wire_type == FOUR_BYTES:
                    length = 4
                elif wire_type == EIGHT_BYTES:
                    length = 8
                else:
                    raise PolicyFileError(f'unknown wire type {wire_type}')
                if length > len(data) - position:
                    raise PolicyFileError('a field ends after the end of its message')
                value = data[position:position + length]
                position += length
            self._fields.setdefault(number, []).append((wire_type, value))

    def __contains__(self, number: int) -> bool:
        return number in self._fields

    def only(self, *numbers: int) -> 'Message':
        """Return self, if it has no other fields than these; raises PolicyFileError."""
        others = sorted(set(self._fields) - set(numbers))
        if others:
            raise PolicyFileError(f'{self._what} has a field {others[0]}, which no policy has')
        return self

    def integer(self, number: int, default: int = 0) -> int:
        """Return a single signed 64-bit field."""
        value = self._single(number, VARINT)
        return _signed(value) if isinstance(value, int) else default

    def bytes_(self, number: int) -> memoryview:
        """Return a single bytes field, empty where absent."""
        value = self._single(number, LENGTH)
        return value if isinstance(value, memoryview) else memoryview(b'')

    def text(self, number: int, most: int = LONGEST_WORD) -> str:
        """Return a single string field of at most `most` bytes, empty where absent."""
        return self._text(self.bytes_(number), most)

    def texts(self, number: int) -> tuple[str, ...]:
        """Return a repeated string field."""
        return tuple(self._text(value, LONGEST_WORD) for value in self.blobs(number))

    def blobs(self, number: int) -> list[memoryview]:
        """Return a repeated bytes field."""
        return [v for v in self._values(number, LENGTH) if isinstance(v, memoryview)]

    def message(self, number: int, what: str) -> 'Message':
        """Return a single field that is a message, an empty one where absent."""
        return Message(self.bytes_(number), what)

    def messages(self, number: int, what: str) -> list['Message']:
        """Return a repeated field of messages."""
        return [Message(value, what) for value in self.blobs(number)]

    def integers(self, number: int) -> tuple[int, ...]:
        """Return a repeated signed 64-bit field, one value in each."""
        return tuple(_signed(v) for v in self._values(number, VARINT) if isinstance(v, int))

    def _single(self, number: int, wire_type: int) -> int | memoryview | None:
        values = list(self._values(number, wire_type))
        if len(values) > 1:
            raise PolicyFileError(f'{self._what} has field {number} twice')
        return values[0] if values else None

    def _values(self, number: int, wire_type: int) -> Iterator[int | memoryview]:
        for found, value in self._fields.get(number, []):
            if found != wire_type:
                raise PolicyFileError(
                    f'{self._what} has a field {number} of an unexpected wire type')
            yield value

    def _text(self, data: memoryview, most: int) -> str:
        if len(data) > most:
            raise PolicyFileError(
                f'{self._what} has a text of {len(data):,} bytes, {most:,} is the most')
        try:
            return str(data, 'utf-8')
        except UnicodeDecodeError as error:
            raise PolicyFileError(
                f'{self._what} has a name that is not text: {error.reason}') from error


def from_bytes(data: memoryview, dtype: str) -> Numbers:
    """Return little-endian numbers as a 1-D array in the machine's own byte order."""
    little = np.dtype(dtype)
    if len(data) % little.itemsize:
        raise PolicyFileError(f'{len(data)} bytes are no whole number of {little.name}')
    return np.frombuffer(data, little).astype(little.newbyteorder('='))


def _varint(data: memoryview, position: int) -> tuple[int, int]:
    if position < len(data) and (first := data[position]) < 0x80:
        return first, position + 1   # nearly all of them
    result = 0
    for shift in range(0, 70, 7):
        if position >= len(data):
            raise PolicyFileError('a number ends after the end of its message')
        byte = data[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            if result >> 64 or (not byte and shift):
                raise PolicyFileError('a number is written in more bytes than it needs')
            return result, position
    raise PolicyFileError('a number takes more than 10 bytes')


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value
