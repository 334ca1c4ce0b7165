# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A position and a heading in the plane."""

from __future__ import annotations

from dataclasses import dataclass
import math


@dataclass(frozen=True, slots=True)
class Pose:
    """x, y in meters and yaw in radians, counter-clockwise, in the axes of some frame."""

    x: float = 0.0
    y: float = 0.0
    yaw: float = 0.0

    @property
    def finite(self) -> bool:
        """Return whether no number is NaN or infinite."""
        return math.isfinite(self.x) and math.isfinite(self.y) and math.isfinite(self.yaw)

    def placed(self, frame: Pose) -> Pose:
        """Return this pose in the axes in which its own frame lies at frame."""
        if frame.yaw == 0.0:
            return Pose(frame.x + self.x, frame.y + self.y, self.yaw)
        cos, sin = math.cos(frame.yaw), math.sin(frame.yaw)
        return Pose(
            frame.x + cos * self.x - sin * self.y, frame.y + sin * self.x + cos * self.y,
            frame.yaw + self.yaw)

    def inverse(self) -> Pose:
        """Return where the frame that this pose is given in lies, as seen from this pose."""
        cos, sin = math.cos(self.yaw), math.sin(self.yaw)
        return Pose(
            -(cos * self.x + sin * self.y), sin * self.x - cos * self.y, -self.yaw)


ORIGIN = Pose()
