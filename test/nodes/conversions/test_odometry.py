# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Odometry from its bytes: what rclpy reads, and one line where there is none to read."""

import struct

from geometry_msgs.msg import Quaternion
from hypothesis import given
from hypothesis import strategies as st
from nav_msgs.msg import Odometry
import pytest
from rclpy.serialization import deserialize_message, serialize_message

from drl_prune_ros.nodes.conversions.messages import ego_to_odometry, odometry_to_ego
from drl_prune_ros.nodes.conversions.odometry import read_odometry
from drl_prune_ros.perception.scene import Ego, InvalidInput

ANY = st.floats(allow_nan=True, allow_infinity=True)
FRAME = st.text(st.characters(exclude_characters='\0', codec='utf-8'), max_size=9)


def outcome(read):
    """Return what read gives, or the line that it refuses with."""
    try:
        return read()
    except InvalidInput as error:
        assert '\n' not in str(error)
        return str(error)


@given(
    sec=st.integers(-2**31, 2**31 - 1), nanosec=st.integers(0, 2**32 - 1), frame=FRAME,
    child=FRAME, position=st.tuples(ANY, ANY, ANY), turn=st.tuples(*[ANY] * 4),
    upright=st.booleans(), twist=st.tuples(*[ANY] * 6), covariance=ANY)
def test_the_bytes_say_what_rclpy_reads(
        sec, nanosec, frame, child, position, turn, upright, twist, covariance):
    message = Odometry()
    message.header.stamp.sec, message.header.stamp.nanosec = sec, nanosec
    message.header.frame_id, message.child_frame_id = frame, child
    pose, moved = message.pose.pose, message.twist.twist
    pose.position.x, pose.position.y, pose.position.z = position
    if not upright:
        pose.orientation = Quaternion(x=turn[0], y=turn[1], z=turn[2], w=turn[3])
    moved.linear.x, moved.linear.y, moved.linear.z = twist[:3]
    moved.angular.x, moved.angular.y, moved.angular.z = twist[3:]
    message.pose.covariance[:] = covariance
    message.twist.covariance[:] = covariance
    data = serialize_message(message)
    assert outcome(lambda: read_odometry(data)) == outcome(
        lambda: (odometry_to_ego(message), frame, child))


@pytest.mark.parametrize('frame', [b'', b'map', b'map\0', b'm\0ap\0', b'k\xf6rper\0', b'\0'])
def test_a_frame_is_what_rclpy_reads(frame):
    data = struct.pack(f'<4siII{len(frame)}s', b'\0\1\0\0', 5, 6, len(frame), frame)
    data += bytes(-len(data) % 4) + struct.pack(f'<I{len(frame)}s', len(frame), frame)
    data += bytes((4 - len(data)) % 8) + struct.pack('<85d', *[0] * 6, 1, *[0] * 78)
    header = deserialize_message(data, Odometry).header
    assert read_odometry(data) == (
        Ego(5_000_000_006, 0.0, 0.0, 0.0, 0.0), header.frame_id, header.frame_id)


def test_bytes_that_end_too_early_are_refused():
    data = serialize_message(ego_to_odometry(Ego(5, 1.0, 2.0, 0.1, 20.0), 'map', 'base_link'))
    whole = read_odometry(data)
    for length in range(len(data)):
        with pytest.raises(InvalidInput, match='no Odometry'):
            read_odometry(data[:length])
    assert whole[1:] == ('map', 'base_link')


@given(st.binary(max_size=800))
def test_any_bytes(data):
    outcome(lambda: read_odometry(b'\0\1\0\0' + data))


def test_big_endian_bytes_are_read_too():
    data = (struct.pack('>4xiII', 5, 6, 4) + b'map\0' + struct.pack('>I', 5) + b'base\0'
            + bytes(7) + struct.pack('>85d', 1, 2, 3, 0, 0, 0, 1, *[0] * 36, 7, 8, *[0] * 40))
    assert read_odometry(data) == (
        Ego(5_000_000_006, 1.0, 2.0, 0.0, 7.0, 0.0, 8.0), 'map', 'base')
