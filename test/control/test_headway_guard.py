# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the headway guard brakes for, how hard, and what it leaves alone."""

import math

import pytest
from seen_ahead import box, BUMPER, CAR, look, START, straight_road

from drl_prune_ros.control.command import Motion
from drl_prune_ros.control.driver import make_motion_driver
from drl_prune_ros.control.envelope import SafetyEnvelope, SafetyState
from drl_prune_ros.control.headway_guard import safe_speed
from drl_prune_ros.control.profile import load_profile
from drl_prune_ros.perception.scene import Ego, Objects
from drl_prune_ros.policy.manifest import dense_widths, Manifest
from drl_prune_ros.tasks.catalogue import load_task

SETTINGS = CAR.headway_guard
TASK = load_task('highway-fast-v0')


class Always:
    """A policy of one action."""

    manifest = Manifest(
        TASK.id, TASK.observation, TASK.action, dense_widths(25, 5), dense_widths(25, 5))

    def __init__(self, action):
        self._action = self.manifest.action.names.index(action)

    def act(self, observation):
        return self._action


@pytest.mark.parametrize('cars', [
    [box(START + 12.0, 0.0, 20.0), box(START + 12.0, 2.0, 20.0)],
    [box(START + 6.0, 0.0, -25.0)],
    [box(START - 6.0, 1.0, 30.0)],
    [box(START + 150.0, 1.0, 20.0)],
    [box(START, 1.0, 25.0)],
    [box(START + 0.8, 1.05, 0.0)],
    [box(START + 12.0, 0.0, 20.0, aside=1.5)],
    [],
], ids=['on other lanes', 'oncoming on another lane', 'behind', 'far away', 'its own box',
        'its own box, displaced', 'leaving for a lane farther away', 'nothing'])
def test_nothing_else_is_braked_for(cars):
    guard, allowed, _ = look(*cars)
    assert allowed >= 2.0 and guard.braking == ''


@pytest.mark.parametrize('cars', [
    [box(START + 40.0, 1.0, 0.0)],
    [box(START + 15.0, 1.0, 20.0)],
    [box(START + 150.0, 1.0, -20.0)],
    [box(START + 20.0, 0.0, 20.0, aside=-1.2)],
    [box(START + 40.0, 1.4, 0.0)],
], ids=['standing', 'slower', 'oncoming on its lane', 'cutting in', 'half on its lane'])
def test_what_is_ahead_is_braked_for(cars):
    guard, allowed, _ = look(*cars)
    assert allowed < 0.0
    assert 'brakes for what is' in guard.braking and 'time to collision' in guard.braking


def test_during_a_lane_change_both_lanes_count():
    for lane in (1.0, 2.0):
        assert look(box(START + 20.0, lane, 15.0), target=2, y=-5.5)[1] < 0.0
        assert look(box(START + 20.0, 0.0, 15.0), target=2, y=-5.5)[1] >= 2.0


@pytest.mark.parametrize(('car', 'free'), [
    (box(START + 2.0, 2.0, 25.0), False),
    (box(START - 3.0, 2.0, 25.0), False),
    (box(START + 15.0, 2.0, 15.0), False),
    (box(START - 15.0, 2.0, 33.0), False),
    (box(START - 15.0, 2.0, 25.0), True),
    (box(START + 30.0, 2.0, 25.0), True),
    (box(START + 2.0, 0.0, 25.0), True),
])
def test_a_lane_with_a_body_beside_is_not_free(car, free):
    guard, _, context = look(car)
    assert guard.free(context, (0, 2)) is free


@pytest.mark.reaction(
    'cars ahead', 'the policy changes to a lane on which a car is beside',
    'the lane is kept until there is room')
def test_a_lane_change_waits_for_room():
    driver = make_motion_driver(Always('LANE_RIGHT'), CAR)
    driver.set_road(straight_road())
    lanes = []
    for tick in range(10):
        beside = Objects.of_rows([box(START + 2.0 - 15.0 * (tick > 5), 2.0, 25.0)])
        command = driver.step(Ego(tick * 200_000_000, START, -4.0, 0.0, 25.0), beside)
        lanes.append(command.decision.target_lane)
    assert lanes == 10 * [1]
    command = driver.step(Ego(2_000_000_000, START, -4.0, 0.0, 25.0), beside)
    assert command.decision.target_lane == 2


def test_safe_speed_is_the_one_that_just_stops_in_time():
    for other in (0.0, 8.0, 25.0):
        for gap in (5.0, 20.0, 80.0):
            speed = safe_speed(SETTINGS, 25.0, gap, other)
            way = speed * SETTINGS.time_headway + speed ** 2 / (2 * SETTINGS.deceleration)
            left = other ** 2 / (2 * SETTINGS.object_deceleration)
            assert way == pytest.approx(gap - SETTINGS.standstill_gap + left)
    assert safe_speed(SETTINGS, 25.0, 1.0, 0.0) == 0.0


def test_it_brakes_with_all_it_has_and_at_once(outside):
    """Jerk gives way, and no other limit."""
    driver = make_motion_driver(Always('FASTER'), CAR)
    driver.set_road(straight_road())
    envelope = SafetyEnvelope(driver.guard, driver.period_s, lockstep=True)
    ego = Ego(0, START, -4.0, 0.0, 20.0)
    command = envelope.answer(driver.step(ego, Objects.of_rows([box(START + 35.0, 1.0, 0.0)])),
                              ego, 0, 0)
    assert command.guarded
    assert command.acceleration == pytest.approx(-5.0) and command.speed == pytest.approx(19.0)
    assert outside(CAR, Motion(20.0, 0.0, 0.0, 0.0), command, driver.period_s) == ['jerk']


def test_at_a_standstill_the_brakes_stay_on():
    _, allowed, _ = look(box(START + 5.5, 1.0, 0.0), speed=0.0)
    assert allowed == -CAR.comfortable_stop.deceleration


def stop_behind(gap, *, requested, silent_after_s, speed=20.0):
    """Drive towards a car that stands, and stop; returns how near it is in the end, m."""
    driver = make_motion_driver(Always('IDLE'), CAR)
    driver.set_road(straight_road())
    envelope = SafetyEnvelope(driver.guard, driver.period_s, 0.5)
    x, moved, last, states = START, 0.0, None, set()
    standing = box(BUMPER + gap, 1.0, 0.0)
    for step in range(1500):
        now_ns = step * 20_000_000
        if step % 10 == 0 and now_ns * 1e-9 <= silent_after_s:
            ego = Ego(now_ns, x, -4.0, 0.0, speed)
            wanted = driver.step(ego, Objects.of_rows([standing]))
            envelope.locate(driver.context(ego), now_ns)
            last = envelope.answer(wanted, ego, now_ns, now_ns) or last
        if requested and step == 20:
            envelope.request_stop('asked')
        if envelope.due_ns(now_ns) <= now_ns:
            output = envelope.tick(now_ns)
            last = output.motion or last
            states.add(output.state)
        # It does what it is told, at the acceleration that it is told.
        speed = max(speed + last.acceleration * 0.02, 0.0)
        moved = speed * 0.02
        x += moved
        if speed == 0.0 and step > 100:
            break
    assert states & {SafetyState.COMFORTABLE_STOP, SafetyState.EMERGENCY_STOP}
    return standing[0] - BUMPER + START - x


@pytest.mark.reaction(
    'stops', '~/stop with a car standing ahead, nearer than the comfortable stop',
    'brakes as hard as the distance asks for, within the limits')
def test_a_requested_stop_keeps_the_distance():
    for gap in (60.0, 100.0, 180.0):   # 1.0 m/s^2 would take 200 m
        assert stop_behind(gap, requested=True, silent_after_s=99.0) > 0.5


@pytest.mark.reaction(
    'stops', 'objects cease while the guard brakes for a standing car',
    'goes on braking for where that was seen last')
def test_what_was_seen_last_is_kept_clear_of_when_inputs_cease():
    for gap in (50.0, 60.0, 75.0):   # the emergency stop alone takes 80 m and the time-out
        assert stop_behind(gap, requested=False, silent_after_s=0.5) > 0.0


def test_a_profile_without_the_guard_changes_nothing():
    guard, allowed, context = look(
        box(START + 10.0, 1.0, 0.0), profile=load_profile('highway_env'))
    assert allowed == math.inf and not guard.on and guard.free(context, (0, 2))
    motion = Motion(20.0, 0.0, 0.0, 0.0)
    assert guard.slow(motion, motion, 0.1) is motion
