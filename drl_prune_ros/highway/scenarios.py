# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which environments of highway-env there are, what they reward, and how their episodes begin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from drl_prune_ros.highway import read_scenarios as readers
from drl_prune_ros.highway import settings, starts
from drl_prune_ros.highway.refusals import refuse_what_only_it_runs


@dataclass(frozen=True)
class Scenario:
    """
    A family of environments.

    family   what is rewarded, a number of settings.py
    rewards  the names of its terms, in the order in which highway-env adds them up
    read     writes the settings that only these have
    room     how many vehicles there may be at once
    begin    begins episodes, see starts.py
    goals    nodes that routes lead to
    marked   whether an edge (start, end) leads away from an intersection
    """

    family: int
    rewards: tuple[str, ...]
    read: readers.Read
    room: Callable[[Any], int]
    begin: Callable[..., None]
    goals: tuple[str, ...] = ()
    marked: Callable[[str, str], bool] = lambda start, end: False


FAST = 'collision_reward', 'right_lane_reward', 'high_speed_reward', 'on_road_reward'
MERGING = ('collision_reward', 'right_lane_reward', 'high_speed_reward', 'lane_change_reward',
           'merging_speed_reward')
AROUND = 'collision_reward', 'high_speed_reward', 'lane_change_reward', 'on_road_reward'
CENTERED = 'lane_centering_reward', 'action_reward', 'collision_reward', 'on_road_reward'

HIGHWAY = Scenario(
    settings.HIGHWAY, FAST, readers.read_highway,
    lambda config: config['vehicles_count'] + 1, starts.highway)
EXIT = Scenario(
    settings.EXIT,
    ('collision_reward', 'goal_reward', 'high_speed_reward', 'right_lane_reward'),
    readers.read_exit, lambda config: config['vehicles_count'] + 1, starts.exit_ramp, ('3',))
TWO_WAY = Scenario(
    settings.TWO_WAY, ('high_speed_reward', 'left_lane_reward'), readers.read_two_way,
    lambda config: 6, starts.two_way)
MERGE = Scenario(
    settings.MERGE, MERGING, readers.read_merge, lambda config: 5, starts.merge)
MERGE_GENERIC = Scenario(
    settings.MERGE, MERGING, readers.read_merge_generic,
    lambda config: config['vehicles_count'] + 2, starts.merge_generic)
ROUNDABOUT = Scenario(
    settings.ROUNDABOUT, AROUND, readers.read_roundabout, lambda config: 5, starts.roundabout,
    ('exr', 'sxr', 'nxr', 'nxs'))
ROUNDABOUT_GENERIC = Scenario(
    settings.ROUNDABOUT, AROUND, readers.read_roundabout_generic,
    lambda config: config['vehicles_count'] + 1, starts.roundabout_generic,
    ('exr', 'sxr', 'nxr', 'wxr', 'nxs'))
INTERSECTION = Scenario(
    settings.INTERSECTION,
    ('collision_reward', 'high_speed_reward', 'arrived_reward', 'on_road_reward'),
    readers.read_intersection,
    lambda config: config['initial_vehicle_count'] + 4 + int(
        config['duration'] * config['policy_frequency']),
    starts.intersection, ('o0', 'o1', 'o2', 'o3'),
    lambda start, end: 'il' in start and 'o' in end)
U_TURN = Scenario(
    settings.U_TURN,
    ('collision_reward', 'left_lane_reward', 'high_speed_reward', 'on_road_reward'),
    readers.read_u_turn, lambda config: 7, starts.u_turn, ('d',))
RACETRACK = Scenario(
    settings.RACETRACK, CENTERED, readers.read_racetrack,
    lambda config: 2 + max(0, config['other_vehicles']), starts.racetrack)
RACETRACK_OVAL = Scenario(
    settings.RACETRACK, CENTERED, readers.read_racetrack_oval, RACETRACK.room, starts.racetrack)

# Of each class, and of the one that looks for neighbors on connected lanes too.
SCENARIOS = {
    'HighwayEnv': HIGHWAY, 'HighwayEnvFast': HIGHWAY, 'ExitEnv': EXIT, 'TwoWayEnv': TWO_WAY,
    'MergeEnv': MERGE, 'MergeGenericEnv': MERGE_GENERIC, 'RoundaboutEnv': ROUNDABOUT,
    'RoundaboutGenericEnv': ROUNDABOUT_GENERIC, 'IntersectionEnv': INTERSECTION,
    'UTurnEnv': U_TURN, 'RacetrackEnv': RACETRACK, 'RacetrackEnvLarge': RACETRACK,
    'RacetrackEnvOval': RACETRACK_OVAL, 'ContinuousIntersectionEnv': INTERSECTION}
CLASSES = {f'{prefix}{name}': scenario for prefix in ('', 'ConnectedLane')
           for name, scenario in SCENARIOS.items()}


def scenario_of(env: Any) -> Scenario:
    """Return the scenario of an environment; raises Unsupported where there is none."""
    refuse_what_only_it_runs(env, CLASSES)
    return CLASSES[type(env).__name__]
