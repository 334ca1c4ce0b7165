# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Objects as a PointCloud2, a point for each box.

Fields x y z (box centre, m), vx vy (velocity over ground in the axes of header.frame_id, m/s),
yaw (rad), length, width (m) and id. Any number type will do for a field; z is not read.
"""

from __future__ import annotations

from array import array
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import PointCloud2, PointField

from drl_prune_ros.nodes.messages import ns_to_stamp
from drl_prune_ros.perception.scene import InvalidInput, Objects

REAL_FIELDS = ('x', 'y', 'vx', 'vy', 'yaw', 'length', 'width')
_NUMPY_TYPES = {
    PointField.INT8: 'i1', PointField.UINT8: 'u1', PointField.INT16: 'i2',
    PointField.UINT16: 'u2', PointField.INT32: 'i4', PointField.UINT32: 'u4',
    PointField.FLOAT32: 'f4', PointField.FLOAT64: 'f8',
}
# Doubles, so that nothing of what the simulator says is lost on the way.
_WRITTEN = np.dtype([
    *((name, '<f8') for name in ('x', 'y', 'z', 'vx', 'vy', 'yaw', 'length', 'width')),
    ('id', '<u4'),
])
_WRITTEN_FIELDS = [
    PointField(
        name=name, offset=8 * place, count=1,
        datatype=PointField.UINT32 if name == 'id' else PointField.FLOAT64)
    for place, name in enumerate(_WRITTEN.names or ())]


def cloud_to_objects(message: PointCloud2) -> Objects:
    """
    Return the objects in a cloud, in the axes of its header.frame_id.

    Raises InvalidInput, in one line, when the cloud looks like lidar (it has no vx), lacks another
    field, contradicts itself, or when a number in it is not finite.
    """
    points = _points(message)
    return Objects(**{name: points[name] for name in (*REAL_FIELDS, 'id')})


def objects_to_cloud(objects: Objects, stamp_ns: int, frame_id: str) -> PointCloud2:
    """Return the cloud that cloud_to_objects reads; every real number is kept exactly."""
    points = np.zeros(len(objects), dtype=_WRITTEN)
    for name in (*REAL_FIELDS, 'id'):
        points[name] = getattr(objects, name)
    message = PointCloud2(
        height=1, width=len(objects), fields=_WRITTEN_FIELDS, is_bigendian=False,
        point_step=_WRITTEN.itemsize, row_step=points.nbytes, is_dense=True)
    # A property setter checks lists element by element; an array.array is taken as it is.
    message.data = array('B', points.tobytes())
    message.header.stamp = ns_to_stamp(stamp_ns)
    message.header.frame_id = frame_id
    return message


def _points(message: PointCloud2) -> NDArray[np.void]:
    layout = _layout(
        tuple((field.name, field.offset, field.datatype, field.count) for field in message.fields),
        message.is_bigendian, message.point_step)
    count = message.width * message.height
    row_bytes = message.width * message.point_step
    if message.height > 1 and message.row_step != row_bytes:
        raise InvalidInput('the rows of the object cloud are padded: publish it with height 1')
    if len(message.data) != count * message.point_step:
        raise InvalidInput(
            f'the object cloud holds {len(message.data)} bytes, but {count} points of '
            f'{message.point_step} bytes are announced')
    return np.frombuffer(message.data, dtype=layout)


# A sensor keeps to one layout, and numpy takes longer to make one than to read a cloud.
@lru_cache(maxsize=8)
def _layout(
    fields: tuple[tuple[str, int, int, int], ...], is_bigendian: bool, point_step: int,
) -> np.dtype:
    """Return how a point lies in memory; a field is its name, offset, datatype and count."""
    places = {name: (offset, datatype, count) for name, offset, datatype, count in fields}
    if 'vx' not in places:
        raise InvalidInput(
            'the object cloud has no field vx: it looks like lidar, but tracked objects are '
            'needed, with the fields x y z vx vy yaw length width id')
    wanted = (*REAL_FIELDS, 'id')
    missing = [name for name in wanted if name not in places]
    if missing:
        raise InvalidInput(f'the object cloud lacks the field {", ".join(missing)}')
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
    return np.dtype({
        'names': wanted, 'formats': formats, 'offsets': [places[name][0] for name in wanted],
        'itemsize': point_step})
