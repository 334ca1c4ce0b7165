# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Decisions of the policy, and commands to the vehicle until the next control tick."""

from __future__ import annotations

from dataclasses import dataclass, fields
import math


@dataclass(frozen=True, slots=True)
class Decision:
    """
    The last decision of the policy, after the controller followed the road.

    action          the last action of the network: its index in the manifest's action names
    target_lane     lane to follow, counted from the left of its segment, leftmost 0
    target_speed    speed to reach, m/s
    target_segment  index of the road segment that target_lane belongs to; 0 on a road of one
    """

    action: int
    target_lane: int
    target_speed: float
    target_segment: int = 0

    def named(self) -> dict[str, float]:
        """Return the fields, by name."""
        return {field.name: float(getattr(self, field.name)) for field in fields(self)}


@dataclass(frozen=True, slots=True)
class NamedNumbers:
    """
    Continuous components.

    names   of the components, in the order of the contract
    values  of each, in its unit
    """

    names: tuple[str, ...]
    values: tuple[float, ...]

    def named(self) -> dict[str, float]:
        """Return the components, by name."""
        return dict(zip(self.names, self.values, strict=True))


@dataclass(frozen=True, slots=True)
class ContinuousDecision(NamedNumbers):
    """The last decision of a policy with continuous actions, within their bounds."""


@dataclass(frozen=True, slots=True)
class Motion:
    """
    A motion of the vehicle, in base_link (x forward, y left, yaw counter-clockwise).

    speed         at the end of the next control period, m/s; negative in reverse
    acceleration  during the next control period, m/s^2, along x
    steering      angle of the front wheels, rad, positive to the left
    yaw_rate      during the next control period, rad/s
    """

    speed: float
    acceleration: float
    steering: float
    yaw_rate: float

    def named(self) -> dict[str, float]:
        """Return the four numbers, by name."""
        return {'speed': self.speed, 'acceleration': self.acceleration,
                'steering': self.steering, 'yaw_rate': self.yaw_rate}

    @property
    def finite(self) -> bool:
        """Return whether no number is NaN or infinite."""
        return all(map(math.isfinite, (
            self.speed, self.acceleration, self.steering, self.yaw_rate)))


@dataclass(frozen=True, slots=True)
class Command(Motion):
    """
    The motion that answers one set of inputs.

    stamp_ns  stamp of the sensor data that it answers
    decision  that it carries out
    decided   whether the network ran for it (every n-th control tick)
    ceiling   the largest acceleration that keeps the distance to what is ahead, m/s^2
    guarded   whether more was wanted than that
    """

    stamp_ns: int
    decision: Decision | ContinuousDecision
    decided: bool
    ceiling: float = math.inf
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class Components(NamedNumbers):
    """Named numbers that only the vehicle interface can interpret."""

    @property
    def finite(self) -> bool:
        """Return whether no number is NaN or infinite."""
        return all(map(math.isfinite, self.values))


@dataclass(frozen=True, slots=True)
class ComponentCommand(Components):
    """The components that answer one set of inputs; see Command."""

    stamp_ns: int
    decision: ContinuousDecision
    decided: bool

    @property
    def guarded(self) -> bool:
        """Return False: nothing is known of what the components do to the distance."""
        return False
