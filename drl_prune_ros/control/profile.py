# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The vehicle profile: all that a particular vehicle asks of the controller."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
import math
from pathlib import Path
from typing import Any

import yaml

from drl_prune_ros import resources
from drl_prune_ros.control.limits import Limits
from drl_prune_ros.errors import DrlPruneError


@dataclass(frozen=True, slots=True)
class Stop:
    """
    How to slow down to a standstill.

    deceleration  m/s^2, positive
    jerk          m/s^3, with which it builds up and changes
    """

    deceleration: float
    jerk: float

    @classmethod
    def from_dict(cls, value: Any) -> Stop:
        """Read a mapping of both; raises DrlPruneError, naming the entry."""
        if not isinstance(value, Mapping) or set(value) != {'deceleration', 'jerk'}:
            raise DrlPruneError('a stop must have exactly deceleration, jerk')
        return cls(*(_number(value[name], name) for name in ('deceleration', 'jerk')))


@dataclass(frozen=True, slots=True)
class VehicleProfile:
    """
    Gains, limits and sizes of a vehicle; a file of config/vehicles holds one.

    name                of the profile
    wheelbase           metres between the axles, the reference point in the middle
    max_speed           m/s, forwards
    min_speed           m/s, negative: backwards
    max_steering        rad at the front wheels, to either side
    max_heading_offset  rad between the vehicle and the lane that it moves to
    speed_time          seconds, time constant of the speed control
    heading_time        seconds, time constant of the heading control
    lateral_time        seconds, time constant of the lateral position control
    look_ahead          seconds ahead on the lane whose heading is taken
    comfortable_stop    where it is known what is ahead
    emergency_stop      where it is not
    limits              of every command; None where commands are as the controller wants them
    """

    name: str
    wheelbase: float
    max_speed: float
    min_speed: float
    max_steering: float
    max_heading_offset: float
    speed_time: float
    heading_time: float
    lateral_time: float
    look_ahead: float
    comfortable_stop: Stop
    emergency_stop: Stop
    limits: Limits | None = None

    def with_wheelbase(self, wheelbase: float) -> VehicleProfile:
        """Return the profile for a vehicle with another wheelbase, m."""
        return replace(self, wheelbase=wheelbase)

    @classmethod
    def read(cls, path: str | Path) -> VehicleProfile:
        """
        Read a profile from YAML.

        Raises DrlPruneError when the file cannot be read, lacks or has an unknown entry, or has
        one out of range.
        """
        try:
            content = yaml.safe_load(Path(path).read_text(encoding='utf-8'))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            line = ' '.join(str(error).split())
            raise DrlPruneError(f'vehicle profile {path}: cannot be read ({line})') from error
        names = [field.name for field in fields(cls)]
        if not isinstance(content, dict) or {'limits', *map(str, content)} != set(names):
            raise DrlPruneError(
                f'vehicle profile {path}: its entries must be exactly {", ".join(names)}, the '
                f'last of which may be left out')
        try:
            return cls(**{
                name: _READ.get(name, _number)(content[name], name)
                for name in names if name in content})
        except DrlPruneError as error:
            raise DrlPruneError(f'vehicle profile {path}: {error}') from error


def _number(value: Any, name: str) -> float:
    number = _real(value, name)
    if number <= 0.0:
        raise DrlPruneError(f'{name} is {number}, which is out of range')
    return number


def _backwards(value: Any, name: str) -> float:
    number = _real(value, name)
    if number > 0.0:
        raise DrlPruneError(f'{name} is {number}, which is out of range')
    return number


def _real(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise DrlPruneError(f'{name} is not a number')
    if not math.isfinite(value):
        raise DrlPruneError(f'{name} is {value}, which is out of range')
    return float(value)


_READ: dict[str, Callable[[Any, str], Any]] = {
    'name': lambda value, _: str(value),
    'min_speed': _backwards,
    'comfortable_stop': lambda value, _: Stop.from_dict(value),
    'emergency_stop': lambda value, _: Stop.from_dict(value),
    'limits': lambda value, _: Limits.from_dict(value),
}


def load_profile(name: str) -> VehicleProfile:
    """
    Read the profile called name from config/vehicles, or the file of that path (.yaml).

    Raises DrlPruneError, which lists those there are where the name is not among them.
    """
    if name.endswith('.yaml'):
        return VehicleProfile.read(name)
    folder = resources.config_dir() / 'vehicles'
    known = sorted(path.stem for path in folder.glob('*.yaml'))
    if name not in known:
        raise DrlPruneError(
            f'no vehicle profile is called {name!r}: choose one of {", ".join(known)}, or give '
            f'the path of a .yaml file')
    return VehicleProfile.read(folder / f'{name}.yaml')
