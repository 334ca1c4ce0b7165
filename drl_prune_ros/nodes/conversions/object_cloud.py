# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Objects as a PointCloud2, a point for each box.

Fields x y z (box center, m), vx vy (velocity over ground in the axes of header.frame_id, m/s),
yaw (rad), length, width (m) and id. Any number type will do for a field; z is not read.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
import struct
from typing import Any

import numpy as np
from sensor_msgs.msg import PointCloud2, PointField

from drl_prune_ros.nodes.conversions import cdr
from drl_prune_ros.nodes.conversions.stamps import ns_to_stamp
from drl_prune_ros.perception.plausible import check_rows, check_table
from drl_prune_ros.perception.scene import COLUMNS, Contradiction, InvalidInput, Objects

_SIZE = struct.Struct('<II')       # height, width
_FIELD = struct.Struct('<IB3xI')   # of a PointField, behind its name: offset, datatype, count
_POINT = struct.Struct('<?3xI')    # is_bigendian, point_step
_ROWS = struct.Struct('<II')       # row_step, bytes of data
MOST_FIELDS = 256
FEW = 32   # points that are read one by one, which is quicker than numpy then
LARGEST_STEP = 2**31 - 1           # that numpy has a layout for
_NUMPY_TYPES = {
    PointField.INT8: 'i1', PointField.UINT8: 'u1', PointField.INT16: 'i2',
    PointField.UINT16: 'u2', PointField.INT32: 'i4', PointField.UINT32: 'u4',
    PointField.FLOAT32: 'f4', PointField.FLOAT64: 'f8',
}
# Doubles, so that the numbers of the simulator arrive exactly.
_WRITTEN = np.dtype([
    *((name, '<f8') for name in ('x', 'y', 'z', 'vx', 'vy', 'yaw', 'length', 'width')),
    ('id', '<u4'),
])
_WRITTEN_FIELDS = [
    PointField(
        name=name, offset=8 * place, count=1,
        datatype=PointField.UINT32 if name == 'id' else PointField.FLOAT64)
    for place, name in enumerate(_WRITTEN.names or ())]


@dataclass(frozen=True, slots=True)
class _Layout:
    """
    How a point lies in memory.

    dtype  for many points
    row    for few: one of them, in the order of its bytes
    sort   what is in a row, in the order of Objects.of_rows
    """

    dtype: np.dtype
    row: struct.Struct
    sort: Callable[[tuple[float, ...]], tuple[float, ...]]

    @classmethod
    def of(cls, dtype: np.dtype, order: str) -> _Layout:
        """
        Return the layout of a numpy type of COLUMNS and id, in a byte order, '<' or '>'.

        Raises Contradiction where two fields share a byte.
        """
        fields, wanted = dtype.fields, dtype.names
        assert fields is not None and wanted is not None
        names = sorted(wanted, key=lambda name: fields[name][1])
        sort = itemgetter(*map(names.index, wanted))
        layout, end = order, 0
        for name in names:
            kind, offset = fields[name][:2]
            if offset < end:
                raise Contradiction(
                    f'the field {name} of the object cloud lies in the same bytes as another')
            layout += f'{offset - end}x{kind.char}'
            end = offset + kind.itemsize
        return cls(dtype, struct.Struct(f'{layout}{dtype.itemsize - end}x'), sort)


def cloud_to_objects(message: PointCloud2) -> Objects:
    """
    Return the objects in a cloud, in the axes of its header.frame_id.

    Raises InvalidInput, in one line, when the cloud looks like lidar (it has no vx), lacks another
    field, contradicts itself, or when a number in it is not finite; Contradiction, when a field
    stands twice or an object cannot be one on a road. A cloud of no points may be without fields.
    """
    layout = _layout(
        tuple((field.name, field.offset, field.datatype, field.count) for field in message.fields),
        message.is_bigendian, message.point_step) if message.fields else None
    return _objects(
        message.data, 0, len(message.data), layout, message.width, message.height,
        message.row_step)


class CloudReader:
    """
    Reads objects from the bytes of a serialized cloud.

    A sensor keeps to one layout: the bytes that describe it are compared with those of the cloud
    before, and read only where they differ.
    """

    def __init__(self) -> None:
        self._described = b''
        self._layout: _Layout | None = None

    def __call__(self, data: bytes) -> tuple[Objects, int, str]:
        """
        Return the objects, the stamp, nanoseconds, and the frame_id.

        The objects are what cloud_to_objects returns. Raises InvalidInput as that does, and for
        bytes that are no cloud.
        """
        if not cdr.plain(data):
            return cdr.stamped(data, PointCloud2, cloud_to_objects)
        try:
            stamp_ns, frame_id, at = cdr.header(data)
            at = cdr.aligned4(at)
            height, width = _SIZE.unpack_from(data, at)
            at += _SIZE.size
            if not (self._described and data.startswith(self._described, at)):
                self._layout = self._describe(data, at)
            at += len(self._described)
            row_step, size = _ROWS.unpack_from(data, at)
            at += _ROWS.size
            if len(data) <= at + size:   # is_dense follows
                raise ValueError('the message ends too early')
        except cdr.ERRORS as error:
            raise InvalidInput('bytes arrived that are no PointCloud2') from error
        return _objects(
            data, at, size, self._layout, width, height, row_step), stamp_ns, frame_id

    def _describe(self, data: bytes, start: int) -> _Layout | None:
        """Read the fields, the byte order and the size of a point, which lie from start on."""
        fields = []
        count = cdr.uint32(data, start)
        if count > MOST_FIELDS:   # reading them would take as long as they are many
            raise InvalidInput(
                f'the object cloud has {count} fields: publish at most {MOST_FIELDS}')
        at = start + 4
        for _ in range(count):
            name, at = cdr.string(data, at)
            at = cdr.aligned4(at)
            offset, datatype, number = _FIELD.unpack_from(data, at)
            at += _FIELD.size
            fields.append((name, offset, datatype, number))
        is_bigendian, point_step = _POINT.unpack_from(data, at)
        layout = _layout(tuple(fields), is_bigendian, point_step) if fields else None
        self._described = data[start:at + _POINT.size]
        return layout


def objects_to_cloud(objects: Objects, stamp_ns: int, frame_id: str) -> PointCloud2:
    """Return the cloud that cloud_to_objects reads; every real number is kept exactly."""
    points = np.zeros(len(objects), dtype=_WRITTEN)
    for name in (*COLUMNS, 'id'):
        points[name] = getattr(objects, name)
    message = PointCloud2(
        height=1, width=len(objects), fields=_WRITTEN_FIELDS, is_bigendian=False,
        point_step=_WRITTEN.itemsize, row_step=points.nbytes, is_dense=True)
    # A property setter checks lists element by element; an array.array is taken as it is.
    message.data = array('B', points.tobytes())
    message.header.stamp = ns_to_stamp(stamp_ns)
    message.header.frame_id = frame_id
    return message


def _objects(
    data: Any, at: int, size: int, layout: _Layout | None, width: int, height: int, row_step: int,
) -> Objects:
    """Return the objects in the size bytes of data from at on; layout is None without fields."""
    if layout is None:
        if width * height or size:
            raise InvalidInput('the object cloud has points, but no fields')
        return Objects.of_rows([])
    count, step = width * height, layout.dtype.itemsize
    if height > 1 and row_step != width * step:
        raise InvalidInput('the rows of the object cloud are padded: publish it with height 1')
    if size != count * step:
        raise InvalidInput(
            f'the object cloud holds {size} bytes, but {count} points of {step} bytes are '
            'announced')
    if count <= FEW:
        rows = [*map(layout.sort, layout.row.iter_unpack(data[at:at + size]))]
        objects = Objects.of_rows(rows)
        check_rows(rows)
        return objects
    points = np.frombuffer(data, layout.dtype, count, at)
    table = np.empty((len(COLUMNS), count))
    for row, name in zip(table, COLUMNS, strict=True):
        row[:] = points[name]
    objects = Objects.of(table, points['id'])
    check_table(table, objects.id)
    return objects


# numpy takes longer to make a layout than to read a cloud.
@lru_cache(maxsize=8)
def _layout(
    fields: tuple[tuple[str, int, int, int], ...], is_bigendian: bool, point_step: int,
) -> _Layout:
    """Return how a point lies in memory; a field is its name, offset, datatype and count."""
    places = {name: (offset, datatype, count) for name, offset, datatype, count in fields}
    if 'vx' not in places:
        raise InvalidInput(
            'the object cloud has no field vx: it looks like lidar, but tracked objects are '
            'needed, with the fields x y z vx vy yaw length width id')
    wanted = (*COLUMNS, 'id')
    if len(places) != len(fields):
        names = [name for name, *_ in fields]
        twice = next((name for name in (*wanted, 'z') if names.count(name) > 1), '')
        if twice:
            raise Contradiction(f'the object cloud has the field {twice} twice: publish it once')
    missing = [name for name in wanted if name not in places]
    if missing:
        raise InvalidInput(f'the object cloud lacks the field {", ".join(missing)}')
    if point_step > LARGEST_STEP:
        raise InvalidInput(
            f'the points of the object cloud are {point_step} bytes apart: publish them closer')
    order = '>' if is_bigendian else '<'
    formats = []
    for name in wanted:
        offset, datatype, count = places[name]
        kind = _NUMPY_TYPES.get(datatype)
        if kind is None or count != 1:
            raise InvalidInput(
                f'the field {name} of the object cloud is not one number (datatype '
                f'{datatype}, count {count})')
        if offset + int(kind[1]) > point_step:
            raise InvalidInput(
                f'the field {name} of the object cloud ends after its point_step '
                f'{point_step}')
        formats.append(order + kind)
    return _Layout.of(np.dtype({
        'names': wanted, 'formats': formats, 'offsets': [places[name][0] for name in wanted],
        'itemsize': point_step}), order)
