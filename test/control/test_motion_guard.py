# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a vehicle profile makes of holding, of stops and of the last command, without a road."""

import pytest

from drl_prune_ros.control import controller
from drl_prune_ros.control.command import Motion
from drl_prune_ros.control.motion_guard import HELD_S, MotionGuard
from drl_prune_ros.control.profile import load_profile

PROFILE = load_profile('passenger_car')
T = 0.05


def turning(speed, steering):
    return Motion(speed, 0.0, steering, controller.yaw_rate(PROFILE, speed, steering))


@pytest.mark.parametrize(('seconds', 'steering'), [(T, 0.025), (0.2, 0.0)])
def test_the_last_command_of_all_stands_and_lets_the_wheels_go_straight(seconds, steering):
    final = MotionGuard(PROFILE).final_stop_command(turning(5.0, 0.05), seconds, 0)
    assert (final.speed, final.yaw_rate, final.acceleration) == (0.0, 0.0, -2.5)
    assert final.steering == pytest.approx(steering), 'at 0.5 rad/s'


def test_the_wheels_of_a_vehicle_that_stands_stay_as_they_are():
    guard, standing = MotionGuard(PROFILE), turning(0.0, 0.05)
    assert guard.brake(standing, True, T, 0).steering == 0.05
    assert guard.final_stop_command(standing, T, 0).steering == 0.05


def test_a_curve_is_held_for_so_long_and_then_straightened():
    guard = MotionGuard(PROFILE)
    first = motion = turning(5.0, 0.05)
    for tick in range(1, 20):
        motion = guard.hold(motion, T, 0)
        assert motion.speed == 5.0
        assert motion.yaw_rate == controller.yaw_rate(PROFILE, 5.0, motion.steering)
        if tick * T <= HELD_S:
            assert motion == first
    assert motion.steering == 0.0


def test_a_stop_that_needs_more_than_the_limits_allow_is_an_emergency(monkeypatch):
    """Where the lane asks for more than the lateral acceleration that there is."""
    guard = MotionGuard(PROFILE)
    hardest = {}
    for wanted in (0.001, 0.5):
        monkeypatch.setattr(guard._keeper, 'steering', lambda last, now_ns, wanted=wanted: wanted)
        motion, slowest = turning(30.0, 0.0), 0.0
        for _ in range(60):
            motion = guard.brake(motion, False, T, 0)
            slowest = min(slowest, motion.acceleration)
        hardest[wanted] = slowest
    assert hardest == {0.001: -1.0, 0.5: -2.5}
