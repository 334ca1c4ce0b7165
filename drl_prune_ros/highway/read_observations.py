# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Reads what an environment observes; what the compiled code cannot is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.errors import Unsupported
from drl_prune_ros.highway.observations import (
    FEATURES,
    GRID,
    KINEMATICS,
    LIDAR,
    OBSERVATION,
    ON_ROAD,
    TIME_TO_COLLISION,
)

Find = Callable[[tuple[str, str, int]], int]


def read_observations(env: Any, find: Find) -> NDArray[np.void]:
    """Return a record (parts,) of each part that is observed; find gives the index of a lane."""
    from highway_env.envs.common.observation import TupleObservation

    observed, config = env.observation_type, env.config['observation']
    parts, configs = [observed], [config]
    if type(observed) is TupleObservation:
        parts, configs = observed.observation_types, config['observation_configs']
    records = np.zeros(len(parts), OBSERVATION)
    start = 0
    for record, part, given in zip(records, parts, configs, strict=True):
        record['ranges'] = np.nan
        _read(env, record, part, given, find)
        record['start'] = start
        start += record['size']
    if not start:
        raise Unsupported('the compiled highway observes at least one number: none is configured')
    return records


def _read(env: Any, record: Any, observed: Any, config: Any, find: Find) -> None:
    from highway_env.envs.common import observation as kinds

    kind = type(observed)
    if kind in (kinds.KinematicObservation, kinds.ExitObservation):
        _read_kinematics(env, record, observed, config)
        if kind is kinds.ExitObservation:
            last = len(env.road.network.graph['1']['2']) - 1
            record['exit_lane'] = find(('1', '2', last))
            record['sorted'], record['obstacles'] = True, False   # whatever is configured
    elif kind is kinds.OccupancyGridObservation:
        _read_grid(record, observed)
    elif kind is kinds.LidarObservation:
        _read_lidar(record, observed)
    elif kind is kinds.TimeToCollisionObservation:
        _read_time_to_collision(env, record, observed)
    else:
        raise Unsupported(f'the compiled highway has no {kind.__name__}')
    record['size'] = record['rows'] * record['columns'] * (
        record['count'] if record['kind'] == GRID else 1)


def _read_kinematics(env: Any, record: Any, observed: Any, config: Any) -> None:
    """Write what Kinematics is configured to."""
    if observed.vehicles_count < 2:
        raise Unsupported(
            f'the compiled highway has no Kinematics of vehicles_count '
            f'{observed.vehicles_count}: give at least 2, the ego and another')
    count = len(observed.features)
    record['kind'], record['exit_lane'] = KINEMATICS, -1
    record['rows'], record['columns'] = observed.vehicles_count, count
    _read_features(record, observed.features, FEATURES)
    for name, value in {
            'absolute': observed.absolute, 'sorted': observed.order == 'sorted',
            'shuffled': observed.order == 'shuffled', 'normalize': observed.normalize,
            'clip': observed.clip, 'behind': observed.see_behind,
            'intentions': observed.observe_intentions,
            'obstacles': observed.include_obstacles}.items():
        record[name] = value
    # Observed once at the reset, its ranges are set: those that were given, or by the lanes.
    record['y_by_lanes'] = not config.get('features_range')
    _read_ranges(record, observed.features_range)


def _read_grid(record: Any, observed: Any) -> None:
    """Write what OccupancyGrid is configured to."""
    record['kind'] = GRID
    record['rows'], record['columns'] = observed.grid.shape[1:]
    _read_features(record, observed.features, (*FEATURES, 'on_road'))
    (low_x, high_x), (low_y, high_y) = observed.grid_size
    record['low_x'], record['low_y'] = low_x, low_y
    record['step_x'], record['step_y'] = observed.grid_step
    record['spacing'] = np.amin(observed.grid_step)
    # A meter more than the farthest corner, whatever is lost to rounding.
    record['reach'] = 1 + np.hypot(max(abs(low_x), abs(high_x)), max(abs(low_y), abs(high_y)))
    record['aligned'], record['clip'] = observed.align_to_vehicle_axes, observed.clip
    record['image'] = observed.as_image
    _read_ranges(record, observed.features_range)


def _read_lidar(record: Any, observed: Any) -> None:
    """Write what Lidar is configured to."""
    record['kind'], record['rows'], record['columns'] = LIDAR, observed.cells, 2
    record['range'], record['angle'] = observed.maximum_range, observed.angle
    record['normalize'] = observed.normalize


def _read_time_to_collision(env: Any, record: Any, observed: Any) -> None:
    """Write what TimeToCollision is configured to."""
    record['kind'], record['rows'] = TIME_TO_COLLISION, 9
    record['columns'] = int(observed.horizon / (1 / env.config['policy_frequency']))


def _read_features(record: Any, names: list[str], known: tuple[str, ...]) -> None:
    """Write the columns of Kinematics, or the layers of a grid."""
    unknown = [name for name in names if name not in known]
    if unknown or len(set(names)) != len(names):
        raise Unsupported(
            f'the compiled highway observes no {unknown[0]!r}' if unknown else
            f'the compiled highway observes each feature once: {", ".join(names)}')
    record['count'] = len(names)
    record['features'][:len(names)] = [
        ON_ROAD if name == 'on_road' else FEATURES.index(name) for name in names]


def _read_ranges(record: Any, given: Any) -> None:
    for name, (low, high) in (given or {}).items():
        if name in FEATURES:
            record['ranges'][FEATURES.index(name)] = low, high
