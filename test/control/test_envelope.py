# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""State by state, what leaves for the vehicle."""

import math

from hypothesis import given
from hypothesis import strategies as st
import pytest

from drl_prune_ros.control import limiter
from drl_prune_ros.control.command import Command, Decision
from drl_prune_ros.control.envelope import SafetyEnvelope, SafetyState
from drl_prune_ros.control.faults import Fault
from drl_prune_ros.control.motion_guard import MotionGuard
from drl_prune_ros.control.profile import load_profile
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.perception.scene import Ego

MS = 1_000_000   # nanoseconds
START = 123_456_789_000
T = 0.2
BLIND = [Fault.MISSING, Fault.INVALID, Fault.OVERRUN, Fault.POLICY]


def at(milliseconds):
    return START + round(milliseconds * MS)


def command(speed, acceleration=0.0, steering=0.0, yaw_rate=0.0, stamp_ns=0):
    return Command(
        speed, acceleration, steering, yaw_rate, stamp_ns, Decision(1, 0, 20.0), True)


def ego(speed):
    return Ego(0, 0.0, 0.0, 0.0, speed)


@pytest.fixture
def envelope(profile):
    return SafetyEnvelope(MotionGuard(profile), T)


@pytest.fixture
def driving(envelope):
    answer(envelope, 0, command(20.0, yaw_rate=0.3))
    return envelope


def answer(envelope, milliseconds, wanted):
    return envelope.answer(wanted, ego(wanted.speed), at(milliseconds), at(milliseconds))


def run(envelope, start, end):
    """Look whenever it is due, from start to end (milliseconds); returns (time, output)s."""
    ticks, now = [], at(start)
    while (now := max(envelope.due_ns(now), now + 1)) <= at(end):
        ticks.append(((now - START) / MS, envelope.tick(now)))
    return ticks


@pytest.mark.parametrize('milliseconds', [500, 1_000, 1_000_000])
def test_waiting_sends_nothing_however_long(envelope, milliseconds):
    envelope.tick(at(0))
    output = envelope.tick(at(milliseconds))
    assert (output.state, output.motion) == (SafetyState.WAITING, None)
    assert output.reason == 'no complete set of inputs yet'


def test_waiting_says_what_is_wrong_once_good_inputs_should_have_come(envelope):
    envelope.fault(Fault.INVALID, 'x of the odometry is nan')
    for milliseconds in (0, 499):
        output = envelope.tick(at(milliseconds))
        assert (output.fault, output.reason) == (Fault.NONE, 'waiting for a set of inputs')
    output = envelope.tick(at(500))
    assert (output.fault, output.reason) == (Fault.INVALID, 'x of the odometry is nan')


def test_driving_sends_answers_alone(driving):
    for milliseconds in (0, 100, 299):
        output = driving.tick(at(milliseconds))
        assert (output.state, output.motion, output.reason) == (SafetyState.DRIVING, None, '')
    assert driving.due_ns(at(299)) == at(300)


def test_late_input_holds_the_last_command(driving):
    ticks = run(driving, 0, 499)
    assert [time for time, _ in ticks] == [300, 350, 400, 450]
    for _, output in ticks:
        assert output.state is SafetyState.HOLDING
        assert (output.motion.speed, output.motion.yaw_rate) == (20.0, 0.3)
        assert output.reason.startswith('no good input for 0.')


@pytest.mark.parametrize('fault', BLIND)
def test_a_blind_vehicle_stops_in_an_emergency_at_the_time_out(driving, fault):
    driving.fault(fault, 'the reason')
    ticks = [(time, output) for time, output in run(driving, 0, 12_000)
             if output.state is not SafetyState.HOLDING]
    time, first = ticks[0]
    assert (time, first.state, first.fault) == (500, SafetyState.EMERGENCY_STOP, fault)
    assert first.reason == 'no good input for 0.50 s: the reason'
    assert first.motion.speed < 20.0
    slowest = min(output.motion.acceleration for _, output in ticks)
    assert slowest == -2.5
    time, last = ticks[-1]
    assert last.state is SafetyState.STANDSTILL
    assert (last.motion.speed, last.motion.yaw_rate) == (0.0, 0.0)


def test_outside_the_contract_the_stop_is_a_comfortable_one(driving):
    driving.fault(Fault.OUTSIDE, 'speed is 95')
    ticks = [output for time, output in run(driving, 0, 10_000) if time >= 500]
    assert {output.state for output in ticks} == {SafetyState.COMFORTABLE_STOP}
    assert min(output.motion.acceleration for output in ticks) == -1.0


def test_a_comfortable_stop_turns_into_an_emergency_and_not_back(driving):
    driving.fault(Fault.OUTSIDE, 'speed is 95')
    assert run(driving, 0, 2_000)[-1][1].state is SafetyState.COMFORTABLE_STOP
    driving.fault(Fault.MISSING, 'no objects')
    assert run(driving, 2_000, 3_000)[-1][1].state is SafetyState.EMERGENCY_STOP
    driving.fault(Fault.OUTSIDE, 'speed is 95')
    assert run(driving, 3_000, 4_000)[-1][1].state is SafetyState.EMERGENCY_STOP


def test_a_requested_stop_is_comfortable_and_stays(driving):
    driving.request_stop('asked')
    assert driving.due_ns(at(10)) == at(10)
    output = driving.tick(at(10))
    assert (output.state, output.fault, output.reason) == (
        SafetyState.COMFORTABLE_STOP, Fault.REQUESTED, 'asked')
    for milliseconds in range(200, 25_000, 200):
        assert answer(driving, milliseconds, command(20.0)) is None
        output = driving.tick(at(milliseconds))
    assert output.state is SafetyState.STANDSTILL
    driving.release()
    assert answer(driving, 25_000, command(1.0)).speed == 1.0
    assert driving.state is SafetyState.DRIVING


def test_a_requested_stop_goes_blind_as_well(driving):
    driving.request_stop('asked')
    driving.fault(Fault.MISSING, 'no odometry')
    assert run(driving, 0, 400)[-1][1].state is SafetyState.COMFORTABLE_STOP
    assert run(driving, 400, 900)[-1][1].state is SafetyState.EMERGENCY_STOP


def test_a_stop_that_was_requested_before_the_first_input_begins_with_it(envelope):
    envelope.request_stop('asked')
    assert envelope.tick(at(0)).motion is None
    assert answer(envelope, 0, command(10.0)) is None
    output = envelope.tick(at(50))
    assert output.state is SafetyState.COMFORTABLE_STOP
    assert 9.9 < output.motion.speed < 10.0


def test_a_standing_vehicle_is_kept_standing(envelope):
    answer(envelope, 0, command(0.0))
    assert envelope.tick(at(500)).state is SafetyState.STANDSTILL
    assert envelope.tick(at(10_000_000)).motion.speed == 0.0


@pytest.mark.parametrize('milliseconds', [400, 3_000, 60_000])
def test_good_input_recovers_from_every_state(driving, milliseconds):
    assert run(driving, 0, milliseconds)[-1][1].state is not SafetyState.DRIVING
    answer(driving, milliseconds, command(7.0))
    output = driving.tick(at(milliseconds + 1))
    assert (output.state, output.motion, output.fault) == (SafetyState.DRIVING, None, Fault.NONE)


def test_nothing_is_commanded_last_where_nothing_was_before(envelope):
    assert envelope.final_stop_command(at(0)) is None
    answer(envelope, 0, command(20.0))
    assert envelope.final_stop_command(at(100)).speed == 0.0


def test_an_emergency_stop_can_be_requested(driving):
    driving.request_stop('the node ends', emergency=True)
    assert driving.moves
    for milliseconds in range(10, 9_000, 50):
        answer(driving, milliseconds, command(20.0))
        output = driving.tick(at(milliseconds + 1))
        assert output.fault is Fault.REQUESTED
        if output.state is SafetyState.STANDSTILL:
            break
        assert output.state is SafetyState.EMERGENCY_STOP
    assert milliseconds == pytest.approx(20.0 / 2.5 * 1_000 + 250, abs=110)
    assert not driving.moves
    driving.release()
    driving.request_stop('asked')
    answer(driving, 10_000, command(20.0))
    driving.release()
    answer(driving, 10_200, command(20.0))
    driving.request_stop('asked')
    assert driving.tick(at(10_300)).state is SafetyState.COMFORTABLE_STOP


def test_reset_goes_back_to_waiting(driving):
    driving.fault(Fault.MISSING, 'no odometry')
    driving.reset()
    output = driving.tick(at(5_000))
    assert (output.state, output.motion, output.fault) == (SafetyState.WAITING, None, Fault.NONE)


def test_a_time_out_shorter_than_the_hold_stops_at_the_time_out(profile):
    envelope = SafetyEnvelope(MotionGuard(profile), 1.0, 0.5)
    answer(envelope, 0, command(10.0))
    assert envelope.due_ns(at(0)) == at(500)
    assert envelope.tick(at(499)).state is SafetyState.DRIVING
    assert envelope.tick(at(500)).state is SafetyState.EMERGENCY_STOP


def test_the_age_counts_from_when_the_input_arrived(envelope):
    envelope.answer(command(10.0), ego(10.0), at(0), at(450))
    assert envelope.tick(at(500)).state is SafetyState.EMERGENCY_STOP


def test_in_lock_step_the_time_between_answers_is_that_of_the_stamps():
    car = load_profile('passenger_car')
    ends = []
    for interval in (1, 100, 1_000):
        envelope = SafetyEnvelope(MotionGuard(car), T, lockstep=True)
        for tick in range(20):
            # A slow computer: what is sent meanwhile is nothing that the simulator drives.
            run(envelope, (tick - 1) * interval, tick * interval)
            last = answer(envelope, tick * interval, command(
                12.0, 2.0, 0.3, stamp_ns=tick * 200 * MS))
        ends.append(last)
    assert ends[0] == ends[1] == ends[2]


@pytest.mark.parametrize('name', ['period_s', 'input_timeout_s'])
@pytest.mark.parametrize('value', [0.0, -1.0, math.nan, math.inf])
def test_times_must_be_positive(profile, name, value):
    with pytest.raises(DrlPruneError, match=f'^{name} is'):
        SafetyEnvelope(MotionGuard(profile), **{'period_s': T, name: value})


PROFILES = {name: load_profile(name) for name in ('passenger_car', 'highway_env')}
REAL = st.floats(-1e9, 1e9) | st.floats(-40.0, 40.0) | st.floats(-1.0, 1.0)
EVENTS = st.one_of(
    st.tuples(st.just('answer'), REAL, REAL, st.floats(-1.05, 1.05), REAL),
    st.tuples(st.just('fault'), st.sampled_from(Fault)),
    st.tuples(st.sampled_from(['tick', 'stop', 'release', 'reset'])))


@given(
    events=st.lists(
        st.tuples(EVENTS, st.floats(0.0, 0.3) | st.floats(0.0, 3.0)), min_size=1, max_size=14),
    name=st.sampled_from(list(PROFILES)), timeout=st.floats(0.05, 1.0))
def test_whatever_happens_commands_stay_within_the_profile(outside, events, name, timeout):
    profile = PROFILES[name]
    envelope = SafetyEnvelope(MotionGuard(profile), T, timeout)
    now, before, before_ns, good_ns = START, None, START, None

    def sent(motion):
        nonlocal before, before_ns
        if motion is not None:
            seconds = min((now - before_ns) * 1e-9, 2 * T)
            assert before is None or outside(profile, before, motion, seconds) == []
            before, before_ns = motion, now
    for (kind, *values), seconds in events:
        # What is due meanwhile is done, as the thread does it.
        end = now + round(seconds * 1e9)
        while (due := max(envelope.due_ns(now), now + 1)) <= end:
            now = due
            output = envelope.tick(now)
            sent(output.motion)
            if good_ns is not None and now - good_ns >= timeout * 1e9:
                assert output.state in (
                    SafetyState.COMFORTABLE_STOP, SafetyState.EMERGENCY_STOP,
                    SafetyState.STANDSTILL)
        now = end
        if kind == 'answer':
            speed, acceleration, steering, yaw_rate = values
            measured = Ego(0, 0.0, 0.0, 0.0, speed, yaw_rate)
            wanted = command(speed + acceleration * T, acceleration, steering)
            if before is None:
                before, before_ns = limiter.begin(profile, measured), now - round(T * 1e9)
            good_ns = now
            sent(envelope.answer(wanted, measured, now, now))
        elif kind == 'fault':
            envelope.fault(values[0], 'a reason')
        elif kind == 'stop':
            envelope.request_stop('asked')
        elif kind == 'release':
            envelope.release()
        elif kind == 'reset':
            envelope.reset()
            before = good_ns = None
        else:
            sent(envelope.tick(now).motion)
