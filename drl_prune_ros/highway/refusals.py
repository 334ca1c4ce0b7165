# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What of an environment the compiled code would get wrong without noticing, refused by name."""

from __future__ import annotations

import sys
from typing import Any

import gymnasium
from gymnasium.wrappers import OrderEnforcing, PassiveEnvChecker, TimeLimit

from drl_prune_ros.errors import Unsupported

TRAFFIC = 'highway_env.vehicle.behavior.IDMVehicle'


def refuse_wrappers(env: gymnasium.Env[Any, Any]) -> None:
    """Raise Unsupported where an environment is registered in a wrapper that may change it."""
    while env is not env.unwrapped:
        if type(env) not in (OrderEnforcing, PassiveEnvChecker, TimeLimit):
            raise Unsupported(f'the compiled highway has no wrapper {type(env).__name__}')
        assert isinstance(env, gymnasium.Wrapper)
        env = env.env


def refuse_what_only_it_runs(env: Any, known: Any) -> None:
    """
    Raise Unsupported for another class than those of highway-env that are known by name.

    A class derived from one of them may have methods of its own, whatever it is called.
    """
    kind = type(env)
    name = kind.__name__
    if not kind.__module__.startswith('highway_env.envs.') or (
            getattr(sys.modules[kind.__module__], name, None) is not kind):
        raise Unsupported(
            f'the compiled highway has no {kind.__module__}.{name}, only what highway-env has')
    if name not in known:
        raise Unsupported(f'the compiled highway has no {name}')
    config = env.config
    if config.get('controlled_vehicles', 1) != 1:
        raise Unsupported('the compiled highway drives one vehicle in each environment, and '
                          f'controlled_vehicles is {config["controlled_vehicles"]}')
    if config['other_vehicles_type'] != TRAFFIC:
        raise Unsupported(
            f'the compiled highway has no traffic of {config["other_vehicles_type"]}')
    if config['manual_control']:
        raise Unsupported('the compiled highway has no keyboard, and manual_control is on')
