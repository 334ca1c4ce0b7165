# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The geometry of one lane, as highway-env has it, operation by operation.

A lane is its center line, with a longitudinal coordinate s along it (meters from its start) and a
lateral one r across (meters, along the lane's heading turned by +90 degrees: to the left in axes
whose y points left, to the right in axes whose y points right). The same classes serve in both.

local() takes arrays of positions too. All numbers are float64.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Numbers = TypeVar('Numbers', float, NDArray[np.float64])

END_MARGIN = 5.0   # meters that a lane reaches past its ends
FOLLOW_END = 2.5   # meters before its end where the next lane is followed
REACH = 2.0        # widths away from which a lane can be changed to


def wrap_to_pi(angle: Numbers) -> Numbers:
    """Return angle, radians, within [-pi, pi)."""
    return ((angle + np.pi) % (2 * np.pi)) - np.pi


@dataclass(frozen=True, kw_only=True, slots=True)
class Lane:
    """
    What every lane has.

    width        meters
    speed_limit  m/s
    forbidden    whether changes to it are forbidden
    length       meters
    """

    width: float = 4.0
    speed_limit: float = 20.0
    forbidden: bool = False
    length: float = field(init=False)

    def local(self, x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
        """Return the local coordinates (s, r) of a position."""
        raise NotImplementedError

    def position(self, s: float, r: float) -> tuple[float, float]:
        """Return the position (x, y) of local coordinates."""
        raise NotImplementedError

    def heading_at(self, s: float) -> float:
        """Return the heading of the center line at s, radians, not wrapped."""
        raise NotImplementedError

    def distance(self, x: float, y: float) -> float:
        """Return the L1 distance to the lane in local coordinates, meters."""
        s, r = self.local(x, y)
        return float(abs(r) + max(s - self.length, 0.0) + max(0.0 - s, 0.0))

    def distance_with_heading(self, x: float, y: float, yaw: float) -> float:
        """Return distance() plus the angle between yaw and the lane, 1 rad counting as 1 m."""
        s, r = self.local(x, y)
        angle = abs(wrap_to_pi(yaw - self.heading_at(s)))
        return float(abs(r) + max(s - self.length, 0.0) + max(0.0 - s, 0.0) + angle)

    def on_lane(self, x: float, y: float, margin: float = 0.0) -> bool:
        """Return whether a position is on the lane, or within margin meters beside it."""
        s, r = self.local(x, y)
        return bool(
            abs(r) <= self.width / 2 + margin
            and -END_MARGIN <= s < self.length + END_MARGIN)

    def reachable_from(self, x: float, y: float) -> bool:
        """Return whether a vehicle at a position may change to this lane."""
        if self.forbidden:
            return False
        s, r = self.local(x, y)
        return bool(abs(r) <= REACH * self.width and 0.0 <= s < self.length + END_MARGIN)

    def after_end(self, x: float, y: float) -> bool:
        """Return whether a position is past the end, or at most FOLLOW_END before it."""
        s, _ = self.local(x, y)
        return bool(s > self.length - FOLLOW_END)


@dataclass(frozen=True, kw_only=True, slots=True)
class StraightLane(Lane):
    """A lane from start to end, each (x, y) in meters."""

    start: tuple[float, float]
    end: tuple[float, float]
    heading: float = field(init=False, repr=False)
    direction: tuple[float, float] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        delta = np.array(self.end) - np.array(self.start)
        length = np.linalg.norm(delta)
        if not 0.0 < length < np.inf:
            raise ValueError('start and end are the same point, or too far apart')
        unit = delta / length
        object.__setattr__(self, 'length', float(length))
        object.__setattr__(self, 'heading', float(np.arctan2(delta[1], delta[0])))
        object.__setattr__(self, 'direction', (float(unit[0]), float(unit[1])))

    def local(self, x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
        dx, dy = x - self.start[0], y - self.start[1]
        ux, uy = self.direction
        return dx * ux + dy * uy, dx * -uy + dy * ux

    def position(self, s: float, r: float) -> tuple[float, float]:
        ux, uy = self.direction
        return self.start[0] + s * ux + r * -uy, self.start[1] + s * uy + r * ux

    def heading_at(self, s: float) -> float:
        return self.heading


@dataclass(frozen=True, kw_only=True, slots=True)
class SineLane(StraightLane):
    """
    A lane that swings about the line from start to end; s runs along that line.

    Its lateral offset from the line is amplitude * sin(pulsation * s + phase): amplitude in
    meters, along the lateral axis of the axes it is given in, pulsation in rad/m, phase in rad.
    """

    amplitude: float
    pulsation: float
    phase: float

    def local(self, x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
        s, r = StraightLane.local(self, x, y)
        return s, r - self.amplitude * np.sin(self.pulsation * s + self.phase)

    def position(self, s: float, r: float) -> tuple[float, float]:
        offset = self.amplitude * np.sin(self.pulsation * s + self.phase)
        return StraightLane.position(self, s, r + offset)

    def heading_at(self, s: float) -> float:
        slope = self.amplitude * self.pulsation * np.cos(self.pulsation * s + self.phase)
        return float(self.heading + np.arctan(slope))


@dataclass(frozen=True, kw_only=True, slots=True)
class CircularLane(Lane):
    """
    An arc about center (x, y), radius meters away.

    It runs from the phase start_phase to end_phase, radians, measured from the x axis towards the
    y axis: a growing phase turns towards +y.
    """

    center: tuple[float, float]
    radius: float
    start_phase: float
    end_phase: float
    direction: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        swept = self.end_phase - self.start_phase
        direction = 1 if swept > 0.0 else -1
        object.__setattr__(self, 'direction', direction)
        object.__setattr__(self, 'length', self.radius * swept * direction)
        if not 0.0 < self.length < np.inf:
            raise ValueError('radius, or end_phase - start_phase, gives no length')

    def local(self, x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
        dx, dy = x - self.center[0], y - self.center[1]
        phase = self.start_phase + wrap_to_pi(np.arctan2(dy, dx) - self.start_phase)
        s = self.direction * (phase - self.start_phase) * self.radius
        return s, self.direction * (self.radius - np.sqrt(dx * dx + dy * dy))

    def position(self, s: float, r: float) -> tuple[float, float]:
        phase = self.direction * s / self.radius + self.start_phase
        distance = self.radius - r * self.direction
        x = self.center[0] + distance * np.cos(phase)
        return x, self.center[1] + distance * np.sin(phase)

    def heading_at(self, s: float) -> float:
        phase = self.direction * s / self.radius + self.start_phase
        return phase + np.pi / 2 * self.direction
