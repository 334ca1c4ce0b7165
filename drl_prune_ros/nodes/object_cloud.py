# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Objects as a PointCloud2, a point for each box.

Fields x y z (box centre, m), vx vy (velocity over ground in the axes of header.frame_id, m/s),
yaw (rad), length, width (m) and id. Any number type will do for a field; z is not read.
"""

from __future__ import annotations

from array import array

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
    values = {name: points[name].astype(np.float64) for name in REAL_FIELDS}
    return Objects(**values, id=points['id'].astype(np.int64))


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
    fields = {field.name: field for field in message.fields}
    if 'vx' not in fields:
        raise InvalidInput(
            'the object cloud has no field vx: it looks like lidar, but tracked objects are '
            'needed, with the fields x y z vx vy yaw length width id')
    wanted = (*REAL_FIELDS, 'id')
    missing = [name for name in wanted if name not in fields]
    if missing:
        raise InvalidInput(f'the object cloud lacks the field {", ".join(missing)}')
    order = '>' if message.is_bigendian else '<'
    formats = []
    for name in wanted:
        field = fields[name]
        kind = _NUMPY_TYPES.get(field.datatype)
        if kind is None or field.count != 1:
            raise InvalidInput(
                f'the field {name} of the object cloud is not one number (datatype '
                f'{field.datatype}, count {field.count})')
        if field.offset + int(kind[1]) > message.point_step:
            raise InvalidInput(
                f'the field {name} of the object cloud ends after its point_step '
                f'{message.point_step}')
        formats.append(order + kind)
    count = message.width * message.height
    row_bytes = message.width * message.point_step
    if message.height > 1 and message.row_step != row_bytes:
        raise InvalidInput('the rows of the object cloud are padded: publish it with height 1')
    if len(message.data) != count * message.point_step:
        raise InvalidInput(
            f'the object cloud holds {len(message.data)} bytes, but {count} points of '
            f'{message.point_step} bytes are announced')
    dtype = np.dtype({
        'names': wanted, 'formats': formats, 'offsets': [fields[name].offset for name in wanted],
        'itemsize': message.point_step})
    return np.frombuffer(message.data, dtype=dtype)
