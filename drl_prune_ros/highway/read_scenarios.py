# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the environments of one scenario alone are configured to: traffic, rewards, and places."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from drl_prune_ros.errors import Unsupported
from drl_prune_ros.highway.settings import BOTH

Find = Callable[[tuple[str, str, int]], int]
Read = Callable[[Any, dict[str, Any], Find], None]


def read_highway(env: Any, scene: dict[str, Any], find: Find) -> None:
    """Write what highway-v0 and highway-fast-v0 have."""
    from highway_env.envs.highway_env import HighwayEnvFast

    settings, config = scene['settings'][0], env.config
    settings['worst'] = config['collision_reward']
    settings['best'] = config['high_speed_reward'] + config['right_lane_reward']
    lane = config['initial_lane_id']
    settings['ego_lane'] = -1 if lane is None else lane
    settings['checks'] = not isinstance(env, HighwayEnvFast)
    _read_density(settings, config)


def _read_density(settings: Any, config: Any) -> None:
    """Write how many vehicles start behind each other, and how far apart."""
    settings['others'] = config['vehicles_count']
    settings['ego_gap'], settings['gap'] = config['ego_spacing'], 1 / config['vehicles_density']
    settings['crowding'] = np.exp(-5 / 40 * config['lanes_count'])


def read_exit(env: Any, scene: dict[str, Any], find: Find) -> None:
    """Write what exit-v0 has."""
    settings, config = scene['settings'][0], env.config
    settings['worst'], settings['best'] = config['collision_reward'], config['goal_reward']
    settings['lanes'][:2] = find(('1', '2', config['lanes_count'])), find(('2', 'exit', 0))
    _read_density(settings, config)
    lanes = np.arange(config['lanes_count'])
    shares = (lanes / lanes.sum()).cumsum()
    scene['numbers'] = shares / shares[-1]


def read_two_way(env: Any, scene: dict[str, Any], find: Find) -> None:
    """Write what two-way-v0 has."""
    if not len(scene['meanings']):
        raise Unsupported('two-way-v0 rewards by target speeds: it needs DiscreteMetaAction')
    scene['settings'][0]['lanes'][:2] = find(('a', 'b', 1)), find(('b', 'a', 0))


def read_merge(env: Any, scene: dict[str, Any], find: Find) -> None:
    """Write what merge-v0 has."""
    settings = scene['settings'][0]
    _read_merging(env, settings)
    settings['end'], settings['merging_lane'] = 370.0, find(('b', 'c', 2))
    settings['lanes'][:2] = find(('a', 'b', 0)), find(('j', 'k', 0))


def _refuse_pairs(env: Any, settings: Any) -> None:
    """Refuse actions of two numbers, of which highway-env cannot say whether they change lane."""
    if settings['action'] == BOTH and not settings['discrete']:
        raise Unsupported(
            f'highway-env itself cannot reward actions of two numbers in {type(env).__name__}: '
            'choose DiscreteMetaAction, or longitudinal or lateral alone')


def _read_merging(env: Any, settings: Any) -> None:
    """Write what rewards of merging lie between."""
    config = env.config
    _refuse_pairs(env, settings)
    settings['worst'] = config['collision_reward'] + config['merging_speed_reward']
    settings['best'] = config['high_speed_reward'] + config['right_lane_reward']


def read_merge_generic(env: Any, scene: dict[str, Any], find: Find) -> None:
    """Write what merge-generic-v0 has."""
    settings, config = scene['settings'][0], env.config
    _read_merging(env, settings)
    settings['end'] = env.end_position
    settings['merging_lane'] = find(('b', 'c', 2)) if config['lanes_count'] > 1 else -1
    settings['lanes'][:2] = find(('a', 'b', 0)), find(('j', 'k', 0))
    settings['others'], settings['spread'] = config['vehicles_count'], config['lanes_count']
    settings['reach'] = sum(
        config[f'{part}_merge_length'] for part in ('before', 'converge', 'parallel'))


def read_roundabout(env: Any, scene: dict[str, Any], find: Find) -> None:
    """Write what roundabout-v0 has."""
    settings, config = scene['settings'][0], env.config
    _refuse_pairs(env, settings)
    settings['worst'], settings['best'] = config['collision_reward'], config['high_speed_reward']
    goal = config['incoming_vehicle_destination']
    settings['goal'] = -1 if goal is None else goal
    settings['lanes'][:4] = [find(lane) for lane in (
        ('ser', 'ses', 0), ('we', 'sx', 1), ('we', 'sx', 0), ('eer', 'ees', 0))]


def read_roundabout_generic(env: Any, scene: dict[str, Any], find: Find) -> None:
    """Write what roundabout-generic-v0 has."""
    settings, config = scene['settings'][0], env.config
    _refuse_pairs(env, settings)
    settings['worst'], settings['best'] = config['collision_reward'], config['high_speed_reward']
    goal = config['incoming_vehicle_destination']
    settings['goal'] = -1 if goal is None else range(4)[min(goal, 3)]
    settings['others'] = config['vehicles_count']
    settings['lanes'][:8] = [find((*edge, 0)) for edge in (
        ('ser', 'ses'), ('we', 'sx'), ('sx', 'se'), ('ee', 'nx'), ('nx', 'ne'), ('eer', 'ees'),
        ('ner', 'nes'), ('wer', 'wes'))]


def read_intersection(env: Any, scene: dict[str, Any], find: Find) -> None:
    """Write what intersection-v0 has."""
    settings, config = scene['settings'][0], env.config
    settings['worst'], settings['best'] = config['collision_reward'], config['arrived_reward']
    settings['arrived'] = config['arrived_reward']
    settings['regulated'] = int(
        1 / (1 / config['simulation_frequency']) / env.road.REGULATION_FREQUENCY)
    settings['spawn_probability'] = config['spawn_probability']
    settings['goal'] = int(config['destination'][1:]) if config['destination'] else -1
    settings['lanes'][:4] = [find((f'o{k}', f'ir{k}', 0)) for k in range(4)]
    scene['numbers'] = np.linspace(0, 80, config['initial_vehicle_count'])


def read_u_turn(env: Any, scene: dict[str, Any], find: Find) -> None:
    """Write what u-turn-v0 has."""
    settings, config = scene['settings'][0], env.config
    settings['worst'] = config['collision_reward']
    settings['best'] = config['high_speed_reward'] + config['left_lane_reward']
    settings['lanes'][:7] = [find(lane) for lane in (
        ('a', 'b', 0), ('a', 'b', 0), ('a', 'b', 1), ('b', 'c', 1), ('b', 'c', 0), ('c', 'd', 0),
        ('c', 'd', 1))]


def read_racetrack(env: Any, scene: dict[str, Any], find: Find) -> None:
    """Write what racetrack-v0 has."""
    settings, config = scene['settings'][0], env.config
    settings['worst'], settings['best'] = config['collision_reward'], 1
    settings['centering_cost'] = config['lane_centering_cost']
    settings['others'], settings['spread'] = config['other_vehicles'], 2
    settings['lanes'][:3] = find(('a', 'b', 0)), find(('b', 'c', 0)), len(env.road.network.graph)


def read_racetrack_oval(env: Any, scene: dict[str, Any], find: Find) -> None:
    """Write what racetrack-oval-v0 has."""
    if not env.config['length'] or not env.config['no_lanes']:
        raise Unsupported(
            'the compiled highway has no track that is another one after each reset: give '
            'racetrack-oval-v0 a length and a no_lanes other than 0')
    read_racetrack(env, scene, find)
    scene['settings'][0]['spread'] = env.config['no_lanes']
