# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Frames that are neither of the odometry's; tf2 is not on PyPI, so a stand-in answers here."""

import math
import sys
from types import SimpleNamespace

from builtin_interfaces.msg import Time
from geometry_msgs.msg import Quaternion, TransformStamped, Vector3
import pytest

from drl_prune_ros.nodes.conversions.stamps import stamp_to_ns
from drl_prune_ros.nodes.conversions.transforms import Frames
from drl_prune_ros.perception.scene import InvalidInput, Objects

LATEST = Time(sec=5)
OBJECTS = Objects(x=[10.0], y=[2.0], vx=[5.0], vy=[0.0], yaw=[0.1], length=[4], width=[2], id=[3])


class TransformException(Exception):  # noqa: N818 - called so in tf2_ros
    pass


class ExtrapolationException(TransformException):
    pass


class Buffer:
    """Knows odom from lidar and radar, the latter mounted on base_link, until LATEST."""

    def lookup_transform(self, target_frame, source_frame, time):
        """Return the pose of the source frame in the target frame, as tf2 does."""
        if source_frame not in ('lidar', 'radar'):
            raise TransformException(f'"{source_frame}" does not exist')
        found = TransformStamped()
        if (target_frame, source_frame) == ('base_link', 'radar'):
            found.transform.translation = Vector3(x=3.0)
            found.transform.rotation = Quaternion(w=1.0)
            return found
        if target_frame != 'odom':
            raise ExtrapolationException('base_link moves in odom')
        if stamp_to_ns(time) > stamp_to_ns(LATEST):
            raise ExtrapolationException('extrapolation into the future')
        found.header.stamp = LATEST
        found.transform.translation = Vector3(x=100.0, y=50.0)
        found.transform.rotation = Quaternion(z=math.sin(math.pi / 4), w=math.cos(math.pi / 4))
        return found


class Listener:
    listening = 0

    def __init__(self, buffer, node):
        Listener.listening += 1

    def unregister(self):
        Listener.listening -= 1


@pytest.fixture
def tf2(monkeypatch):
    monkeypatch.setitem(sys.modules, 'tf2_ros', SimpleNamespace(
        Buffer=Buffer, TransformListener=Listener,
        TransformException=TransformException, ExtrapolationException=ExtrapolationException))


def test_tf2_says_where_the_frame_lies(tf2):
    pose, into = Frames(None).pose('objects', 'lidar', 'odom', 'base_link', LATEST)
    assert into == 'odom'
    placed = OBJECTS.placed(pose)
    # A quarter turn to the left: ahead of the lidar is to the left of the odometry.
    assert (placed.x[0], placed.y[0]) == pytest.approx((98.0, 60.0))
    assert (placed.vx[0], placed.vy[0]) == pytest.approx((0.0, 5.0))
    assert placed.yaw[0] == pytest.approx(0.1 + math.pi / 2)


def test_whoever_is_closed_listens_no_more(tf2):
    before, frames = Listener.listening, Frames(None)
    for _ in range(2):
        frames.pose('objects', 'lidar', 'odom', 'base_link', LATEST)
    assert Listener.listening == before + 1
    frames.close()
    frames.close()
    assert Listener.listening == before


def test_what_tf2_does_not_know_is_refused_with_its_reason(tf2):
    with pytest.raises(InvalidInput, match='and tf2 has no transform: "mars" does not exist'):
        Frames(None).pose('objects', 'mars', 'odom', 'base_link', LATEST)


@pytest.mark.reaction(
    'transforms', 'tf up to 0.2 s behind the sensor', 'the latest transform is used')
def test_tf2_a_little_behind_is_used_as_it_is(tf2):
    late = Time(sec=5, nanosec=150_000_000)
    pose, into = Frames(None).pose('objects', 'lidar', 'odom', 'base_link', late)
    assert (pose.x, pose.y, into) == (100.0, 50.0, 'odom')


@pytest.mark.reaction(
    'transforms', 'tf behind, a sensor mounted on the vehicle', 'the pose of odometry is used')
def test_a_sensor_on_the_vehicle_needs_no_tf2_of_its_motion(tf2):
    for late in (Time(sec=5, nanosec=50_000_000), Time(sec=60)):
        pose, into = Frames(None).pose('objects', 'radar', 'odom', 'base_link', late)
        assert (pose.x, pose.y, into) == (3.0, 0.0, 'base_link')


@pytest.mark.reaction('transforms', 'tf more than 0.2 s behind the sensor', 'input invalid')
@pytest.mark.parametrize('body', ['base_link', '', 'odom'])
def test_nothing_is_extrapolated_far(tf2, body):
    with pytest.raises(InvalidInput, match=r'the latest transform of tf2 is 0\.30 s from its'):
        Frames(None).pose('objects', 'lidar', 'odom', body, Time(sec=5, nanosec=300_000_000))


def test_without_tf2_the_refusal_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, 'tf2_ros', None)
    with pytest.raises(InvalidInput, match=r"'lidar', but .* 'odom': .*apt install"):
        Frames(None).pose('objects', 'lidar', 'odom', 'base_link', LATEST)
