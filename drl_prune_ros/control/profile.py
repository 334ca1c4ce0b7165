# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The vehicle profile: all that a particular vehicle asks of the controller."""

from __future__ import annotations

from dataclasses import dataclass, fields
import math
from pathlib import Path

import yaml

from drl_prune_ros import resources
from drl_prune_ros.errors import DrlPruneError


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
        if not isinstance(content, dict) or sorted(map(str, content)) != sorted(names):
            raise DrlPruneError(
                f'vehicle profile {path}: its entries must be exactly {", ".join(names)}')
        for name in names[1:]:
            number = content[name]
            if isinstance(number, bool) or not isinstance(number, (int, float)):
                raise DrlPruneError(f'vehicle profile {path}: {name} is not a number')
            if not math.isfinite(number) or (number <= 0.0) != (name == 'min_speed'):
                raise DrlPruneError(
                    f'vehicle profile {path}: {name} is {number}, which is out of range')
        return cls(str(content['name']), *(float(content[name]) for name in names[1:]))


def load_profile(name: str) -> VehicleProfile:
    """Read the profile called name from config/vehicles; an unknown name lists those there are."""
    folder = resources.config_dir() / 'vehicles'
    known = sorted(path.stem for path in folder.glob('*.yaml'))
    if name not in known:
        raise DrlPruneError(
            f'no vehicle profile is called {name!r}: choose one of {", ".join(known)}')
    return VehicleProfile.read(folder / f'{name}.yaml')
