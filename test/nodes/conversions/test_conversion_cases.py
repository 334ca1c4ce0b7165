# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Whatever a message holds: plain data that is sound, or one line that says why not."""

from array import array

from geometry_msgs.msg import Quaternion
from hypothesis import given
from hypothesis import strategies as st
from nav_msgs.msg import Odometry
import numpy as np
from rclpy.serialization import serialize_message
from sensor_msgs.msg import PointCloud2, PointField

from drl_prune_ros.nodes.conversions.messages import odometry_to_ego
from drl_prune_ros.nodes.conversions.object_cloud import (
    cloud_to_objects,
    CloudReader,
    objects_to_cloud,
)
from drl_prune_ros.perception.scene import COLUMNS, Ego, InvalidInput, Objects

ANY = st.floats(allow_nan=True, allow_infinity=True)
NAMES = (*COLUMNS, 'z', 'id')
FIELDS = st.lists(st.builds(
    PointField, name=st.sampled_from(NAMES), offset=st.integers(0, 80),
    datatype=st.integers(0, 9), count=st.integers(0, 2)), max_size=12)


def sound(*values):
    return all(np.isfinite(value).all() for value in values)


def outcome(read):
    """Return the numbers of the objects that read gives, or the line that it refuses with."""
    try:
        objects = read()
    except InvalidInput as error:
        return str(error)
    return [getattr(objects, name).tolist() for name in (*COLUMNS, 'id')]


@given(x=ANY, y=ANY, speed=ANY, rate=ANY, q=st.tuples(ANY, ANY, ANY, ANY))
def test_any_odometry(x, y, speed, rate, q):
    message = Odometry()
    message.pose.pose.position.x, message.pose.pose.position.y = x, y
    message.pose.pose.orientation = Quaternion(x=q[0], y=q[1], z=q[2], w=q[3])
    message.twist.twist.linear.x, message.twist.twist.angular.z = speed, rate
    try:
        ego = odometry_to_ego(message)
    except InvalidInput as error:
        assert '\n' not in str(error)
        return
    assert sound(ego.x, ego.y, ego.yaw, ego.speed, ego.yaw_rate)


@given(
    fields=FIELDS, width=st.integers(0, 4), height=st.integers(0, 2), step=st.integers(0, 90),
    row=st.integers(0, 200), data=st.binary(max_size=400), big=st.booleans())
def test_any_cloud(fields, width, height, step, row, data, big):
    message = PointCloud2(
        fields=fields, width=width, height=height, point_step=step, row_step=row,
        is_bigendian=big, data=array('B', data))
    assert outcome(lambda: CloudReader()(serialize_message(message))[0]) == outcome(
        lambda: cloud_to_objects(message))
    try:
        objects = cloud_to_objects(message)
    except InvalidInput as error:
        assert '\n' not in str(error)
        return
    assert sound(*(getattr(objects, name) for name in COLUMNS))
    assert len(objects) == width * height


@given(data=st.data(), count=st.integers(0, 3))
def test_a_cloud_of_any_numbers(data, count):
    """The layout is right here, so that the numbers are what is tested."""
    row = np.zeros(count)
    message = objects_to_cloud(
        Objects(x=row, y=row, vx=row, vy=row, yaw=row, length=row, width=row, id=row), 0, 'map')
    size = len(message.data)
    message.data = array('B', data.draw(st.binary(min_size=size, max_size=size)))
    try:
        objects = cloud_to_objects(message)
    except InvalidInput:
        return
    assert sound(*(getattr(objects, name) for name in COLUMNS))


NUMBER = st.floats(-1e6, 1e6)


@given(x=NUMBER, y=NUMBER, yaw=st.floats(-7, 7), point=st.tuples(NUMBER, NUMBER))
def test_placing_objects_turns_them_rigidly(x, y, yaw, point):
    ego = Ego(0, x, y, yaw, 1.0)
    objects = Objects(
        x=[0.0, point[0]], y=[0.0, point[1]], vx=[1.0, 0.0], vy=[0.0, 2.0], yaw=[0.0, 0.0],
        length=[1, 1], width=[1, 1], id=[0, 1])
    placed = objects.placed(ego.pose)
    assert (placed.x[0], placed.y[0]) == (x, y)
    assert np.allclose(np.hypot(*np.diff([placed.x, placed.y])), np.hypot(*point), atol=1e-6)
    assert np.allclose(np.hypot(placed.vx, placed.vy), [1.0, 2.0])
    # One meter ahead of the vehicle is one meter ahead in its own frame.
    ahead = ego.ahead(1.0)
    there = Objects(x=[1.0], y=[0], vx=[0], vy=[0], yaw=[0], length=[0], width=[0], id=[0])
    there = there.placed(ego.pose)
    assert np.allclose((there.x[0], there.y[0]), (ahead.x, ahead.y))
