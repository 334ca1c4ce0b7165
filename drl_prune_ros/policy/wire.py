# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The protobuf wire format, as far as ONNX files use it.

A message is a run of fields; a field is a key (number and wire type) and a value: a varint, four
bytes, eight bytes, or a length and that many bytes. Nothing here knows what a field means.
See https://protobuf.dev/programming-guides/encoding/.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.policy.errors import PolicyFileError

Numbers = NDArray[np.float32 | np.float64 | np.int64]
VARINT, EIGHT_BYTES, LENGTH, FOUR_BYTES = 0, 1, 2, 5


class Message:
    """
    The fields of one message, by number; raises PolicyFileError where the bytes are no message.

    The getters return what a reader of a protobuf schema would: the last value of a single field,
    all values of a repeated one, a default where the field is absent.
    """

    def __init__(self, data: memoryview) -> None:
        self._fields: dict[int, list[tuple[int, int | memoryview]]] = {}
        position = 0
        while position < len(data):
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

    def integer(self, number: int, default: int = 0) -> int:
        """Return a signed 64-bit field."""
        result = default
        for value in self._values(number, VARINT):
            assert isinstance(value, int)
            result = _signed(value)
        return result

    def bytes_(self, number: int) -> memoryview:
        """Return a bytes field, empty where absent."""
        blobs = self.blobs(number)
        return blobs[-1] if blobs else memoryview(b'')

    def text(self, number: int) -> str:
        """Return a string field, empty where absent."""
        return _text(self.bytes_(number))

    def texts(self, number: int) -> tuple[str, ...]:
        """Return a repeated string field."""
        return tuple(_text(value) for value in self.blobs(number))

    def blobs(self, number: int) -> list[memoryview]:
        """Return a repeated bytes field."""
        return [v for v in self._values(number, LENGTH) if isinstance(v, memoryview)]

    def messages(self, number: int) -> list['Message']:
        """Return a repeated field of messages."""
        return [Message(value) for value in self.blobs(number)]

    def integers(self, number: int) -> tuple[int, ...]:
        """Return a repeated signed 64-bit field, packed or not."""
        result: list[int] = []
        for _, value in self._fields.get(number, []):
            if isinstance(value, int):
                result.append(_signed(value))
            else:
                result.extend(_packed_varints(value))
        return tuple(result)

    def numbers(self, number: int, dtype: str) -> Numbers:
        """Return a repeated field of little-endian '<f4' or '<f8', packed or not, as 1-D array."""
        values = [value for _, value in self._fields.get(number, [])]
        blobs = [value for value in values if isinstance(value, memoryview)]
        if len(blobs) != len(values):
            raise PolicyFileError(f'field {number} has an unexpected wire type')
        return from_bytes(memoryview(b''.join(blobs)), dtype)

    def _values(self, number: int, wire_type: int) -> Iterator[int | memoryview]:
        for found, value in self._fields.get(number, []):
            if found != wire_type:
                raise PolicyFileError(f'field {number} has an unexpected wire type')
            yield value


def from_bytes(data: memoryview, dtype: str) -> Numbers:
    """Return little-endian numbers as a 1-D array in the machine's own byte order."""
    little = np.dtype(dtype)
    if len(data) % little.itemsize:
        raise PolicyFileError(f'{len(data)} bytes are no whole number of {little.name}')
    return np.frombuffer(data, little).astype(little.newbyteorder('='))


def _varint(data: memoryview, position: int) -> tuple[int, int]:
    result = 0
    for shift in range(0, 70, 7):
        if position >= len(data):
            raise PolicyFileError('a number ends after the end of its message')
        byte = data[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result & 0xFFFF_FFFF_FFFF_FFFF, position
    raise PolicyFileError('a number takes more than 10 bytes')


def _packed_varints(data: memoryview) -> Iterator[int]:
    position = 0
    while position < len(data):
        value, position = _varint(data, position)
        yield _signed(value)


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value


def _text(data: memoryview) -> str:
    try:
        return str(data, 'utf-8')
    except UnicodeDecodeError as error:
        raise PolicyFileError(f'a name is not text: {error.reason}') from error
