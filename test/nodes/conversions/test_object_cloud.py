# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
from array import array
import math

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest
from rclpy.serialization import serialize_message
from sensor_msgs.msg import PointCloud2, PointField

from drl_prune_ros.nodes.conversions.object_cloud import (
    cloud_to_objects,
    CloudReader,
    FEW,
    objects_to_cloud,
)
from drl_prune_ros.perception.scene import Contradiction, InvalidInput, Objects

NAMES = ('x', 'y', 'vx', 'vy', 'yaw', 'length', 'width')


def some_objects(count):
    random = np.random.default_rng(count)
    most = {'x': 9e3, 'y': 9e3, 'length': 20.0, 'width': 4.0}
    return Objects(
        **{name: random.uniform(0.5, most.get(name, 40.0), count) for name in NAMES},
        id=np.arange(count) + 7)


def cloud_of(dtype, big_endian=False, **values):
    """Return a cloud with the fields of a packed numpy type, one point."""
    kinds = {'f4': PointField.FLOAT32, 'f8': PointField.FLOAT64, 'u2': PointField.UINT16}
    points = np.zeros(1, dtype=dtype)
    for name, value in values.items():
        points[name] = value
    message = PointCloud2(
        height=1, width=1, point_step=points.itemsize, row_step=points.itemsize,
        is_bigendian=big_endian, fields=[
            PointField(name=name, offset=points.dtype.fields[name][1], count=1,
                       datatype=kinds[points.dtype[name].str[1:]])
            for name in points.dtype.names])
    message.data = array('B', points.tobytes())
    return message


@pytest.mark.parametrize('count', [0, 1, 20])
def test_objects_survive_exactly(count):
    objects = some_objects(count)
    message = objects_to_cloud(objects, 5_000_000_001, 'map')
    assert (message.header.stamp.sec, message.header.stamp.nanosec) == (5, 1)
    assert [field.name for field in message.fields] == [
        'x', 'y', 'z', 'vx', 'vy', 'yaw', 'length', 'width', 'id']
    read = cloud_to_objects(message)
    for name in (*NAMES, 'id'):
        np.testing.assert_array_equal(getattr(read, name), getattr(objects, name))


@pytest.mark.parametrize(('order', 'big_endian'), [('<', False), ('>', True)])
def test_other_number_types_byte_orders_and_places_are_read(order, big_endian):
    dtype = np.dtype([('id', order + 'u2'), ('intensity', order + 'f4'),
                      *((name, order + 'f4') for name in reversed(NAMES))])
    read = cloud_to_objects(cloud_of(
        dtype, big_endian, id=300, x=1.5, y=-2.5, vx=3.5, vy=0.25, yaw=0.5, length=5, width=2))
    assert [float(getattr(read, name)[0]) for name in NAMES] == [1.5, -2.5, 3.5, 0.25, 0.5, 5, 2]
    assert read.id.tolist() == [300]


@pytest.mark.parametrize('count', [FEW, FEW + 1])
def test_few_and_many_objects_are_the_same_to_read(count):
    objects = some_objects(count)
    message = objects_to_cloud(objects, 0, 'map')
    assert same(cloud_to_objects(message), objects)
    assert len(cloud_to_objects(message)) == count
    for name, value, complaint in (
            ('vy', math.nan, 'vy of an object is NaN'), ('yaw', -math.inf, 'yaw of an object'),
            ('length', -1.0, 'length or width'), ('width', -1.0, 'length or width')):
        spoilt = Objects.none()
        for each in (*NAMES, 'id'):
            setattr(spoilt, each, np.array(getattr(objects, each)))
        getattr(spoilt, name)[-1] = value
        with pytest.raises(InvalidInput, match=complaint):
            cloud_to_objects(objects_to_cloud(spoilt, 0, 'map'))


def test_finite_numbers_too_large_to_add_up_are_read():
    dtype = np.dtype([('id', '<u2'), *((name, '<f8') for name in NAMES)])
    read = cloud_to_objects(cloud_of(dtype, x=1.5e308, y=1.5e308, id=7))
    assert (read.x.tolist(), read.y.tolist(), read.id.tolist()) == ([1.5e308], [1.5e308], [7])


def test_a_lidar_cloud_is_refused():
    lidar = cloud_of(np.dtype([(name, '<f4') for name in ('x', 'y', 'z', 'intensity')]))
    with pytest.raises(InvalidInput, match='looks like lidar'):
        cloud_to_objects(lidar)


def change(**attributes):
    def apply(message):
        for name, value in attributes.items():
            setattr(message, name, value)
    return apply


def change_field(index, **attributes):
    def apply(message):
        field = PointField(**{
            name: getattr(message.fields[index], name)
            for name in ('name', 'offset', 'datatype', 'count')})
        for name, value in attributes.items():
            setattr(field, name, value)
        message.fields = [*message.fields[:index], field, *message.fields[index + 1:]]
    return apply


@pytest.mark.parametrize(('spoil', 'complaint'), [
    (change_field(8, name='track'), 'lacks the field id'),
    (change_field(5, count=2), 'yaw of the object cloud is not one number'),
    (change_field(5, datatype=99), 'yaw of the object cloud is not one number'),
    (change_field(8, offset=66), 'id of the object cloud ends after its point_step'),
    (change(data=array('B', b'too short')), 'holds 9 bytes'),
    (change(width=3), 'bytes, but 3 points'),
    (change(width=1, height=2, row_step=100), 'padded'),
])
def test_a_cloud_that_contradicts_itself_is_refused(spoil, complaint):
    message = objects_to_cloud(some_objects(2), 0, 'map')
    spoil(message)
    with pytest.raises(InvalidInput, match=complaint):
        cloud_to_objects(message)


def twice(name):
    def apply(message):
        message.fields = [*message.fields, next(
            field for field in message.fields if field.name == name)]
    return apply


def rows_of(count, **changed):
    """Return a cloud of objects in a row, the last of them changed."""
    columns = {name: [value] * count for name, value in (
        ('y', 0.0), ('vx', 20.0), ('vy', 0.0), ('yaw', 0.0), ('length', 4.5), ('width', 1.8))}
    columns['x'], columns['id'] = [10.0 * n for n in range(count)], list(range(1, count + 1))
    for name, value in changed.items():
        columns[name][-1] = value
    return objects_to_cloud(Objects(**columns), 0, 'map')


@pytest.mark.parametrize('name', [
    pytest.param(name, marks=pytest.mark.reaction(
        'inside one message', f'an object cloud with the field {name} twice', 'inputs contradict'))
    for name in ('x', 'vx', 'z', 'id')])
def test_a_field_that_stands_twice_is_refused(name):
    message = rows_of(3)
    twice(name)(message)
    for read in (cloud_to_objects, lambda cloud: CloudReader()(serialize_message(cloud))):
        with pytest.raises(Contradiction, match=f'has the field {name} twice'):
            read(message)


@pytest.mark.parametrize(('changed', 'words'), [
    pytest.param(changed, words, id=name, marks=pytest.mark.reaction(
        'inside one message', f'an object {name}', 'inputs contradict'))
    for name, changed, words in (
        ('4500 m long (mm)', {'length': 4500.0}, '4500 m long'),
        ('450 m long (cm)', {'length': 450.0}, '450 m long'),
        ('31 m wide', {'width': 31.0}, '31 m wide'),
        ('4.5 mm long (km)', {'length': 0.0045}, '0.0045 m long'),
        ('of the other byte order', {'width': 5e-320}, 'm wide'),
        ('at 400 m/s', {'vx': 400.0}, '400, 0 m/s'), ('at -1e300 m/s', {'vy': -1e300}, 'e.300'),
        ('whose id another one has', {'id': 1}, 'the id 1 stands twice'))])
@pytest.mark.parametrize('count', [2, FEW + 1])
def test_an_object_that_cannot_be_one_is_refused(count, changed, words):
    with pytest.raises(Contradiction, match=words):
        cloud_to_objects(rows_of(count, **changed))


@pytest.mark.parametrize('count', [2, FEW + 1])
@pytest.mark.parametrize('number', [0, 2**32 - 1])
def test_objects_without_ids_sizes_or_motion_are_read(count, number):
    cloud = cloud_to_objects(objects_to_cloud(Objects(
        **{name: np.zeros(count) for name in NAMES}, id=np.full(count, number)), 0, 'map'))
    assert len(cloud) == count


def test_large_vehicles_and_clusters_are_read():
    cloud_to_objects(rows_of(2, length=54.0, width=8.0))
    cloud_to_objects(rows_of(2, length=90.0, width=25.0))


@pytest.mark.reaction(
    'inside one message', 'an empty cloud without fields', 'no objects: driven on')
def test_an_empty_cloud_without_fields_is_no_objects():
    read, empty = CloudReader(), PointCloud2(height=1)
    for cloud in (empty, rows_of(3), PointCloud2(), rows_of(2)):
        count = cloud.width * cloud.height
        assert len(cloud_to_objects(cloud)) == len(read(serialize_message(cloud))[0]) == count


def test_points_without_fields_are_refused():
    cloud = PointCloud2(height=1, width=2, point_step=4, row_step=8, data=array('B', bytes(8)))
    for data in (cloud, PointCloud2(height=1, width=2), PointCloud2(data=array('B', b'x'))):
        with pytest.raises(InvalidInput, match='has points, but no fields'):
            CloudReader()(serialize_message(data))


@pytest.mark.parametrize(('spoil', 'first', 'second'), [
    (change_field(0, offset=8), 'x', 'y'),
    (change_field(8, offset=56, datatype=PointField.FLOAT64), 'id', 'width')])
@pytest.mark.reaction(
    'inside one message', 'two fields of an object cloud in the same bytes', 'inputs contradict')
def test_fields_that_overlap_are_refused(spoil, first, second):
    message = objects_to_cloud(some_objects(2), 0, 'map')
    spoil(message)
    with pytest.raises(Contradiction, match=f'field ({first}|{second}) .* the same bytes'):
        cloud_to_objects(message)


def test_numbers_that_are_not_finite_are_refused():
    dtype = np.dtype([('id', '<u2'), *((name, '<f8') for name in NAMES)])
    with pytest.raises(InvalidInput, match='vy of an object is NaN'):
        cloud_to_objects(cloud_of(dtype, vy=math.nan))


def same(one, other):
    return all(np.array_equal(getattr(one, name), getattr(other, name))
               for name in (*NAMES, 'id'))


@pytest.mark.parametrize('frame_id', ['', 'map', 'base_link', 'é'])
def test_the_bytes_of_a_cloud_say_what_rclpy_reads(frame_id):
    read = CloudReader()
    packed = np.dtype([(name, '<f4') for name in (*NAMES, 'id')])
    backwards = np.dtype([(name, '>f4') for name in ('id', *reversed(NAMES))])
    clouds = [objects_to_cloud(some_objects(count), 5_000_000_001, frame_id)
              for count in (3, 0, 20)]
    clouds += [cloud_of(packed, x=1.5), clouds[0], cloud_of(backwards, True, vy=2.5)]
    for cloud in clouds:
        objects, stamp_ns, frame = read(serialize_message(cloud))
        assert same(objects, cloud_to_objects(cloud))
        assert frame == cloud.header.frame_id
        assert stamp_ns == cloud.header.stamp.sec * 10**9 + cloud.header.stamp.nanosec


def test_a_spoilt_cloud_is_refused_from_its_bytes_and_the_next_one_read():
    read = CloudReader()
    objects = some_objects(3)
    sound = serialize_message(objects_to_cloud(objects, 1, 'map'))
    lidar = serialize_message(cloud_of(
        np.dtype([(name, '<f4') for name in ('x', 'y', 'z', 'intensity')])))
    wrong = objects_to_cloud(objects, 1, 'map')
    wrong.width = 4
    for spoilt, complaint in (
            (lidar, 'looks like lidar'), (serialize_message(wrong), 'but 4 points'),
            *((sound[:length], 'no PointCloud2') for length in range(len(sound)))):
        with pytest.raises(InvalidInput, match=complaint):
            read(spoilt)
        assert same(read(sound)[0], objects)


@pytest.mark.parametrize('step', [2**31, 2**32 - 1])
def test_points_that_no_layout_reaches_across_are_refused(step):
    cloud = objects_to_cloud(Objects.none(), 1, 'map')
    cloud.point_step = step
    for read in (lambda: cloud_to_objects(cloud), lambda: CloudReader()(serialize_message(cloud))):
        with pytest.raises(InvalidInput, match='bytes apart'):
            read()


def test_a_cloud_of_countless_fields_is_refused_without_reading_them():
    cloud = objects_to_cloud(some_objects(3), 1, 'map')
    cloud.fields = [*cloud.fields, *[PointField(name='more')] * 300]
    with pytest.raises(InvalidInput, match='309 fields'):
        CloudReader()(serialize_message(cloud))


@given(st.binary(max_size=300), st.integers(0, 400))
def test_any_bytes_in_the_place_of_a_cloud(data, kept):
    sound = serialize_message(objects_to_cloud(some_objects(1), 1, 'map'))
    try:
        CloudReader()(sound[:kept] + data)
    except InvalidInput as error:
        assert '\n' not in str(error)
