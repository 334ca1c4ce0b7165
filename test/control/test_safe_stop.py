# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import math

import pytest

from drl_prune_ros.control.command import Command, Decision
from drl_prune_ros.control.safe_stop import SafeStop, SafetyState
from drl_prune_ros.errors import DrlPruneError

MS = 1_000_000   # nanoseconds
START = 123_456_789_000


def command(speed, yaw_rate=0.0):
    return Command(0, speed, yaw_rate, 0.0, Decision(1, 0, 20.0), True)


@pytest.fixture
def watch():
    return SafeStop(period_s=0.2)


def look(watch, milliseconds):
    return watch.look(START + milliseconds * MS)


def test_waiting_publishes_nothing_however_long(watch):
    for milliseconds in (0, 1_000, 1_000_000):
        output = look(watch, milliseconds)
        assert (output.state, output.publish) == (SafetyState.WAITING, False)
        assert output.reason == 'no complete set of inputs yet'


def test_waiting_says_what_is_wrong_with_the_input(watch):
    watch.bad('x of the odometry is nan')
    output = look(watch, 1_000)
    assert (output.state, output.publish) == (SafetyState.WAITING, False)
    assert output.reason == 'x of the odometry is nan'


@pytest.mark.parametrize('milliseconds', [0, 100, 200, 300])
def test_driving_publishes_nothing_more(watch, milliseconds):
    watch.good(START, command(20.0))
    output = look(watch, milliseconds)
    assert (output.state, output.publish, output.reason) == (SafetyState.DRIVING, False, '')


@pytest.mark.parametrize('milliseconds', [301, 400, 499])
def test_holding_repeats_the_last_command(watch, milliseconds):
    watch.good(START, command(20.0, 0.3))
    output = look(watch, milliseconds)
    assert (output.state, output.publish) == (SafetyState.HOLDING, True)
    assert (output.speed, output.yaw_rate) == (20.0, 0.3)
    assert output.reason.startswith('no good input for 0.')


@pytest.mark.parametrize('speed', [20.0, -4.0])
@pytest.mark.parametrize('yaw_rate', [0.0, 0.4, -0.2])
def test_stopping_ramps_down_along_the_last_curvature(watch, speed, yaw_rate):
    watch.good(START, command(speed, yaw_rate))
    before = abs(speed)
    for milliseconds in range(500, 4_400, 200):
        output = look(watch, milliseconds)
        assert (output.state, output.publish) == (SafetyState.STOPPING, True)
        assert abs(output.speed) == pytest.approx(abs(speed) - (milliseconds - 500) / 1_000)
        assert output.speed * speed > 0.0 and abs(output.speed) <= before
        assert output.yaw_rate / output.speed == pytest.approx(yaw_rate / speed)
        before = abs(output.speed)


@pytest.mark.parametrize('milliseconds', [20_500, 30_000, 10_000_000])
def test_standstill_is_kept(watch, milliseconds):
    watch.good(START, command(20.0, 0.3))
    output = look(watch, milliseconds)
    assert (output.state, output.publish) == (SafetyState.STANDSTILL, True)
    assert (output.speed, output.yaw_rate) == (0.0, 0.0)


def test_a_standing_vehicle_is_kept_standing(watch):
    watch.good(START, command(0.0))
    assert look(watch, 500).state is SafetyState.STANDSTILL


@pytest.mark.parametrize('milliseconds', [400, 3_000, 60_000])
def test_good_input_recovers_from_every_state(watch, milliseconds):
    watch.good(START, command(20.0, 0.3))
    assert look(watch, milliseconds).state is not SafetyState.DRIVING
    watch.good(START + milliseconds * MS, command(7.0, -0.1))
    assert look(watch, milliseconds + 1).state is SafetyState.DRIVING
    held = look(watch, milliseconds + 450)
    assert (held.speed, held.yaw_rate) == (7.0, -0.1)


def test_bad_input_does_not_count_as_good_and_is_named(watch):
    watch.good(START, command(20.0))
    watch.bad('x of the odometry is nan')
    assert look(watch, 250).state is SafetyState.DRIVING
    for milliseconds, state in ((400, SafetyState.HOLDING), (900, SafetyState.STOPPING)):
        output = look(watch, milliseconds)
        assert output.state is state
        assert output.reason == (
            f'no good input for {milliseconds / 1_000:.2f} s: x of the odometry is nan')
    watch.good(START + 900 * MS, command(20.0))
    assert 'nan' not in look(watch, 1_300).reason


def test_reset_goes_back_to_waiting(watch):
    watch.good(START, command(20.0))
    watch.bad('x of the odometry is nan')
    watch.reset()
    output = look(watch, 5_000)
    assert (output.state, output.publish) == (SafetyState.WAITING, False)
    assert output.reason == 'no complete set of inputs yet'


def test_time_out_and_deceleration_are_parameters():
    watch = SafeStop(period_s=0.05, input_timeout_s=0.1, deceleration=2.0)
    watch.good(START, command(10.0))
    assert look(watch, 90).state is SafetyState.HOLDING
    assert look(watch, 1_100).speed == pytest.approx(8.0)


def test_a_time_out_shorter_than_a_period_stops_without_holding():
    watch = SafeStop(period_s=1.0, input_timeout_s=0.5)
    watch.good(START, command(10.0))
    assert look(watch, 499).state is SafetyState.DRIVING
    assert look(watch, 500).state is SafetyState.STOPPING


@pytest.mark.parametrize('name', ['period_s', 'input_timeout_s', 'deceleration'])
@pytest.mark.parametrize('value', [0.0, -1.0, math.nan, math.inf])
def test_parameters_must_be_positive(name, value):
    with pytest.raises(DrlPruneError, match=f'^{name} is'):
        SafeStop(**{'period_s': 0.2, name: value})
