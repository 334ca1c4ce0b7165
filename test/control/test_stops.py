# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Every stop, from every phase of a change of lane, on straight roads and in bends."""

from dataclasses import replace
from itertools import pairwise
import math

from hypothesis import given, HealthCheck, settings
from hypothesis import strategies as st
import numpy as np
import pytest
from stopping_car import COMFORTABLE, KINDS, OUTPUTS, random_start, Start, Stop

from drl_prune_ros.control.command import Command
from drl_prune_ros.control.envelope import SafetyState
from drl_prune_ros.control.profile import load_profile
from drl_prune_ros.perception.readings import OdometryInput
from drl_prune_ros.perception.scene import Ego

PROFILE = load_profile('passenger_car')
MS = 1_000_000   # nanoseconds
STRAIGHT, BEND = ((1000.0, 0.0),), ((140.0, 0.02), (140.0, 0.02))
REACTIONS = {
    'requested': ('~/stop in a change of lane', 'brakes in comfort, in the nearest lane'),
    'objects cease': (
        'objects cease in a change of lane', 'emergency stop in the nearest lane'),
    'odometry ceases': (
        'odometry ceases in a change of lane',
        'emergency stop in the lane, by the motion commanded since'),
    'policy fails': (
        'the policy fails in a change of lane', 'emergency stop in the nearest lane'),
    'outside the contract': (
        'an input is outside the contract in a change of lane',
        'brakes in comfort, in the nearest lane'),
    'node ends': (
        'SIGINT, SIGTERM or SIGHUP in a change of lane',
        'emergency stop in the nearest lane, then the node ends'),
}


@pytest.mark.parametrize('output', OUTPUTS)
@pytest.mark.parametrize('kind', [
    pytest.param(kind, marks=pytest.mark.reaction('stops', *REACTIONS[kind]), id=kind)
    for kind in KINDS])
def test_it_keeps_to_its_two_lanes_from_every_phase(kind, output, outside):
    for phase in (0.0, 0.7, 1.4, 2.1):
        for right, pieces, speed in ((True, STRAIGHT, 25.0), (False, BEND, 12.0)):
            stop = Stop(PROFILE, Start(kind, output, speed, phase, right, pieces))
            assert stop.run() < 0.0, stop.start
            emergency = kind not in COMFORTABLE
            assert (SafetyState.EMERGENCY_STOP in stop.states) is emergency
            assert stop.states[-1] is SafetyState.STANDSTILL
            for (before_ns, before), (after_ns, after) in pairwise(stop.motions):
                seconds = (after_ns - before_ns) * 1e-9
                assert outside(PROFILE, before, after, seconds) == [], stop.start


@settings(
    max_examples=settings().max_examples * 3 // 10 if settings().max_examples < 1_000 else 1_000,
    suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1))
def test_it_keeps_to_its_two_lanes_wherever_it_begins(seed):
    """With --hypothesis-profile=thorough, from 1,000 starts."""
    stop = Stop(PROFILE, random_start(np.random.default_rng(seed), PROFILE))
    farthest = stop.run()
    assert farthest < 0.0 or stop.before >= 0.0, (stop.start, 'it began within them')


@pytest.mark.parametrize('kind', KINDS)
def test_it_stands_along_the_lane_with_its_wheels_at_rest(kind):
    stop = Stop(PROFILE, Start(kind, 'ackermann', 20.0, 1.0, True, STRAIGHT))
    stop.run()
    assert abs(abs(stop.line.offset(stop.car.x, stop.car.y)) - 2.0) < 0.2
    assert abs(stop.car.yaw - 0.4) < 0.02
    assert abs(stop.motions[-1][1].steering) < 0.02
    turned = [abs(before.steering - after.steering)
              for (_, before), (_, after) in pairwise(stop.motions[-20:])]
    assert max(turned) < 0.005, 'the wheels do not swing as it comes to stand'


@pytest.mark.reaction(
    'stops', '~/stop on a road of several pieces', 'keeps to the lane from one to the next')
@pytest.mark.parametrize('kind', KINDS)
def test_it_follows_the_road_from_piece_to_piece_and_straight_on_past_its_end(kind):
    pieces = tuple((12.0, 0.01 * sign) for sign in (1, 1, 0, -1, -1, -1, 0))
    stop = Stop(PROFILE, Start(kind, 'twist', 14.0, 0.5, False, pieces, settle=1.0))
    assert stop.run() < 0.0


@pytest.mark.reaction(
    'stops', 'any stop where no road is known', 'straightens the wheels at their rate, brakes')
def test_where_no_road_is_known_the_wheels_straighten_at_their_rate(outside):
    stop = Stop(PROFILE, Start('requested', 'ackermann', 15.0, 0.3, True, STRAIGHT))
    stop.loop._envelope.locate = lambda context, received_ns: None
    stop.run()
    begin = next(index for index, (_, motion) in enumerate(stop.motions)
                 if not isinstance(motion, Command))
    stopping = stop.motions[begin - 1:]
    assert abs(stopping[0][1].steering) > 0.01
    assert [motion.steering for _, motion in stopping[3:]] == [0.0] * len(stopping[3:])
    for (before_ns, before), (after_ns, after) in pairwise(stopping):
        assert outside(PROFILE, before, after, (after_ns - before_ns) * 1e-9) == []


@pytest.mark.reaction(
    'stops', 'odometry repeats one stamp in a bend', 'as if it had ceased: the pose is predicted')
def test_odometry_that_repeats_itself_is_not_believed():
    stop = Stop(PROFILE, Start('objects cease', 'ackermann', 12.0, 1.4, True, BEND))
    send, first = stop._send, []

    def stuck(stopped):
        if stopped and not first:
            first.append((stop._now, stop.car.x, stop.car.y, stop.car.yaw))
        if not first:
            return send(stopped)
        now, car = stop._now, stop.car
        stop._now, real = first[0][0], (car.x, car.y, car.yaw)
        car.x, car.y, car.yaw = first[0][1:]
        stamp_ns, stop._now = stop._now, now
        stop.loop.on_odometry(OdometryInput(
            Ego(stamp_ns, car.x, car.y, car.yaw, car.speed), 'map', 'car'), now)
        car.x, car.y, car.yaw = real
    stop._send = stuck
    assert stop.run() < 0.0


@pytest.mark.reaction(
    'stops', 'an input_timeout of 2 s in a change of lane', 'goes on to the lane, then stops')
def test_inputs_that_are_waited_for_long_do_not_lead_off_the_lanes():
    for phase in (0.5, 1.0, 1.5):
        stop = Stop(
            PROFILE, Start('objects cease', 'ackermann', 25.0, phase, True, STRAIGHT),
            input_timeout_s=2.0)
        assert stop.run() < 0.0


@pytest.mark.reaction(
    'stops', 'good inputs again after a stop', 'drives on in the lane that it stands in')
def test_it_drives_on_in_the_lane_that_the_stop_has_led_to():
    stop = Stop(PROFILE, Start('objects cease', 'ackermann', 8.0, 0.4, True, STRAIGHT))
    stop.run()
    assert stop.line.offset(stop.car.x, stop.car.y) > 0.0, 'in the lane that it came from'
    stop.start = replace(stop.start, kind='')
    for _ in range(400):
        stop._now += 10 * MS
        if stop._now % (50 * MS) == 0:
            stop._send(False)
        stop.car.drive(0.01)
    assert stop.car.speed > 5.0
    assert stop.line.offset(stop.car.x, stop.car.y) == pytest.approx(2.0, abs=0.3)


@pytest.mark.parametrize('far', [1e6, 1e300, math.nan])
def test_numbers_however_large_do_not_keep_it_from_braking(far):
    stop = Stop(PROFILE, Start('objects cease', 'ackermann', 8.0, 0.4, True, BEND))
    context = stop.loop._driver.context

    def lost(ego):
        found = context(ego)
        if stop.states and stop.states[-1] is not SafetyState.DRIVING:
            object.__setattr__(found.ego, 'x', far)
        return found
    stop.loop._driver.context = lost
    stop.run()
    assert all(motion.finite for _, motion in stop.motions)
