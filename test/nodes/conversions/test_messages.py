# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import math

from builtin_interfaces.msg import Time
from geometry_msgs.msg import Quaternion, TwistStamped
from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from drl_prune_ros.control.command import Decision, Motion
from drl_prune_ros.nodes.conversions.messages import (
    answered_message,
    decision_to_message,
    ego_to_odometry,
    message_to_decision,
    odometry_to_ego,
    was_guarded,
    yaw_of,
)
from drl_prune_ros.nodes.conversions.outputs import twist
from drl_prune_ros.nodes.conversions.stamps import ns_to_stamp, stamp_to_ns
from drl_prune_ros.perception.scene import Ego, InvalidInput

EGO = Ego(1_200_000_000, 3.0, -4.0, 0.1, 20.0, 0.2, 0.3)
numbers = st.floats(-1e5, 1e5)


@given(st.integers(0, 2**31 * 10**9 - 1))
def test_stamps_keep_every_nanosecond(nanoseconds):
    assert stamp_to_ns(ns_to_stamp(nanoseconds)) == nanoseconds


@given(x=numbers, y=numbers, yaw=st.floats(-math.pi, math.pi), speed=numbers)
@settings(max_examples=200)
def test_odometry_says_what_the_ego_was(x, y, yaw, speed):
    ego = odometry_to_ego(ego_to_odometry(Ego(7, x, y, yaw, speed, 0.5, -0.25), 'map', 'car'))
    assert (ego.stamp_ns, ego.x, ego.y, ego.speed) == (7, x, y, speed)
    assert (ego.yaw_rate, ego.lateral_speed) == (0.5, -0.25)
    assert math.isclose(math.cos(ego.yaw), math.cos(yaw), abs_tol=1e-12)
    assert math.isclose(math.sin(ego.yaw), math.sin(yaw), abs_tol=1e-12)


def test_yaw_is_taken_from_a_full_rotation():
    roll, pitch, yaw = 0.02, -0.05, 1.3
    cr, sr, cp, sp, cy, sy = (
        function(angle / 2) for angle in (roll, pitch, yaw) for function in (math.cos, math.sin))
    message = ego_to_odometry(EGO, 'map', 'base_link')
    message.pose.pose.orientation = Quaternion(
        w=cr * cp * cy + sr * sp * sy, x=sr * cp * cy - cr * sp * sy,
        y=cr * sp * cy + sr * cp * sy, z=cr * cp * sy - sr * sp * cy)
    assert odometry_to_ego(message).yaw == pytest.approx(yaw, abs=1e-12)


@pytest.mark.parametrize(('turned', 'degrees'), [
    (Quaternion(x=1.0, w=0.0), 180), (Quaternion(x=0.6, y=0.8, w=0.0), 180),
    (Quaternion(x=-0.5, y=0.5, z=-0.5, w=0.5), 90)])
def test_a_frame_that_does_not_stand_upright_is_refused(turned, degrees):
    """In one that is upside down left is right; the last one is that of a camera."""
    with pytest.raises(InvalidInput, match=f'the z axis of a scanner is tilted by {degrees} deg'):
        yaw_of(turned, 'a scanner')


def test_an_orientation_that_was_never_set_is_refused():
    message = ego_to_odometry(EGO, 'map', 'base_link')
    message.pose.pose.orientation = Quaternion(w=0.0)
    with pytest.raises(InvalidInput, match='no rotation'):
        odometry_to_ego(message)


@pytest.mark.parametrize('value', [math.nan, math.inf])
def test_numbers_that_are_not_finite_are_refused(value):
    message = ego_to_odometry(EGO, 'map', 'base_link')
    message.pose.pose.position.x = value
    with pytest.raises(InvalidInput, match='x of the odometry'):
        odometry_to_ego(message)
    message = ego_to_odometry(EGO, 'map', 'base_link')
    message.pose.pose.orientation.z = value
    with pytest.raises(InvalidInput):
        odometry_to_ego(message)


def test_a_decision_survives():
    decision = Decision(3, 2, 25.0, 1)
    message = decision_to_message(Time(sec=4), decision)
    assert list(message.name)[:3] == ['action', 'target_lane', 'target_speed']
    assert message.header.stamp.sec == 4
    assert message_to_decision(message) == decision
    assert not was_guarded(message)
    assert was_guarded(decision_to_message(Time(), decision, guarded=True))


def test_a_decision_that_lacks_a_number_is_refused():
    message = decision_to_message(Time(), Decision(3, 2, 25.0))
    message.name = message.name[:2]
    with pytest.raises(InvalidInput, match='target_speed, target_segment'):
        message_to_decision(message)


def test_a_command_is_in_base_link_and_says_beside_it_what_it_answers():
    command = TwistStamped()
    twist.fill(command, Motion(21.0, 0.0, 0.0, -0.1), Time(sec=9), 'base_link')
    assert command.header.frame_id == 'base_link'
    assert (command.twist.linear.x, command.twist.angular.z) == (21.0, -0.1)
    answered = answered_message(command.header.stamp, 3_000_000_001)
    assert answered.header.stamp.sec == 9
    assert stamp_to_ns(answered.time_ref) == 3_000_000_001
