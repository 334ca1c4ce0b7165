# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Target lane and speed against highway-env's MDPVehicle, along random drives."""

from dataclasses import replace

import gymnasium
from highway_env.vehicle.controller import MDPVehicle
import numpy as np
import pytest

from drl_prune_ros.control.meta_action import ACTIONS, check_meta_actions, Target
from drl_prune_ros.perception.scene import Ego
from drl_prune_ros.policy.contracts import ActionContract
from drl_prune_ros.policy.errors import ContractError
from drl_prune_ros.simulator.highway_road import describe_road, segment_nodes


def ego_of(vehicle):
    return Ego(
        stamp_ns=0, x=vehicle.position[0], y=vehicle.position[1], yaw=vehicle.heading,
        speed=vehicle.speed)


@pytest.mark.parametrize('speeds', [(20.0, 25.0, 30.0), (0.0, 4.5, 9.0), (10.0, 35.0)])
@pytest.mark.parametrize('task', ['highway-fast-v0', 'merge-v0'])
def test_targets_are_those_of_highway_env(task, speeds):
    road = gymnasium.make(task).unwrapped.road
    nodes = segment_nodes(road.network)
    network = describe_road(road.network).network()
    changing = 0
    for seed in range(15):
        random = np.random.default_rng(seed)
        position = random.uniform((100, -3), (150, 6))
        speed = random.uniform(0, 40)
        vehicle = MDPVehicle(road, position, speed=speed, target_speeds=speeds)
        target = Target(ego_of(vehicle), network, speeds)
        for tick in range(80):
            if tick % 5 == 0:
                action = str(random.choice(ACTIONS))
                vehicle.act(action)
                target.apply(action, ego_of(vehicle))
            vehicle.act()
            target.follow(ego_of(vehicle))
            segment, number = target.lane
            assert (*nodes[segment], number) == vehicle.target_lane_index
            assert target.speed == vehicle.target_speed
            vehicle.step(0.1)
            changing += vehicle.target_lane_index != vehicle.lane_index
    assert changing > 20


def test_a_single_target_speed_is_always_the_target():
    road = gymnasium.make('highway-fast-v0').unwrapped.road
    ego = ego_of(road.vehicles[0])
    target = Target(ego, describe_road(road.network).network(), (8.0,))
    assert target.speed == 8.0
    target.apply('FASTER', ego)
    assert target.speed == 8.0


META = ActionContract('discrete_meta', ACTIONS, options={'target_speeds': [20, 25, 30]})


def test_actions_that_are_known():
    check_meta_actions(META)
    check_meta_actions(replace(META, names=('SLOWER', 'IDLE', 'FASTER')))


@pytest.mark.parametrize('contract', [
    ActionContract('discrete', ('LEFT', 'RIGHT')), replace(META, names=('IDLE', 'OVERTAKE')),
])
def test_actions_that_are_not(contract):
    with pytest.raises(ContractError, match='use another policy'):
        check_meta_actions(contract)
