# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Reads which actions an environment takes."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from drl_prune_ros.errors import Unsupported
from drl_prune_ros.highway.records import FASTER, IDLE, LANE_LEFT, LANE_RIGHT, SLOWER
from drl_prune_ros.highway.settings import BOTH, META, STEERING, THROTTLE

MEANINGS = {'LANE_LEFT': LANE_LEFT, 'IDLE': IDLE, 'LANE_RIGHT': LANE_RIGHT, 'FASTER': FASTER,
            'SLOWER': SLOWER}


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
    if type(kind) not in (actions.ContinuousAction, actions.DiscreteAction):
        raise Unsupported(f'the compiled highway has no {type(kind).__name__}')
    if kind.dynamical:
        raise Unsupported(
            f'the compiled highway has no {kind.vehicle_class.__name__}, which the action is for: '
            'it is dynamical')
    settings['action'] = (BOTH if kind.longitudinal and kind.lateral else
                          THROTTLE if kind.longitudinal else STEERING)
    settings['clips'] = kind.clip
    for name in ('acceleration', 'steering'):
        low, high = getattr(kind, f'{name}_range')
        settings[f'{name}_low'], settings[f'{name}_high'] = low, high
        settings[f'{name}_wide'] = isinstance(low, np.float64) or isinstance(high, np.float64)
    settings['min_speed'], settings['max_speed'] = (
        kind.speed_range or (Vehicle.MIN_SPEED, Vehicle.MAX_SPEED))
    if type(kind) is actions.DiscreteAction:
        settings['discrete'] = True
        ends = actions.ContinuousAction.space(kind)
        axes = np.linspace(ends.low, ends.high, kind.actions_per_axis).T
        scene['shares'] = np.array(list(product(*axes)), np.float32)
