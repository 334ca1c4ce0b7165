# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Frames that are neither of the odometry's; tf2 is not on PyPI, so a stand-in answers here."""

import math
import sys
from types import SimpleNamespace

from builtin_interfaces.msg import Time
from geometry_msgs.msg import Quaternion, TransformStamped, Vector3
import pytest

from drl_prune_ros.nodes.conversions.transforms import Frames
from drl_prune_ros.perception.scene import InvalidInput, Objects

OBJECTS = Objects(x=[10.0], y=[2.0], vx=[5.0], vy=[0.0], yaw=[0.1], length=[4], width=[2], id=[3])


class TransformException(Exception):  # noqa: N818 - called so in tf2_ros
    pass


class Buffer:
    def lookup_transform(self, target_frame, source_frame, time):
        """Return the pose of the source frame in the target frame, as tf2 does."""
        if source_frame != 'lidar':
            raise TransformException(f'"{source_frame}" does not exist')
        assert (target_frame, time) == ('odom', Time(sec=5))
        found = TransformStamped()
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
        TransformException=TransformException))


def test_tf2_says_where_the_frame_lies(tf2):
    placed = OBJECTS.placed(Frames(None).pose('objects', 'lidar', 'odom', Time(sec=5)))
    # A quarter turn to the left: ahead of the lidar is to the left of the odometry.
    assert (placed.x[0], placed.y[0]) == pytest.approx((98.0, 60.0))
    assert (placed.vx[0], placed.vy[0]) == pytest.approx((0.0, 5.0))
    assert placed.yaw[0] == pytest.approx(0.1 + math.pi / 2)


def test_whoever_is_closed_listens_no_more(tf2):
    before, frames = Listener.listening, Frames(None)
    for _ in range(2):
        frames.pose('objects', 'lidar', 'odom', Time(sec=5))
    assert Listener.listening == before + 1
    frames.close()
    frames.close()
    assert Listener.listening == before


def test_what_tf2_does_not_know_is_refused_with_its_reason(tf2):
    with pytest.raises(InvalidInput, match='and tf2 has no transform: "mars" does not exist'):
        Frames(None).pose('objects', 'mars', 'odom', Time(sec=5))


def test_without_tf2_the_refusal_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, 'tf2_ros', None)
    with pytest.raises(InvalidInput, match=r"'lidar', but .* 'odom': .*apt install"):
        Frames(None).pose('objects', 'lidar', 'odom', Time(sec=5))
