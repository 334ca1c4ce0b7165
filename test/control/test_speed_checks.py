# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The speeds of a policy against those of its vehicle and its road."""

from dataclasses import replace

import pytest

from drl_prune_ros.control import speed_checks
from drl_prune_ros.control.driver import make_motion_driver
from drl_prune_ros.control.profile import load_profile
from drl_prune_ros.perception.path_road import road_from_path
from drl_prune_ros.perception.road import RoadError
from drl_prune_ros.perception.scene import Ego, Objects, OutsideContract
from drl_prune_ros.policy.errors import ContractError
from drl_prune_ros.policy.runtime import load_runtime
from drl_prune_ros.tasks.catalogue import load_task

CAR = load_profile('passenger_car')
HIGHWAY = load_task('highway-fast-v0').action   # 20 to 30 m/s


def road(speed_limit):
    return road_from_path([(0, 0), (5_000, 0)], 3, 4.0, 0, speed_limit)


@pytest.fixture
def driver(highway_policy):
    return make_motion_driver(load_runtime(highway_policy), CAR)


@pytest.mark.reaction(
    'against the road', 'a speed_limit below every speed that the policy can want',
    'the road is refused, and so is ~/engage')
def test_a_road_for_slower_driving_is_refused(driver):
    with pytest.raises(RoadError, match=r'speed_limit of 13.9 m/s, but the policy wants 20 to 30'):
        driver.set_road(road(13.9))
    assert not driver.ready
    driver.set_road(road(20.0))
    assert driver.ready


def test_without_the_guard_no_speed_limit_is_kept():
    speed_checks.check_road(HIGHWAY, load_profile('highway_env'), road(5.0), 0.0)


@pytest.mark.reaction(
    'against the road', 'a speed_limit below what the policy wants now',
    'commands keep to the limit')
def test_commands_keep_to_the_limit_of_the_lane(driver):
    fast = {}
    for limit in (22.0, 36.0):
        driver.set_road(road(limit))
        command = driver.step(Ego(round(limit), 100.0, -4.0, 0.0, 30.0), Objects.none())
        fast[limit] = command.acceleration
        assert command.decision.target_speed > limit or limit == 36.0
    assert fast[22.0] == pytest.approx((22.0 - 30.0) / CAR.speed_time)
    assert fast[36.0] > fast[22.0]


@pytest.mark.reaction(
    'against the vehicle', "a measured speed above the profile's max_speed",
    "'outside the contract': comfortable stop; ~/engage is refused")
def test_a_measured_speed_that_the_vehicle_cannot_have(driver):
    driver.set_road(road(36.0))
    driver.step(Ego(0, 100.0, -4.0, 0.0, 36.0), Objects.none())
    driver.step(Ego(1, 100.0, -4.0, 0.0, 38.5), Objects.none())   # a little downhill
    with pytest.raises(OutsideContract, match=r'says 72 m/s, but max_speed .* is 36 m/s: are'):
        driver.step(Ego(2, 100.0, -4.0, 0.0, 72.0), Objects.none())


@pytest.mark.reaction(
    'against the vehicle', 'a policy that wants more than max_speed of the profile at least',
    'the policy is refused')
def test_a_policy_that_is_too_fast_for_its_vehicle(highway_policy):
    with pytest.raises(ContractError, match=r'wants 20 to 30 m/s, but max_speed .* is 8 m/s'):
        make_motion_driver(load_runtime(highway_policy), replace(CAR, max_speed=8.0))
