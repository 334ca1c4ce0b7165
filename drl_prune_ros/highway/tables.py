# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Reads a live environment of highway-env into the tables of the compiled code.

Roads, lanes, ranges and constants are never typed again here, so that any configuration works.
What the compiled code cannot do is refused by name.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.errors import Unsupported
from drl_prune_ros.highway.read_actions import read_actions
from drl_prune_ros.highway.read_observations import read_observations
from drl_prune_ros.highway.records import (
    CIRCULAR,
    EDGE,
    LANE,
    OBSTACLE,
    Road,
    ROUTE,
    SINE,
    STRAIGHT,
    VEHICLE,
)
from drl_prune_ros.highway.scenarios import Scenario, scenario_of
from drl_prune_ros.highway.settings import SETTINGS

POINTS = 64   # of a lane, at which its box is measured


class Scene(NamedTuple):
    """
    All that a kind of environment is.

    settings   (1,) of SETTINGS
    speeds     (k,) target speeds, m/s
    meanings   (actions,) the meta-action of each action
    shares     (actions, k) of -1 to 1, the continuous actions that discrete ones stand for
    observations  (parts,) of OBSERVATION
    numbers    (n,) what one scenario alone has
    """

    road: Road
    settings: NDArray[np.void]
    speeds: NDArray[np.float64]
    meanings: NDArray[np.int64]
    shares: NDArray[np.float32]
    observations: NDArray[np.void]
    numbers: NDArray[np.float64]


def lane_ids(env: Any) -> list[tuple[str, str, int]]:
    """Return every lane of the network, in the order of its graph."""
    return [(start, end, number) for start, ways in env.road.network.graph.items()
            for end, lanes in ways.items() for number in range(len(lanes))]


def read_road(env: Any, goals: tuple[str, ...], marked: Any) -> Road:
    """Return the tables of the road of an environment that was reset."""
    graph = env.road.network.graph
    ids = lane_ids(env)
    place = {name: index for index, name in enumerate(ids)}
    pairs = [(start, end) for start, ways in graph.items() for end in ways]
    nodes = list(dict.fromkeys([*graph, *(end for _, end in pairs)]))
    node = {name: index for index, name in enumerate(nodes)}

    edges = np.zeros(len(pairs), EDGE)
    for edge, (start, end) in zip(edges, pairs, strict=True):
        edge['first'], edge['count'] = place[start, end, 0], len(graph[start][end])
        edge['start'], edge['end'], edge['mark'] = node[start], node[end], marked(start, end)
    number = {pair: index for index, pair in enumerate(pairs)}

    lanes = np.zeros(len(ids), LANE)
    for row, (start, end, index) in zip(lanes, ids, strict=True):
        _read_lane(row, graph[start][end][index])
        row['edge'], row['number'] = number[start, end], index

    most = max(len(ways) for ways in graph.values())
    leaving = np.full((len(nodes), most), -1, np.int32)
    for start, ways in graph.items():
        for k, end in enumerate(ways):
            leaving[node[start], k] = number[start, end]

    beside = [_connected(env, graph, place, *name) for name in ids]
    width = max(1, *(len(each) for each in beside))
    neighbors = np.full((len(ids), width), -1, np.int32)
    offsets = np.zeros((len(ids), width))
    for index, each in enumerate(beside):
        for k, (lane, offset) in enumerate(each):
            neighbors[index, k], offsets[index, k] = lane, offset

    paths = np.full((len(nodes), max(1, len(goals)), ROUTE), -1, np.int32)
    for start in nodes:
        for k, goal in enumerate(goals):
            try:
                path = env.road.network.shortest_path(start, goal)
            except KeyError:
                path = []
            steps = [number[pair] for pair in pairwise(path)]
            if len(steps) > ROUTE - 1:
                raise Unsupported(f'a route of {len(steps)} roads is longer than the compiled '
                                  f'highway takes, {ROUTE - 1}')
            paths[node[start], k, :len(steps)] = steps
    return Road(lanes, edges, leaving, neighbors, offsets, paths)


def _connected(env: Any, graph: Any, place: Any, start: str, end: str, index: int,
               ) -> list[tuple[int, float]]:
    """Return the lanes in which neighbors are sought as well, with what is along them."""
    if not env.config['neighbour_vehicles_connected_lanes']:
        return []
    own = graph[start][end][index]
    found = [(place[end, after, index if index < len(lanes) else 0], float(own.length))
             for after, lanes in graph.get(end, {}).items()]
    for before, ways in graph.items():
        if start in ways:
            number = index if index < len(ways[start]) else 0
            found.append((place[before, start, number], -float(ways[start][number].length)))
    return found


def _read_lane(row: Any, lane: Any) -> None:
    """Write a lane of highway-env into a row of LANE."""
    _read_shape(row, lane)
    points = np.array([lane.position(s, 0.0) for s in np.linspace(0, lane.length, POINTS)])
    margin = lane.length / POINTS
    row['low_x'], row['low_y'] = points.min(axis=0) - margin
    row['high_x'], row['high_y'] = points.max(axis=0) + margin


def _read_shape(row: Any, lane: Any) -> None:
    """Write where a lane lies, and how it turns."""
    from highway_env.road.lane import CircularLane, SineLane, StraightLane

    row['length'], row['width'] = lane.length, lane.width
    row['forbidden'], row['priority'] = lane.forbidden, lane.priority
    row['limited'] = lane.speed_limit is not None
    row['speed_limit'] = lane.speed_limit if lane.speed_limit is not None else np.nan
    if type(lane) is CircularLane:
        row['kind'] = CIRCULAR
        row['x'], row['y'] = lane.center
        row['radius'], row['start_phase'] = lane.radius, lane.start_phase
        row['turn'] = lane.direction
        return
    if type(lane) not in (StraightLane, SineLane):
        raise Unsupported(f'the compiled highway has no {type(lane).__name__}')
    row['kind'] = STRAIGHT
    row['x'], row['y'] = lane.start
    row['along_x'], row['along_y'] = lane.direction
    row['across_x'], row['across_y'] = lane.direction_lateral
    row['heading'] = lane.heading
    if type(lane) is SineLane:
        row['kind'] = SINE
        row['amplitude'], row['pulsation'] = lane.amplitude, lane.pulsation
        row['phase'] = lane.phase


def read_obstacles(env: Any) -> NDArray[np.void]:
    """Return the obstacles of the road as rows of VEHICLE."""
    from highway_env.vehicle.objects import Obstacle

    rows = np.zeros(len(env.road.objects), VEHICLE)
    for row, thing in zip(rows, env.road.objects, strict=True):
        if type(thing) is not Obstacle:
            raise Unsupported(f'the compiled highway has no {type(thing).__name__}')
        row['x'], row['y'] = thing.position
        row['heading'], row['cos'], row['sin'] = (
            thing.heading, np.cos(thing.heading), np.sin(thing.heading))
        row['length'], row['width'] = thing.LENGTH, thing.WIDTH
        row['diagonal'] = thing.diagonal
        row['lane'] = lane_ids(env).index(thing.lane_index)
        row['kind'], row['checks'] = OBSTACLE, thing.check_collisions
    return rows


def read_settings(env: Any, scenario: Scenario) -> NDArray[np.void]:
    """Return the settings that every scenario has."""
    from highway_env.vehicle.behavior import IDMVehicle

    settings = np.zeros(1, SETTINGS)
    config = env.config
    simulated, decided = config['simulation_frequency'], config['policy_frequency']
    values = {
        'frames': int(simulated // decided), 'dt': 1 / simulated, 'period': 1 / decided,
        'duration': config.get('duration', np.inf),
        'distance_wanted': IDMVehicle.DISTANCE_WANTED, 'time_wanted': IDMVehicle.TIME_WANTED,
        'comfort_acceleration': IDMVehicle.COMFORT_ACC_MAX,
        'root_of_accelerations': np.sqrt(
            -IDMVehicle.COMFORT_ACC_MAX * IDMVehicle.COMFORT_ACC_MIN),
        'most_acceleration': IDMVehicle.ACC_MAX, 'politeness': IDMVehicle.POLITENESS,
        'braking_imposed': IDMVehicle.LANE_CHANGE_MAX_BRAKING_IMPOSED,
        'gain_wanted': IDMVehicle.LANE_CHANGE_MIN_ACC_GAIN,
        'lane_change_delay': IDMVehicle.LANE_CHANGE_DELAY, 'delta': IDMVehicle.DELTA,
        'delta_low': IDMVehicle.DELTA_RANGE[0], 'delta_high': IDMVehicle.DELTA_RANGE[1],
        'square': 2.0, 'offroad_terminal': config.get(
            'offroad_terminal', config.get('terminate_off_road', False)),
        'normalize': config.get('normalize_reward', False)}
    for name, value in values.items():
        settings[name] = value
    settings['scenario'] = scenario.family
    settings['weights'][0, :len(scenario.rewards)] = [
        config.get(name, 0) for name in scenario.rewards]
    if 'reward_speed_range' in config:
        settings['speed_low'], settings['speed_high'] = config['reward_speed_range']
    return settings


def read_scene(env: Any) -> tuple[Scenario, Scene, NDArray[np.void], int]:
    """
    Return scenario and scene of an environment that was reset, its obstacles, and its room.

    The room is how many vehicles there may be at once.

    Raises Unsupported, by the name of what only highway-env itself can run.
    """
    scenario = scenario_of(env)
    scene: dict[str, Any] = {
        'settings': read_settings(env, scenario), 'speeds': np.array([0.0, 1.0]),
        'meanings': np.zeros(0, np.int64), 'numbers': np.zeros(1),
        'shares': np.zeros((0, 1), np.float32),
        'observations': read_observations(env, lane_ids(env).index)}
    scene['road'] = read_road(env, scenario.goals, scenario.marked)
    ids = lane_ids(env)
    read_actions(env, scene)
    scenario.read(env, scene, ids.index)
    return scenario, Scene(**scene), read_obstacles(env), scenario.room(env.config)
