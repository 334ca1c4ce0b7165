# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Pose against twist: lies are found within a second, and an honest car is never refused."""

from dataclasses import replace
import math

from hypothesis import given
from hypothesis import strategies as st
import pytest

from drl_prune_ros.perception.motion_check import MotionCheck
from drl_prune_ros.perception.scene import Contradiction, Ego

S = 1_000_000_000
DRIVE_S = 15.0   # simulated by an example; 100,000 of them are 416 hours


def refusals(odometry):
    """Return the (seconds since the first message, reason) of all that is refused."""
    check, first, found = MotionCheck(), None, []
    for ego in odometry:
        first = first or ego.stamp_ns
        try:
            check.check(ego)
        except Contradiction as error:
            found.append(((ego.stamp_ns - first) * 1e-9, str(error)))
    return found


@given(number=st.integers(0, 2**32))
def test_an_honest_car_is_never_refused(honest_car, number):
    assert refusals(honest_car(number).odometry(DRIVE_S)) == []


def lies(name, speed, yaw_rate, reason, lie, yaw=1.2):
    return pytest.param(speed, yaw_rate, yaw, lie, reason, id=name, marks=pytest.mark.reaction(
        'pose against twist', name, 'inputs contradict, within 1 s of motion'))


def in_world_axes(ego):
    cos, sin = math.cos(ego.yaw), math.sin(ego.yaw)
    return replace(
        ego, speed=cos * ego.speed - sin * ego.lateral_speed,
        lateral_speed=sin * ego.speed + cos * ego.lateral_speed)


def changed(**by):
    return lambda ego: replace(ego, **{name: change(ego) for name, change in by.items()})


def mirrored(ego):
    return replace(ego, y=-ego.y)


LIES = [
    lies('twist in the axes of the world, at 3 m/s', 3.0, 0.0, 'axes of child_frame_id',
         in_world_axes),
    lies('twist in the axes of the world, northward at 25 m/s', 25.0, 0.0, 'no car|as no car',
         in_world_axes, yaw=math.pi / 2),
    lies('speed in km/h, at 2 m/s', 2.0, 0.0, 'looks like km/h',
         changed(speed=lambda ego: 3.6 * ego.speed)),
    lies('speed in km/h, at 25 m/s', 25.0, 0.0, 'looks like km/h',
         changed(speed=lambda ego: 3.6 * ego.speed)),
    lies('speed in mph, at 3 m/s', 3.0, 0.0, 'looks like mph',
         changed(speed=lambda ego: 2.23694 * ego.speed)),
    lies('speed in mm/s', 3.0, 0.0, 'which no car reaches',
         changed(speed=lambda ego: 1000.0 * ego.speed)),
    lies('a lateral speed that no car has, also standing', 0.0, 0.0, 'as no car moves',
         changed(lateral_speed=lambda ego: 2.0)),
    lies('a lateral speed of 4 m/s at 25 m/s', 25.0, 0.0, 'm to the left, but the twist says',
         changed(lateral_speed=lambda ego: 4.0)),
    lies('yaw rate in degrees, in a turn', 5.0, 0.1, 'the yaw rate says',
         changed(yaw_rate=lambda ego: math.degrees(ego.yaw_rate))),
    lies('yaw rate clockwise, in a turn of 0.2 rad/s', 8.0, 0.2, 'its sign is wrong',
         changed(yaw_rate=lambda ego: -ego.yaw_rate)),
    lies('yaw rate always 0, in a turn of 0.4 rad/s', 5.0, 0.4, 'the yaw rate says 0',
         changed(yaw_rate=lambda ego: 0.0)),
    lies('heading clockwise (as a compass), in a turn', 8.0, 0.2, 'pose against twist',
         changed(yaw=lambda ego: math.pi / 2 - ego.yaw)),
    lies('heading always 0', 5.0, 0.0, 'm to the left', changed(yaw=lambda ego: 0.0)),
    lies('heading in degrees', 5.0, 0.0, 'pose against twist',
         changed(yaw=lambda ego: math.remainder(math.degrees(ego.yaw), math.tau))),
    lies('y mirrored (NED), heading not', 5.0, 0.0, 'm to the left', mirrored),
    lies('x and y exchanged', 5.0, 0.0, 'm to the left',
         changed(x=lambda ego: ego.y, y=lambda ego: ego.x), yaw=0.2),
    lies('the position stands still', 3.0, 0.0, 'the position does not change',
         changed(x=lambda ego: 4.0, y=lambda ego: 4.0)),
    lies('the position in degrees (latitude, longitude)', 10.0, 0.0, 'position does not change',
         changed(x=lambda ego: 48.0 + ego.x / 111e3, y=lambda ego: 11.0 + ego.y / 74e3)),
    lies('the position in another unit (km)', 10.0, 0.0, 'position does not change',
         changed(x=lambda ego: ego.x / 1e3, y=lambda ego: ego.y / 1e3)),
    lies('the position in feet', 5.0, 0.0, 'm ahead', changed(
        x=lambda ego: 3.2808 * ego.x, y=lambda ego: 3.2808 * ego.y)),
    lies('the speed stands still at 0', 3.0, 0.0, 'the twist says 0.0 m',
         changed(speed=lambda ego: 0.0)),
    lies('the speed stands still at 20 m/s', 10.0, 0.0, 'the twist says',
         changed(speed=lambda ego: 20.0)),
    lies('everything stands still, at 10 m/s', 10.0, 0.0, 'the position does not change',
         changed(x=lambda ego: 1.0, y=lambda ego: 1.0, yaw=lambda ego: 1.2)),
    lies('speed without its sign, in reverse', -3.0, 0.0, 'wrong sign',
         changed(speed=lambda ego: abs(ego.speed))),
]


@pytest.mark.parametrize('rate_hz', [5.0, 20.0, 100.0])
@pytest.mark.parametrize(('speed', 'yaw_rate', 'yaw', 'lie', 'reason'), LIES)
def test_a_lie_is_found_within_a_second(steady_car, speed, yaw_rate, yaw, lie, reason, rate_hz):
    for number in range(3):
        noise = {'position': 0.03, 'heading': 0.003, 'speed_noise': 0.05, 'turn_noise': 0.005}
        car = steady_car(speed, yaw_rate, number, rate_hz=rate_hz, yaw=yaw, **noise)
        found = refusals(map(lie, car.odometry(3.0)))
        assert found and found[0][0] <= 1.0
        assert reason in found[-1][1] or any(part in found[-1][1] for part in reason.split('|'))
        honest = steady_car(speed, yaw_rate, number, rate_hz=rate_hz, yaw=yaw, **noise)
        assert refusals(honest.odometry(3.0)) == []


def drive(check, egos):
    """Return whether the last of them is accepted."""
    good = True
    for ego in egos:
        try:
            check.check(ego)
            good = True
        except Contradiction:
            good = False
    return good


def straight(first, last, speed=10.0, said=None):
    """Return odometry along x from the first to the last tenth of a second."""
    return [Ego(n * S // 10, n * speed / 10.0, 0.0, 0.0, speed if said is None else said)
            for n in range(first, last)]


def test_a_contradiction_ends_once_pose_and_twist_agree_in_motion():
    check = MotionCheck()
    assert not drive(check, straight(0, 20, said=36.0))
    assert not drive(check, straight(20, 24)), 'not at once'
    assert drive(check, straight(24, 40))


def test_a_vehicle_that_moves_is_proven_by_three_steps():
    check, egos = MotionCheck(), straight(0, 20)
    assert check.unproven() == ''
    told = []
    for ego in egos:
        check.check(ego)
        told.append(check.unproven())
    assert 'moves by 10.0 m/s' in told[0] and told[5] and not told[6], 'after 0.6 s'
    check.clear()
    assert check.unproven() == '', 'a reset of the control state changes no odometry'
    standing = MotionCheck()
    standing.check(Ego(0, 0.0, 0.0, 0.0, 0.0))
    assert standing.unproven() == ''


def test_what_still_lies_is_found_again_at_once_after_a_reset():
    check = MotionCheck()
    assert not drive(check, straight(0, 20, said=36.0))
    check.clear()
    assert not drive(check, straight(20, 23, said=36.0))


def test_standing_proves_nothing_but_a_reset_forgets():
    check = MotionCheck()
    assert not drive(check, straight(0, 20, said=36.0))
    standing = [Ego(n * S // 10, 19.0, 0.0, 0.0, 0.0) for n in range(20, 100)]
    assert not drive(check, standing)
    check.clear()
    assert drive(check, standing)


@pytest.mark.reaction(
    'pose against twist', 'localization corrects the position by a jump', 'driven on')
@pytest.mark.parametrize('rate', [5, 10, 100])
@pytest.mark.parametrize('jump', [0.5, 5.0, 500.0])
def test_a_position_that_jumps_is_no_contradiction(rate, jump):
    check = MotionCheck()
    for n in range(10 * rate):
        x = 20.0 * n / rate + jump * (n >= 5 * rate)
        check.check(Ego(n * S // rate, x, jump * (n >= 7 * rate), 0.0, 20.0))


@pytest.mark.reaction(
    'pose against twist', 'two publishers of odometry, 3 m apart', 'inputs contradict')
@pytest.mark.parametrize('rate', [10, 40, 100])
def test_two_publishers_on_one_topic_are_found(rate):
    found = refusals(
        Ego(n * S // rate, 15.0 * n / rate + 3.0 * (n % 2), 0.0, 0.0, 15.0)
        for n in range(3 * rate))
    assert found[0][0] <= 1.0 and 'another publisher of odometry' in found[0][1]


@pytest.mark.parametrize('seconds', [-3600, 3600, -2, 2])
def test_a_clock_that_is_set_or_a_pause_begins_anew(seconds):
    check = MotionCheck()
    assert drive(check, straight(0, 20))
    moved = [replace(ego, stamp_ns=ego.stamp_ns + seconds * S, x=ego.x + 70.0)
             for ego in straight(20, 40)]
    assert drive(check, moved)


def test_odometry_that_comes_twice_or_out_of_order_is_left_out():
    check, egos = MotionCheck(), straight(0, 60)
    for before, ego in zip(egos, egos[3:], strict=False):
        for each in (ego, ego, before):
            check.check(each)


@pytest.mark.parametrize('name', ['x', 'y', 'yaw', 'speed', 'yaw_rate', 'lateral_speed'])
@pytest.mark.parametrize('value', [1e300, -1e300, 1.7e308, 5e-324])
def test_huge_numbers_are_compared_without_an_error(name, value):
    check = MotionCheck()
    for ego in straight(0, 20):
        for each in (ego, replace(ego, stamp_ns=ego.stamp_ns + S // 20, **{name: value})):
            try:
                check.check(each)
            except Contradiction as error:
                assert '\n' not in str(error)
