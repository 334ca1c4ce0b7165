# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The control loop with the real driver and a real policy file; only ROS is left out."""

import pytest

from drl_prune_ros.control.driver import Driver
from drl_prune_ros.control.profile import load_profile
from drl_prune_ros.control.safe_stop import SafetyState
from drl_prune_ros.nodes.control_loop import ControlLoop
from drl_prune_ros.perception.path_road import road_from_path
from drl_prune_ros.perception.road import Road, RoadError
from drl_prune_ros.perception.scene import Ego, InvalidInput, Objects
from drl_prune_ros.policy.runtime import load_runtime

S = 1_000_000_000
PERIOD = S // 5


def road(lanes=3):
    return road_from_path([(0, 0), (10_000, 0)], lanes, 4.0, 0)


@pytest.fixture
def loop(highway_policy):
    driver = Driver(load_runtime(highway_policy), load_profile('highway_env'))
    return ControlLoop(driver, input_timeout_s=0.5, deceleration=2.5)


@pytest.fixture
def driving(loop):
    """Return the loop after one answered set, stamp and time 0."""
    loop.road(road)
    assert offer(loop, 0, 0) is not None
    return loop


def ego(stamp_ns):
    return Ego(stamp_ns, 100.0 + 25e-9 * stamp_ns, -4.0, 0.0, 25.0)


def offer(loop, stamp_ns, now_ns):
    assert loop.odometry(ego(stamp_ns), 'map', now_ns) is None
    return loop.objects(Objects.none(), stamp_ns, 'map', now_ns)


def test_nothing_is_answered_before_the_road_is_known(loop):
    assert offer(loop, 1, 0) is None
    assert loop.trouble(0) == 'no road description received'
    assert not loop.stopping_matters
    loop.road(road)
    assert offer(loop, 2, 0).stamp_ns == 2
    assert loop.stopping_matters


def test_a_road_that_does_not_fit_is_the_trouble_until_one_fits(loop):
    with pytest.raises(RoadError):
        loop.road(lambda: road(lanes=2))
    assert '2 lanes' in loop.trouble(0)
    with pytest.raises(RoadError):
        loop.road(lambda: Road.from_json('{'))
    assert 'not JSON' in loop.trouble(0)
    loop.road(road)
    assert 'odometry' in loop.trouble(0)


def test_a_bad_road_leaves_the_good_one(driving):
    with pytest.raises(RoadError):
        driving.road(lambda: Road.from_json('nonsense'))
    assert offer(driving, PERIOD, PERIOD) is not None


def test_a_stamp_again_gets_the_same_command_again(driving):
    command = offer(driving, PERIOD, PERIOD)
    assert driving.odometry(ego(PERIOD), 'map', PERIOD + 1) is command


def test_a_sensor_that_is_stuck_does_not_keep_the_vehicle_going(driving):
    for now in range(0, S, PERIOD):
        driving.odometry(ego(0), 'map', now)
        driving.objects(Objects.none(), 0, 'map', now)
    assert driving.odometry(ego(0), 'map', S) is None
    output = driving.look(S)
    assert output.state is SafetyState.STOPPING
    assert 'never with a new stamp' in output.reason


def test_it_holds_then_stops_and_says_why(driving):
    assert driving.look(PERIOD).state is SafetyState.DRIVING
    holding = driving.look(2 * PERIOD)
    assert holding.state is SafetyState.HOLDING
    assert 'no odometry for 0.40 s' in holding.reason
    stopping = driving.look(2 * S)
    assert stopping.state is SafetyState.STOPPING
    assert 0.0 < stopping.speed < holding.speed
    assert driving.look(60 * S).state is SafetyState.STANDSTILL


def test_refused_input_is_the_reason(driving):
    driving.refuse('odometry', InvalidInput('x of the odometry is nan'), S)
    assert driving.refused == 1
    assert 'x of the odometry is nan' in driving.look(S).reason


def test_good_input_ends_a_stop(driving):
    assert driving.look(S).publish
    assert offer(driving, S, S) is not None
    assert driving.look(S).state is SafetyState.DRIVING


def test_reset_forgets_all_but_the_road(driving):
    driving.reset()
    assert driving.look(5 * S).state is SafetyState.WAITING
    assert not driving.stopping_matters
    command = offer(driving, 0, 5 * S)
    assert command is not None
    assert command.decided
