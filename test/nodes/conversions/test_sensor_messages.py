# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Messages of lidars, grids and named numbers: what they say, and whatever they hold."""

from array import array
import math

from geometry_msgs.msg import Point, Pose, Quaternion
from hypothesis import given
from hypothesis import strategies as st
from nav_msgs.msg import MapMetaData, OccupancyGrid
import numpy as np
import pytest
from rclpy.serialization import serialize_message
from sensor_msgs.msg import JointState, LaserScan

from drl_prune_ros.nodes.conversions.laser_scan import message_to_scan
from drl_prune_ros.nodes.conversions.object_cloud import objects_to_cloud
from drl_prune_ros.nodes.conversions.occupancy_grid import message_to_layer
from drl_prune_ros.nodes.conversions.sensors import load_sensor, message_to_values
from drl_prune_ros.nodes.conversions.stamps import ns_to_stamp
from drl_prune_ros.perception.driving_context import DrivingContext
from drl_prune_ros.perception.lidar import Lidar
from drl_prune_ros.perception.named_values import NamedValues
from drl_prune_ros.perception.occupancy_grid import OccupancyGrid as GridObserver
from drl_prune_ros.perception.scene import Ego, InvalidInput, Objects
from drl_prune_ros.policy.contracts import ObservationContract

ANY = st.floats(width=32, allow_nan=True, allow_infinity=True)
PLACE = DrivingContext(Ego(0, 0.0, 0.0, 0.0, 0.0))


def contract(kind, shape, features, frame, **options):
    size = len(features)
    return ObservationContract(
        kind, shape, features, ('1',) * size, ((None, None),) * size, False, False, frame, 5, 5,
        options)


LIDAR = Lidar(contract('lidar', (4, 1), ('distance',), 'vehicle', maximum_range=60))
GRID = GridObserver(contract(
    'occupancy_grid', (1, 2, 2), ('on_road',), 'vehicle', grid_size=[[-2, 2], [-2, 2]],
    grid_step=[2, 2]))
VECTOR = NamedValues(contract('vector', (2,), ('a', 'b.effort'), 'none'))


def scan(*ranges, step=math.pi / 2, **changed):
    return LaserScan(**{
        'angle_min': 0.0, 'angle_max': step * (len(ranges) - 1), 'angle_increment': step,
        'range_min': 0.5, 'range_max': 100.0,
        'ranges': array('f', ranges), **changed})


def test_a_scan_is_read_by_rep_117():
    read = message_to_scan(scan(10.0, math.inf, -math.inf, math.nan, 0.4, 101.0, 100.0, step=1.0))
    assert np.array_equal(
        read.ranges, [10, np.inf, 0, np.nan, np.nan, np.nan, 100], equal_nan=True)
    assert read.bearings[:2].tolist() == pytest.approx([0.0, 1.0])
    assert read.reach == 100.0


@pytest.mark.parametrize(('message', 'reason'), [
    (scan(), 'no beams'), (scan(1.0, angle_min=math.nan), 'angle_min of the scan is nan'),
    (scan(1.0, range_max=math.inf), 'range_max of the scan is inf'),
])
def test_a_scan_that_cannot_be_used(message, reason):
    with pytest.raises(InvalidInput, match=reason):
        message_to_scan(message)


def grid(data, width=2, height=2, resolution=2.0, origin=None):
    pose = Pose(position=origin or Point(x=-2.0, y=-2.0), orientation=Quaternion(w=1.0))
    return OccupancyGrid(
        info=MapMetaData(resolution=resolution, width=width, height=height, origin=pose),
        data=array('b', data))


def test_the_first_row_of_a_grid_is_the_rightmost_and_goes_ahead():
    layer = message_to_layer(grid([0, 100, 0, 0]))
    assert layer.percent.tolist() == [[0, 100], [0, 0]]
    # Ahead of the middle, right of it.
    assert GRID.observe(PLACE, layer)[0].tolist() == [[0, 0], [0, 1]]
    turned = grid([0, 100, 0, 0], origin=Point(x=2.0, y=-2.0))
    turned.info.origin.orientation = Quaternion(z=math.sqrt(0.5), w=math.sqrt(0.5))
    assert GRID.observe(PLACE, message_to_layer(turned))[0].tolist() == [[0, 0], [1, 0]]


@pytest.mark.parametrize(('message', 'reason'), [
    (grid([0, 0, 0]), '3 cells, but 2 x 2'), (grid([0, 0, 0, 101]), 'neither -1 nor 0 to 100'),
    (grid([0] * 4, resolution=0.0), 'resolution of a grid is 0'),
    (grid([0] * 4, origin=Point(x=math.nan)), 'origin of a grid is nan'),
])
def test_a_grid_that_cannot_be_used(message, reason):
    with pytest.raises(InvalidInput, match=reason):
        message_to_layer(message)


@pytest.mark.parametrize(('name', 'kind'), [
    ('scan', LaserScan), ('vector', JointState), ('grid/presence', OccupancyGrid)])
def test_sensors_are_known_by_name(name, kind):
    assert load_sensor(name, 'cloud').message_type is kind


@pytest.mark.parametrize(('name', 'message'), [
    ('objects', objects_to_cloud(Objects.none(), 0, 'map')), ('scan', scan(1.0)),
    ('vector', JointState(name=['a'], position=[1.0]))])
def test_a_stamp_that_no_answer_can_carry_is_refused(name, message):
    read = load_sensor(name, 'cloud').read
    message.header.stamp.sec, message.header.stamp.nanosec = 2**31 - 1, 10**9 - 1
    stamp_ns = read(serialize_message(message))[1]
    assert ns_to_stamp(stamp_ns) == message.header.stamp
    message.header.stamp.nanosec += 1
    with pytest.raises(InvalidInput, match='later than any'):
        read(serialize_message(message))


@pytest.mark.parametrize('name', ['objects', 'scan', 'vector', 'grid/presence'])
@pytest.mark.parametrize('data', [
    b'', b'\0', b'\0\1', b'\0\1\0\0', b'\0\0\0\0', b'\0\7\0\0' + b'\xff' * 99])
def test_bytes_that_are_no_message_are_refused(name, data):
    with pytest.raises(InvalidInput, match='bytes arrived that are no'):
        load_sensor(name, 'cloud').read(data)


def observed(observer, read, message):
    """Return what a message becomes, None where it is refused in one line."""
    try:
        seen = observer.observe(PLACE, read(message))
    except InvalidInput as error:
        assert '\n' not in str(error)
        return None
    assert np.isfinite(seen).all() and seen.dtype == np.float32
    return seen


@given(
    ranges=st.lists(ANY, max_size=9), first=ANY, step=ANY, least=ANY, most=ANY)
def test_any_scan(ranges, first, step, least, most):
    seen = observed(LIDAR, message_to_scan, LaserScan(
        ranges=array('f', ranges), angle_min=first, angle_increment=step, range_min=least,
        range_max=most))
    assert seen is None or (seen.shape == (4, 1) and seen.max() <= 60)


@given(
    data=st.lists(st.integers(-128, 127), max_size=20), width=st.integers(0, 5),
    height=st.integers(0, 5), resolution=ANY, x=ANY, y=ANY, q=st.tuples(ANY, ANY, ANY, ANY))
def test_any_grid(data, width, height, resolution, x, y, q):
    message = grid(data, width, height, resolution, Point(x=x, y=y))
    message.info.origin.orientation = Quaternion(x=q[0], y=q[1], z=q[2], w=q[3])
    seen = observed(GRID, message_to_layer, message)
    assert seen is None or set(seen.ravel()) <= {0, 1}


@given(cells=st.lists(st.integers(-1, 100), min_size=16, max_size=16))
def test_a_grid_of_any_cells(cells):
    """It covers what is seen here, so that the cells are what is tested."""
    message = grid(cells, 4, 4, 1.0)
    seen = observed(GRID, message_to_layer, message)
    known = [set(np.array(cells).reshape(4, 4)[i:i + 2, j:j + 2].ravel()) - {-1}
             for j in (0, 2) for i in (2, 0)]
    assert (seen is None) == (not all(known))
    if seen is not None:
        assert seen.ravel().tolist() == [max(one) >= 50 for one in known]


@given(
    names=st.lists(st.sampled_from(['a', 'b', 'c']), max_size=4),
    numbers=st.tuples(*3 * [st.lists(ANY, max_size=4)]))
def test_any_vector(names, numbers):
    position, velocity, effort = numbers
    seen = observed(VECTOR, message_to_values, JointState(
        name=names, position=position, velocity=velocity, effort=effort))
    if seen is not None:
        assert seen[0] == np.float32(position[names.index('a')])
        assert seen[1] == np.float32(effort[names.index('b')])
