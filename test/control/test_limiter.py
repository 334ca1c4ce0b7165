# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Step by step, what the limiter makes of a wish."""

from dataclasses import replace
import math

import pytest

from drl_prune_ros.control import controller, limiter
from drl_prune_ros.control.command import Command, Decision, Motion
from drl_prune_ros.control.profile import load_profile, Stop
from drl_prune_ros.perception.scene import Ego

T = 0.2
STOP = Stop(deceleration=2.5, jerk=5.0)


@pytest.fixture(scope='module')
def car():
    return load_profile('passenger_car')


def wish(speed, acceleration=0.0, steering=0.0):
    """Ask for an acceleration and a steering angle, measured at a speed."""
    return Command(
        speed + acceleration * T, acceleration, steering, 0.0, stamp_ns=7,
        decision=Decision(1, 2, 25.0), decided=True)


def moving(car, speed, acceleration=0.0, steering=0.0):
    return Motion(speed, acceleration, steering, controller.yaw_rate(car, speed, steering))


def test_without_limits_nothing_is_changed(profile):
    wanted = wish(20.0, 9.0, 1.0)
    assert limiter.follow(profile, moving(profile, 3.0), wanted, T, T) is wanted


def test_what_is_within_the_limits_is_left_as_it_is(car):
    wanted = wish(20.0, 0.5, 0.01)
    command = limiter.follow(car, moving(car, 20.0), wanted, T, T)
    assert command == replace(wanted, yaw_rate=controller.yaw_rate(car, 20.1, 0.01))


@pytest.mark.parametrize(('wanted', 'acceleration'), [(9.0, 1.0), (-9.0, -1.0)])
def test_jerk_builds_acceleration_up(car, wanted, acceleration):
    command = limiter.follow(car, moving(car, 5.0), wish(5.0, wanted), T, T)
    assert command.acceleration == pytest.approx(acceleration)
    assert command.speed == pytest.approx(5.0 + acceleration * T)


@pytest.mark.parametrize(('before', 'wanted', 'acceleration'), [
    (2.9, 9.0, 3.0), (-4.9, -9.0, -5.0)])
def test_acceleration_and_deceleration_end_at_their_limits(car, before, wanted, acceleration):
    command = limiter.follow(car, moving(car, 5.0, before), wish(5.0, wanted), T, T)
    assert command.acceleration == acceleration


def test_a_vehicle_that_may_reverse_does_not_roll_back_as_it_sets_off(car):
    """What the brakes hold at a standstill is no motion."""
    car = replace(car, min_speed=-5.0)
    motion = moving(car, 0.0, -2.5)
    for _ in range(10):
        motion = limiter.follow(car, motion, wish(motion.speed, 2.0), T, T)
        assert motion.speed > 0.0


@pytest.mark.parametrize(('rate', 'measured'), [(15, -0.1), (5, -0.25), (50, -0.02)])
def test_a_measured_speed_below_zero_does_not_keep_a_vehicle_from_setting_off(
        car, rate, measured):
    """As of odometry with a bias, or on a hill."""
    motion = moving(car, 0.0, -2.5)
    for _ in range(3 * rate):
        wanted = Command(
            measured + 2.0 / rate, 2.0, 0.0, 0.0, stamp_ns=7, decision=Decision(1, 2, 25.0),
            decided=True)
        motion = limiter.follow(car, motion, wanted, 1 / rate, 1 / rate)
    assert motion.speed > 0.0


def test_a_measured_speed_that_jumps_does_not_carry_the_command_along(car):
    command = limiter.follow(car, moving(car, 20.0), wish(2.0), T, T)
    assert command.speed == pytest.approx(20.0 - 5.0 * T)


@pytest.mark.parametrize('side', [-1, 1])
def test_the_wheels_turn_at_their_rate_to_their_own_side(car, side):
    command = limiter.follow(car, moving(car, 2.0), wish(2.0, steering=side * 0.5), T, T)
    assert command.steering == pytest.approx(side * 0.5 * T)
    assert math.copysign(1, command.yaw_rate) == side


def test_a_bend_is_as_tight_as_the_sideways_acceleration_allows(car):
    speed = 20.0
    bound = limiter.steering_bound(car, speed)
    command = limiter.follow(
        car, moving(car, speed, steering=bound), wish(speed, steering=0.6), T, T)
    limit = car.limits.at(speed).lateral_acceleration
    assert command.speed * command.yaw_rate == pytest.approx(limit)


def test_speed_waits_for_wheels_that_straighten(car):
    slow = replace(car, limits=replace(car.limits, points=tuple(
        point._replace(steering_rate=1e-3) for point in car.limits.points)))
    steering = limiter.steering_bound(slow, 15.0)
    before = moving(slow, 15.0, 2.0, steering)
    command = limiter.follow(slow, before, wish(15.0, 2.0, 0.6), T, T)
    assert (command.speed, command.acceleration) == (15.0, 0.0)
    assert command.steering == steering


def test_it_begins_with_what_was_measured(car):
    ego = Ego(0, 0.0, 0.0, 0.0, speed=10.0, yaw_rate=0.2)
    motion = limiter.begin(car, ego)
    assert (motion.speed, motion.acceleration) == (10.0, 0.0)
    assert motion.yaw_rate == pytest.approx(0.2)
    assert limiter.begin(car, replace(ego, speed=0.0)).steering == 0.0
    assert limiter.begin(car, replace(ego, speed=50.0)).speed == car.max_speed


def test_holding_keeps_speed_and_curve_and_lets_the_throttle_go(car):
    before = moving(car, 10.0, 2.0, 0.1)
    assert limiter.hold(before, T) == replace(before, acceleration=0.0)


def test_holding_goes_on_braking(car):
    held = limiter.hold(moving(car, 10.0, -3.0, 0.1), T)
    assert (held.speed, held.acceleration) == (pytest.approx(9.4), -3.0)


@pytest.mark.parametrize('speed', [20.0, -4.0])
@pytest.mark.parametrize('steering', [0.0, 0.02, -0.02])
def test_braking_builds_up_and_keeps_the_wheels_as_they_are_wanted(profile, speed, steering):
    before = first = moving(profile, speed, steering=steering)
    steps = 0
    while before.speed:
        after = limiter.brake(profile, before, STOP, steering, 0.1)
        change = abs(after.acceleration) - abs(before.acceleration)
        assert 0.0 <= change <= STOP.jerk * 0.1 + 1e-12
        assert abs(after.acceleration) <= STOP.deceleration
        assert after.acceleration * speed < 0.0
        assert after.speed * speed >= 0.0
        if after.speed:
            assert after.yaw_rate / after.speed == pytest.approx(first.yaw_rate / first.speed)
        before, steps = after, steps + 1
    # A parabola and then a straight line.
    assert steps * 0.1 == pytest.approx(abs(speed) / 2.5 + 2.5 / 5.0 / 2, abs=0.2)
    assert (before.speed, before.yaw_rate, before.steering) == (0.0, 0.0, steering)
    assert limiter.brake(profile, before, STOP, steering, 0.1).speed == 0.0


def test_a_softer_stop_lets_the_brakes_go_gradually(car):
    softer = limiter.brake(car, moving(car, 20.0, -5.0), Stop(1.0, 1.0), 0.0, 0.1)
    assert softer.acceleration == pytest.approx(-4.9)


@pytest.mark.parametrize('wanted', [0.0, -0.6, 0.6])
def test_braking_turns_the_wheels_at_their_rate(car, wanted, outside):
    before = moving(car, 20.0, steering=0.01)
    while before.speed:
        after = limiter.brake(car, before, STOP, wanted, 0.05)
        assert outside(car, before, after, 0.05) == []
        assert abs(after.steering - wanted) <= abs(before.steering - wanted)
        before = after
    assert before.steering == wanted
