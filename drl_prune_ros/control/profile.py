# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The vehicle profile: what the control of a particular vehicle has to know."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from drl_prune_ros import fields, resources
from drl_prune_ros.control.guard_settings import GuardSettings
from drl_prune_ros.control.limits import Limits
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.files import read_object


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
    def from_dict(cls, value: object, where: str) -> Stop:
        """Read a mapping of both; raises DrlPruneError, naming the entry below `where`."""
        entries = fields.keys(value, where, cls)
        return cls(*(fields.positive(entries[name], f'{where}.{name}')
                     for name in ('deceleration', 'jerk')))


@dataclass(frozen=True, slots=True)
class VehicleProfile:
    """
    Gains, limits and sizes of a vehicle; a file of config/vehicles holds one.

    name                of the profile
    length              meters over the bumpers, the reference point in the middle
    width               meters
    wheelbase           meters between the axles, the reference point in the middle
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
    headway_guard       keeps the distance to what is ahead; None where that is off
    limits              of every command; None where commands are as the controller wants them
    """

    name: str
    length: float
    width: float
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
    headway_guard: GuardSettings | None
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
        content = read_object(
            Path(path), 'a vehicle profile', 'write it as those of config/vehicles')
        try:
            guard = GuardSettings.from_profile(content)
            entries: dict[str, object] = fields.keys(content, 'profile', cls)

            def positive(name: str) -> float:
                return fields.positive(entries[name], name)
            limits = Limits.from_dict(entries['limits']) if 'limits' in entries else None
            if guard is not None and limits is not None:
                guard.check(min(bounds.deceleration for bounds in limits.points))
            return cls(
                name=str(entries['name']),
                length=positive('length'),
                width=positive('width'),
                wheelbase=positive('wheelbase'),
                max_speed=positive('max_speed'),
                min_speed=_not_positive(entries['min_speed'], 'min_speed'),
                max_steering=positive('max_steering'),
                max_heading_offset=positive('max_heading_offset'),
                speed_time=positive('speed_time'),
                heading_time=positive('heading_time'),
                lateral_time=positive('lateral_time'),
                look_ahead=positive('look_ahead'),
                comfortable_stop=Stop.from_dict(entries['comfortable_stop'], 'comfortable_stop'),
                emergency_stop=Stop.from_dict(entries['emergency_stop'], 'emergency_stop'),
                headway_guard=guard,
                limits=limits)
        except DrlPruneError as error:
            raise DrlPruneError(f'vehicle profile {path}: {error}') from error


def _not_positive(value: object, name: str) -> float:
    number = fields.number(value, name)
    if number > 0.0:
        fields.refuse(name, 'a number of at most 0', value)
    return number


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
