# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The constants of highway-env's traffic, kept apart for each environment.

highway-env's intersections write theirs on IDMVehicle, the class of the traffic of every
environment of the process: once one is made, all others drive otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec, module_from_spec
import sys
from threading import RLock
from typing import Any

import gymnasium

CONSTANTS = 'DISTANCE_WANTED', 'COMFORT_ACC_MAX', 'COMFORT_ACC_MIN'
MODULE = 'highway_env.vehicle.behavior'
# Of the class: while one environment runs with its own constants, another thread's waits.
_LOCK = RLock()


@cache
def untouched() -> dict[str, float]:
    """Return the constants as highway-env is installed, whatever was written on the class."""
    spec = find_spec(MODULE)
    assert spec is not None and spec.loader is not None
    another = module_from_spec(spec)
    spec.loader.exec_module(another)
    return _read(another)


def _read(module: Any) -> dict[str, float]:
    return {name: getattr(module.IDMVehicle, name) for name in CONSTANTS}


def _write(module: Any, values: dict[str, float]) -> None:
    for name, value in values.items():
        setattr(module.IDMVehicle, name, value)


class Traffic:
    """The constants of the traffic of one environment: highway-env's, until it writes others."""

    def __init__(self) -> None:
        self._own: dict[str, float] | None = None

    @contextmanager
    def own(self) -> Iterator[None]:
        """
        Give the class the own constants for as long as the environment is made, reset or stepped.

        What the environment writes meanwhile becomes its own, and is undone on the class. Without
        highway-env in the process nothing is done, and nothing imported.
        """
        with _LOCK:
            module = sys.modules.get(MODULE)
            before = None if module is None else _read(module)
            if module is not None:
                _write(module, self._own or untouched())
            try:
                yield
            finally:
                module = sys.modules.get(MODULE)
                if module is not None:
                    self._own = _read(module)
                    _write(module, before or untouched())


class OwnTraffic(gymnasium.Wrapper[Any, Any, Any, Any]):
    """An environment whose traffic drives by its own constants, whatever else the process made."""

    def __init__(self, env: gymnasium.Env[Any, Any], traffic: Traffic) -> None:
        super().__init__(env)
        self._traffic = traffic

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        """Reset the environment with its own traffic."""
        with self._traffic.own():
            return super().reset(seed=seed, options=options)

    def step(self, action: Any) -> Any:
        """Step the environment with its own traffic."""
        with self._traffic.own():
            return super().step(action)


def make_with_own_traffic(task_id: str, **kwargs: Any) -> gymnasium.Env[Any, Any]:
    """Make an environment as gymnasium.make does; where highway-env is there, in OwnTraffic."""
    traffic = Traffic()
    with traffic.own():
        env = gymnasium.make(task_id, **kwargs)
    return OwnTraffic(env, traffic) if MODULE in sys.modules else env
