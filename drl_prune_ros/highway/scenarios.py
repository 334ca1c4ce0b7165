# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What each scenario of highway-env adds to the tables: its rewards, its traffic, its actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.highway.records import FASTER, IDLE, LANE_LEFT, LANE_RIGHT, SLOWER
from drl_prune_ros.highway.settings import (
    BOTH,
    HIGHWAY,
    INTERSECTION,
    MERGE,
    META,
    RACETRACK,
    ROUNDABOUT,
    STEERING,
    THROTTLE,
)

Find = Callable[[tuple[str, str, int]], int]
Read = Callable[[Any, dict[str, Any], Find], None]
MEANINGS = {'LANE_LEFT': LANE_LEFT, 'IDLE': IDLE, 'LANE_RIGHT': LANE_RIGHT, 'FASTER': FASTER,
            'SLOWER': SLOWER}


# In the order in which highway-env adds them up.
REWARDS = {
    HIGHWAY: ('collision_reward', 'right_lane_reward', 'high_speed_reward', 'on_road_reward'),
    MERGE: ('collision_reward', 'right_lane_reward', 'high_speed_reward', 'lane_change_reward',
            'merging_speed_reward'),
    ROUNDABOUT: ('collision_reward', 'high_speed_reward', 'lane_change_reward', 'on_road_reward'),
    INTERSECTION: ('collision_reward', 'high_speed_reward', 'arrived_reward', 'on_road_reward'),
    RACETRACK: ('lane_centering_reward', 'action_reward', 'collision_reward', 'on_road_reward'),
}


@dataclass(frozen=True)
class Scenario:
    """
    A family of environments.

    goals   nodes that routes lead to
    marked  whether an edge (start, end) leads away from an intersection
    read    writes the settings that only these have
    room    how many vehicles there may be at once
    """

    goals: tuple[str, ...]
    marked: Callable[[str, str], bool]
    read: Read
    room: Callable[[Any], int]


def weights(settings: Any, config: Any, scenario: int) -> None:
    """Write the scenario, and the weights of the terms of its reward."""
    settings['scenario'] = scenario
    names = REWARDS[scenario]
    settings['weights'][:len(names)] = [config.get(name, 0) for name in names]


def read_actions(env: Any, scene: dict[str, Any]) -> None:
    """Write the kind of actions, and what they mean."""
    from highway_env.envs.common import action as actions
    from highway_env.vehicle.kinematics import Vehicle

    settings, kind = scene['settings'][0], env.action_type
    if type(kind) is actions.DiscreteMetaAction:
        settings['action'] = META
        scene['speeds'] = np.array(kind.target_speeds, np.float64)
        scene['meanings'] = np.array([MEANINGS[kind.actions[k]] for k in sorted(kind.actions)])
        return
    if type(kind) is not actions.ContinuousAction or kind.dynamical:
        raise DrlPruneError(f'the compiled highway has no {type(kind).__name__} of this kind')
    settings['action'] = (BOTH if kind.longitudinal and kind.lateral else
                          THROTTLE if kind.longitudinal else STEERING)
    settings['clips'] = kind.clip
    settings['acceleration_low'], settings['acceleration_high'] = kind.acceleration_range
    settings['steering_low'], settings['steering_high'] = kind.steering_range
    settings['min_speed'], settings['max_speed'] = (
        kind.speed_range or (Vehicle.MIN_SPEED, Vehicle.MAX_SPEED))


def read_highway(env: Any, scene: dict[str, Any], find: Find) -> None:
    """Write what highway-v0 and highway-fast-v0 have."""
    from highway_env.envs.highway_env import HighwayEnvFast

    settings, config = scene['settings'][0], env.config
    weights(settings, config, HIGHWAY)
    settings['worst'] = config['collision_reward']
    settings['best'] = config['high_speed_reward'] + config['right_lane_reward']
    settings['speed_low'], settings['speed_high'] = config['reward_speed_range']
    settings['others'] = config['vehicles_count']
    lane = config['initial_lane_id']
    settings['ego_lane'] = -1 if lane is None else lane
    settings['ego_gap'], settings['gap'] = config['ego_spacing'], 1 / config['vehicles_density']
    settings['crowding'] = np.exp(-5 / 40 * config['lanes_count'])
    settings['checks'] = not isinstance(env, HighwayEnvFast)


def read_merge(env: Any, scene: dict[str, Any], find: Find) -> None:
    """Write what merge-v0 has."""
    settings, config = scene['settings'][0], env.config
    weights(settings, config, MERGE)
    settings['worst'] = config['collision_reward'] + config['merging_speed_reward']
    settings['best'] = config['high_speed_reward'] + config['right_lane_reward']
    settings['speed_low'], settings['speed_high'] = config['reward_speed_range']
    settings['end'], settings['merging_lane'] = 370.0, find(('b', 'c', 2))
    settings['lanes'][:2] = find(('a', 'b', 0)), find(('j', 'k', 0))


def read_roundabout(env: Any, scene: dict[str, Any], find: Find) -> None:
    """Write what roundabout-v0 has."""
    settings, config = scene['settings'][0], env.config
    weights(settings, config, ROUNDABOUT)
    settings['worst'], settings['best'] = config['collision_reward'], config['high_speed_reward']
    goal = config['incoming_vehicle_destination']
    settings['goal'] = -1 if goal is None else goal
    settings['lanes'][:4] = [find(lane) for lane in (
        ('ser', 'ses', 0), ('we', 'sx', 1), ('we', 'sx', 0), ('eer', 'ees', 0))]


def read_intersection(env: Any, scene: dict[str, Any], find: Find) -> None:
    """Write what intersection-v0 has."""
    settings, config = scene['settings'][0], env.config
    weights(settings, config, INTERSECTION)
    settings['worst'], settings['best'] = config['collision_reward'], config['arrived_reward']
    settings['speed_low'], settings['speed_high'] = config['reward_speed_range']
    settings['arrived'] = config['arrived_reward']
    settings['regulated'] = int(
        1 / (1 / config['simulation_frequency']) / env.road.REGULATION_FREQUENCY)
    settings['spawn_probability'] = config['spawn_probability']
    settings['goal'] = int(config['destination'][1:]) if config['destination'] else -1
    settings['lanes'][:4] = [find((f'o{k}', f'ir{k}', 0)) for k in range(4)]
    count = config['initial_vehicle_count']
    scene['places'] = np.linspace(0, 80, count)


def read_racetrack(env: Any, scene: dict[str, Any], find: Find) -> None:
    """Write what racetrack-v0 has."""
    settings, config = scene['settings'][0], env.config
    weights(settings, config, RACETRACK)
    settings['worst'], settings['best'] = config['collision_reward'], 1
    settings['centering_cost'] = config['lane_centering_cost']
    settings['others'] = config['other_vehicles']
    settings['lanes'][:3] = find(('a', 'b', 0)), find(('b', 'c', 0)), len(env.road.network.graph)


def nowhere(start: str, end: str) -> bool:
    """Return that no edge leads away from an intersection."""
    return False


SCENARIOS: dict[str, Scenario] = {
    'highway_env': Scenario(
        (), nowhere, read_highway, lambda env: env.config['vehicles_count'] + 1),
    'merge_env': Scenario((), nowhere, read_merge, lambda env: 5),
    'roundabout_env': Scenario(
        ('exr', 'sxr', 'nxr', 'nxs'), nowhere, read_roundabout, lambda env: 5),
    'intersection_env': Scenario(
        ('o0', 'o1', 'o2', 'o3'), lambda start, end: 'il' in start and 'o' in end,
        read_intersection,
        lambda env: env.config['initial_vehicle_count'] + 4 + int(
            env.config['duration'] * env.config['policy_frequency'])),
    'racetrack_env': Scenario(
        (), nowhere, read_racetrack, lambda env: 2 + max(0, env.config['other_vehicles'])),
}
CLASSES = {
    'HighwayEnv': 'highway_env', 'HighwayEnvFast': 'highway_env', 'MergeEnv': 'merge_env',
    'ConnectedLaneMergeEnv': 'merge_env', 'RoundaboutEnv': 'roundabout_env',
    'ConnectedLaneRoundaboutEnv': 'roundabout_env', 'IntersectionEnv': 'intersection_env',
    'ConnectedLaneIntersectionEnv': 'intersection_env', 'RacetrackEnv': 'racetrack_env',
    'ConnectedLaneRacetrackEnv': 'racetrack_env', 'RacetrackEnvLarge': 'racetrack_env',
    'ConnectedLaneRacetrackEnvLarge': 'racetrack_env'}


def scenario_of(env: Any) -> Scenario:
    """Return the scenario of an environment; raises DrlPruneError where there is none."""
    kind = type(env)
    if not kind.__module__.startswith('highway_env.envs.') or kind.__name__ not in CLASSES:
        raise DrlPruneError(f'the compiled highway has no {kind.__name__}')
    if env.config.get('controlled_vehicles', 1) != 1:
        raise DrlPruneError('the compiled highway drives one vehicle in each environment')
    others = env.config['other_vehicles_type']
    if others != 'highway_env.vehicle.behavior.IDMVehicle':
        raise DrlPruneError(f'the compiled highway has no traffic of {others}')
    found = SCENARIOS[CLASSES[kind.__name__]]
    read = found.read

    def with_actions(env: Any, scene: dict[str, Any], find: Find) -> None:
        read_actions(env, scene)
        read(env, scene, find)
    return Scenario(found.goals, found.marked, with_actions, found.room)
