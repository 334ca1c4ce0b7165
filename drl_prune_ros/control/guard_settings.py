# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The entry of a vehicle profile that says how far the vehicle keeps from what is ahead."""

from __future__ import annotations

from collections.abc import Mapping
import dataclasses
from dataclasses import dataclass

from drl_prune_ros import fields
from drl_prune_ros.errors import DrlPruneError

ENTRY = 'headway_guard'


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """
    The distances that control.headway_guard keeps, and how it brakes for them.

    time_headway         s at the vehicle's own speed, until it brakes as what is ahead does
    deceleration         m/s^2 that it plans to brake with; in need it brakes up to the limits
    object_deceleration  m/s^2 with which what is ahead may brake
    standstill_gap       m to what stands
    lateral_gap          m beside the body; what is nearer than that is in its way
    """

    time_headway: float
    deceleration: float
    object_deceleration: float
    standstill_gap: float
    lateral_gap: float

    @classmethod
    def from_profile(cls, content: Mapping[str, object]) -> GuardSettings | None:
        """
        Read the entry of a profile: a mapping of all fields, or off, which gives None.

        Raises DrlPruneError: nobody drives without the guard because a line is missing.
        """
        if ENTRY not in content:
            raise DrlPruneError(
                f'no entry {ENTRY}, which brakes for what is ahead whatever the policy wants: '
                f'write it as in passenger_car.yaml, or "{ENTRY}: off" where something else does')
        value = content[ENTRY]
        if value is False or value == 'off':   # YAML reads a plain off as false
            return None
        entries = fields.keys(value, ENTRY, cls)
        return cls(**{
            field.name: fields.positive(entries[field.name], f'{ENTRY}.{field.name}')
            for field in dataclasses.fields(cls)})

    def check(self, limit: float) -> None:
        """Raise DrlPruneError where it plans to brake harder than the limits allow, m/s^2."""
        if self.deceleration > limit:
            raise DrlPruneError(
                f'{ENTRY}.deceleration is {self.deceleration:g} m/s^2, but the limits allow '
                f'{limit:g}: give at most that')
