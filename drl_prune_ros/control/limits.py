# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The limits of the commands to a vehicle, interpolated over its speed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from drl_prune_ros import fields
from drl_prune_ros.errors import DrlPruneError

# At a higher speed these may not be larger: a vehicle that only slows down stays within them.
FALLING = ('steering', 'lateral_acceleration')


class Bounds(NamedTuple):
    """
    The limits at one speed, each a positive magnitude.

    acceleration          m/s^2, gaining speed
    deceleration          m/s^2, losing speed
    jerk                  m/s^3
    steering              rad at the front wheels
    steering_rate         rad/s
    lateral_acceleration  m/s^2
    """

    acceleration: float
    deceleration: float
    jerk: float
    steering: float
    steering_rate: float
    lateral_acceleration: float


@dataclass(frozen=True, slots=True)
class Limits:
    """
    Bounds over speed, linear between the points and constant beyond them.

    speed  m/s, increasing from 0; points[i] holds at speed[i]
    """

    speed: tuple[float, ...]
    points: tuple[Bounds, ...]

    def at(self, speed: float) -> Bounds:
        """Return the bounds at a speed, m/s, forwards or backwards."""
        speed = abs(speed)
        above = bisect_right(self.speed, speed)
        if above == len(self.speed):
            return self.points[-1]
        low, high = self.points[above - 1], self.points[above]
        share = (speed - self.speed[above - 1]) / (self.speed[above] - self.speed[above - 1])
        # Written out, since it is done twice at the control rate.
        a, b, c, d, e, f = low
        to_a, to_b, to_c, to_d, to_e, to_f = high
        return Bounds(
            a + (to_a - a) * share, b + (to_b - b) * share, c + (to_c - c) * share,
            d + (to_d - d) * share, e + (to_e - e) * share, f + (to_f - f) * share)

    @classmethod
    def from_dict(cls, value: object) -> Limits:
        """
        Read a mapping of 'speed' and every entry of Bounds, each a list of one length.

        Raises DrlPruneError, naming the entry.
        """
        expected = ('speed', *NAMES)
        if not isinstance(value, Mapping) or sorted(map(str, value)) != sorted(expected):
            raise DrlPruneError(f'limits must have exactly {", ".join(expected)}')
        speed = fields.each(value['speed'], 'limits.speed', fields.number)
        if not speed or speed[0] != 0.0 or any(a >= b for a, b in pairwise(speed)):
            raise DrlPruneError('limits.speed must increase from 0')
        columns = {}
        for name in NAMES:
            columns[name] = column = fields.each(value[name], f'limits.{name}', fields.positive)
            if len(column) != len(speed):
                raise DrlPruneError(
                    f'limits.{name} has {len(column)} numbers, but limits.speed has {len(speed)}')
            if name in FALLING and any(a < b for a, b in pairwise(column)):
                raise DrlPruneError(f'limits.{name} must not grow with the speed')
        return cls(speed, tuple(
            Bounds(*(columns[name][index] for name in NAMES)) for index in range(len(speed))))


NAMES = Bounds._fields
