# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
What the driver does with the stream of its inputs.

That its commands are highway-env's is tested with the simulator, in the closed loop.
"""

from dataclasses import replace
import math

import numpy as np
import pytest

from drl_prune_ros.control.command import Decision
from drl_prune_ros.control.driver import make_driver, make_motion_driver
from drl_prune_ros.control.faults import PolicyFailed
from drl_prune_ros.control.meta_action import ACTIONS
from drl_prune_ros.perception.lane_network import Segment
from drl_prune_ros.perception.lanes import StraightLane
from drl_prune_ros.perception.lidar import Scan
from drl_prune_ros.perception.road import Road, RoadError
from drl_prune_ros.perception.scene import Ego, InvalidInput, Objects, OutsideContract
from drl_prune_ros.policy.contracts import ActionContract, ObservationContract
from drl_prune_ros.policy.errors import ContractError
from drl_prune_ros.policy.manifest import Manifest

PERIOD_NS = 200_000_000

MANIFEST = Manifest(
    task='highway-fast-v0',
    observation=ObservationContract(
        kind='kinematics', shape=(5, 5), features=('presence', 'x', 'y', 'vx', 'vy'),
        units=('1', 'm', 'm', 'm/s', 'm/s'),
        ranges=((0, 1), (-200, 200), (-12, 12), (-80, 80), (-80, 80)), normalized=True,
        clip=True, frame='road', rate_hz=1, control_rate_hz=5,
        options={'order': 'sorted', 'absolute': False, 'see_behind': False, 'lane_count': 3}),
    action=ActionContract('discrete_meta', ACTIONS, options={'target_speeds': [20, 25, 30]}),
    widths=(25, 8, 5), widths_dense=(25, 256, 256, 5))


class Script:
    """A policy that takes its actions from a list, and keeps what it saw."""

    def __init__(self, *actions, manifest=MANIFEST):
        self.manifest = manifest
        self.actions = list(actions)
        self.seen = []

    def act(self, observation):
        self.seen.append(observation)
        return ACTIONS.index(self.actions[len(self.seen) - 1])


def straight(lanes, length=10_000.0):
    return Road((Segment('0', '1', tuple(
        StraightLane(start=(0.0, -4.0 * number), end=(length, -4.0 * number))
        for number in range(lanes))),))


def at(tick, x=None, **changed):
    """Return the vehicle on the middle lane at 25 m/s, tick control periods after the start."""
    x = 300.0 + 5.0 * tick if x is None else x
    return Ego(**{
        'stamp_ns': tick * PERIOD_NS, 'x': x, 'y': -4.0, 'yaw': 0.0, 'speed': 25.0, **changed})


@pytest.fixture
def drive(profile):
    def make(*actions, on_road=False):
        policy = Script(*actions)
        driver = make_motion_driver(policy, profile, on_road=on_road)
        driver.set_road(straight(3))
        return driver, policy

    return make


def test_the_first_message_sets_the_targets(drive):
    driver, policy = drive('IDLE')
    command = driver.step(at(0, y=-6.5, speed=23.0), Objects.none())
    assert command.decision == Decision(ACTIONS.index('IDLE'), 2, 25.0, 0)
    assert command.decided and command.stamp_ns == 0
    assert policy.seen[0].shape == (25,) and policy.seen[0].dtype == np.float32


def test_the_network_runs_on_every_nth_call_and_control_on_each(drive):
    driver, policy = drive('FASTER', 'SLOWER', 'LANE_LEFT')
    commands = [driver.step(at(tick), Objects.none()) for tick in range(12)]
    assert [command.decided for command in commands] == [tick % 5 == 0 for tick in range(12)]
    assert len(policy.seen) == 3
    assert [command.decision.target_speed for command in commands] == [30.0] * 5 + [20.0] * 7
    assert [command.decision.target_lane for command in commands] == [1] * 10 + [0] * 2
    assert [command.decision.action for command in commands] == [3] * 5 + [4] * 5 + [0] * 2


def test_a_command_is_the_speed_at_the_end_of_the_period_and_a_yaw_rate_to_the_left(drive):
    driver, _ = drive('LANE_LEFT')
    command = driver.step(at(0, speed=22.0), Objects.none())
    assert driver.period_s == 0.2
    assert command.acceleration == pytest.approx((20.0 - 22.0) / 0.6)
    assert command.speed == pytest.approx(22.0 + 0.2 * command.acceleration)
    assert command.yaw_rate > 0.1
    driver, _ = drive('LANE_RIGHT')
    assert driver.step(at(0), Objects.none()).yaw_rate < -0.1


def test_a_duplicate_stamp_gets_the_previous_command_again(drive):
    driver, policy = drive('IDLE', 'IDLE')
    first = driver.step(at(0), Objects.none())
    assert driver.step(at(0, x=305.0), Objects.none()) is first
    driver.step(at(1), Objects.none())
    for tick in (2, 2, 3, 3, 4, 4):
        assert not driver.step(at(tick), Objects.none()).decided
    assert driver.step(at(5), Objects.none()).decided
    assert len(policy.seen) == 2


@pytest.mark.parametrize(('cause', 'lane'), [
    (lambda driver: at(3, x=300.0 + 400.0), 1),
    (lambda driver: at(3, y=-60.0), 2),
    (lambda driver: at(1, x=310.0), 1),
    (lambda driver: driver.reset() or at(3), 1),
    (lambda driver: driver.set_road(straight(3, length=5_000.0)) or at(3), 1),
])
def test_the_control_state_is_cleared(drive, cause, lane):
    driver, policy = drive('LANE_LEFT', 'IDLE')
    for tick in range(3):
        assert driver.step(at(tick), Objects.none()).decision.target_lane == 0
    command = driver.step(cause(driver), Objects.none())
    assert command.decided and len(policy.seen) == 2
    assert command.decision.target_lane == lane


@pytest.mark.parametrize('ego', [
    at(3), at(3, x=320.0, y=-1.0), at(9, x=345.0), at(3, speed=0.0),
])
def test_the_control_state_is_kept(drive, ego):
    """Ordinary motion, the shove of a collision, a gap in the stream, a sudden stop."""
    driver, _ = drive('LANE_LEFT')
    for tick in range(3):
        driver.step(at(tick), Objects.none())
    assert not driver.step(ego, Objects.none()).decided
    driver.set_road(straight(3))
    assert not driver.step(at(10, x=350.0), Objects.none()).decided


def test_a_road_of_another_width_is_refused_and_the_old_one_kept(drive):
    driver, _ = drive('IDLE')
    with pytest.raises(RoadError, match='has 4 lanes, but the policy was trained on 3'):
        driver.set_road(straight(4))
    assert driver.step(at(0), Objects.none()).decided


def test_nothing_is_commanded_without_a_road(profile):
    driver = make_motion_driver(Script('IDLE'), profile)
    assert not driver.ready
    with pytest.raises(InvalidInput, match='no road description'):
        driver.step(at(0), Objects.none())
    driver.set_road(straight(3))
    assert driver.ready
    assert driver.step(at(0), Objects.none()).decided


def test_bad_input_gives_no_command_and_leaves_the_state_as_it_was(drive):
    driver, _ = drive('LANE_LEFT')
    driver.step(at(0), Objects.none())
    for value in (math.nan, math.inf):
        with pytest.raises(InvalidInput):
            driver.step(at(1, speed=value), Objects.none())
    command = driver.step(at(1), Objects.none())
    assert not command.decided and command.decision.target_lane == 0


@pytest.mark.parametrize('changed', [
    {'x': 1e308}, {'y': -1e308}, {'yaw': 1e308},
])
@pytest.mark.filterwarnings('ignore:overflow', 'ignore:invalid value')
def test_a_command_from_huge_numbers_is_finite(drive, changed):
    driver, _ = drive('LANE_LEFT')
    command = driver.step(at(0, **changed), Objects.none())
    assert all(map(math.isfinite, (command.speed, command.yaw_rate, command.acceleration)))


@pytest.mark.parametrize('changed', [
    {'x': 1e308}, {'y': -1e308}, {'x': -6.0}, {'x': 10_006.0}, {'y': 19.0}, {'y': -27.0},
])
@pytest.mark.filterwarnings('ignore:overflow', 'ignore:invalid value')
def test_there_is_no_command_for_a_vehicle_that_is_not_on_its_road(drive, changed):
    """Beside all lanes, before its beginning, or past its end, where lanes go on in thought."""
    driver, policy = drive('IDLE', 'IDLE', on_road=True)
    assert driver.step(at(0), Objects.none())
    with pytest.raises(OutsideContract, match='not on the road that it was given'):
        driver.step(at(1, **changed), Objects.none())
    assert driver.step(at(2), Objects.none())
    assert len(policy.seen) == 2, 'what is not answered is not decided on'
    driver, _ = drive('IDLE')
    assert driver.step(at(0, y=-27.0), Objects.none()), 'checked on request'


def test_the_network_decides_next_when_it_is_asked_to(drive):
    driver, policy = drive('IDLE', 'IDLE', 'IDLE')
    decided = [driver.step(at(tick), Objects.none()).decided for tick in range(2)]
    driver.decide_next()
    decided += [driver.step(at(tick), Objects.none()).decided for tick in range(2, 8)]
    assert decided == [True, False, True, False, False, False, False, True]
    assert len(policy.seen) == 3


@pytest.mark.filterwarnings('ignore:overflow', 'ignore:invalid value')
def test_where_no_finite_command_exists_there_is_none(profile):
    boundless = ((0, 1), *4 * ((None, None),))
    manifest = replace(MANIFEST, observation=replace(MANIFEST.observation, ranges=boundless))
    driver = make_motion_driver(
        Script('LANE_LEFT', 'LANE_RIGHT', manifest=manifest), replace(profile, max_speed=1.79e308))
    driver.set_road(straight(3))
    driver.step(at(0), Objects.none())
    with pytest.raises(PolicyFailed, match='no finite command'):
        driver.step(at(1, speed=1.7e308), Objects.none())
    command = driver.step(at(2), Objects.none())
    assert command.decided and command.decision.target_lane == 2


@pytest.mark.parametrize('speed', [1e308, -1e308, 81.0])
def test_a_speed_that_the_policy_never_saw_is_outside_the_contract(drive, speed):
    driver, _ = drive('LANE_RIGHT')
    with pytest.raises(OutsideContract, match='vx lies outside of -80 to 80'):
        driver.step(at(0, speed=speed), Objects.none())
    command = driver.step(at(1), Objects.none())
    assert command.decided and command.decision == Decision(ACTIONS.index('LANE_RIGHT'), 2, 25.0)
    # Between two decisions as well.
    with pytest.raises(OutsideContract):
        driver.step(at(2, speed=speed), Objects.none())


@pytest.mark.parametrize('act', [lambda _: 1 / 0, lambda _: 5, lambda _: -1, lambda _: ()])
def test_a_network_that_fails_is_told_as_such(profile, act):
    policy = Script()
    policy.act = act
    driver = make_motion_driver(policy, profile)
    driver.set_road(straight(3))
    with pytest.raises(PolicyFailed, match='the network'):
        driver.step(at(0), Objects.none())


@pytest.mark.parametrize('manifest', [
    replace(MANIFEST, action=ActionContract(
        'discrete', ACTIONS, options={})),
    replace(MANIFEST, observation=replace(MANIFEST.observation, frame='none')),
])
def test_policies_for_something_else_are_refused(profile, manifest):
    with pytest.raises(ContractError, match='use another policy'):
        make_motion_driver(Script(manifest=manifest), profile)


def lidar(frame, **changed):
    """Return a manifest of a policy that steers by four distances."""
    return Manifest(
        task='lidar',
        observation=ObservationContract(
            kind='lidar', shape=(4, 1), features=('distance',), units=('m',),
            ranges=((None, None),), normalized=False, clip=False, frame=frame, rate_hz=5,
            control_rate_hz=5, options={'maximum_range': 60}),
        action=ActionContract(**{
            'kind': 'continuous', 'names': ('steering',), 'low': (-1,), 'high': (1,),
            'units': ('rad',), **changed}),
        widths=(4, 1), widths_dense=(4, 256, 256, 1))


def scan(*ranges):
    return Scan(np.array(ranges, float), np.arange(4) * np.pi / 2, 100.0)


def steered(manifest):
    policy = Script(manifest=manifest)
    policy.act = lambda observation: policy.seen.append(observation) or np.array([0.2])
    return policy


def test_a_lidar_in_the_axes_of_the_vehicle_needs_no_road(profile):
    policy = steered(lidar('vehicle'))
    driver = make_motion_driver(policy, profile)
    assert (driver.sensors, driver.ready, driver.needs_ego) == (('scan',), True, True)
    command = driver.step(at(0, yaw=1.0), scan(1, 2, 3, 4))
    assert policy.seen[0].tolist() == [1, 4, 3, 2], 'ahead, right, behind, left'
    assert (command.steering, command.acceleration, command.speed) == (-0.2, 0.0, 25.0)
    # The speed is held that it began with, until it begins anew.
    assert driver.step(at(1, speed=20.0), scan(1, 2, 3, 4)).acceleration > 0
    driver.reset()
    assert driver.step(at(2, speed=20.0), scan(1, 2, 3, 4)).acceleration == 0


def test_a_lidar_in_the_axes_of_the_road_waits_for_one(profile):
    policy = steered(lidar('road'))
    driver = make_motion_driver(policy, profile)
    assert not driver.ready
    driver.set_road(straight(3))
    driver.step(at(0, yaw=math.pi / 2), scan(1, 2, 3, 4))
    assert policy.seen[0].tolist() == [4, 3, 2, 1], 'it heads to the left of the road'


def test_components_leave_by_name_where_they_may(profile):
    policy = steered(lidar('vehicle', names=('fin',)))
    with pytest.raises(ContractError, match='acts on fin'):
        make_motion_driver(policy, profile)
    driver = make_driver(policy, profile, components=True)
    assert driver.needs_ego, 'the scan has to be placed'
    assert driver.step(at(0), scan(1, 2, 3, 4)).named() == {'fin': 0.2}


def test_a_bad_reading_leaves_nothing_behind(profile):
    policy = steered(lidar('vehicle'))
    driver = make_motion_driver(policy, profile)
    with pytest.raises(InvalidInput, match='has no value for 1 of the 4'):
        driver.step(at(0, speed=10.0), scan(1, 2, 3, math.nan))
    assert driver.step(at(1), scan(1, 2, 3, 4)).acceleration == 0.0
