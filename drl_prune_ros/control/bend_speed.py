# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The speed at which a vehicle can follow the bends ahead of it."""

from __future__ import annotations

import math

from drl_prune_ros.control.profile import VehicleProfile
from drl_prune_ros.perception.road_coordinates import Stretch

SHARE = 0.85   # of the lateral acceleration, so that some is left to correct the course


class BendSpeed:
    """
    Limits a wanted speed to what the lateral acceleration of a profile allows in the bends ahead.

    A policy of straight roads wants its speeds whatever the road does. A bend that is not reached
    yet counts as far as the comfortable deceleration needs.
    """

    def __init__(self, profile: VehicleProfile) -> None:
        self._profile = profile
        self._known: dict[float, float] = {}   # speed by curvature

    def limit(self, stretch: Stretch, speed: float) -> float:
        """Return the largest speed to want now, m/s, for a vehicle at speed, m/s."""
        if self._profile.limits is None:
            return math.inf
        deceleration = self._profile.comfortable_stop.deceleration
        chain, ego = stretch.chain, stretch.ego
        # The jerk limit lets the deceleration build up only slowly.
        delay = deceleration / self._profile.comfortable_stop.jerk + self._profile.speed_time
        begun = ego.x + abs(speed) * delay
        reach = begun + speed * speed / (2 * deceleration)
        limit = math.inf
        for start, turn in chain.line.curvatures(ego.x, reach):
            bend = self._at(abs(chain.curvature_at(turn, max(ego.y, 0.0))))
            ahead = max(start - begun, 0.0)
            limit = min(limit, math.sqrt(bend * bend + 2 * deceleration * ahead))
        return limit

    def _at(self, curvature: float) -> float:
        """Return the speed that a curvature, 1/m, allows, m/s."""
        key = round(curvature, 6)
        if key not in self._known:
            self._known[key] = self._reckon(key)
        return self._known[key]

    def _reckon(self, curvature: float) -> float:
        limits = self._profile.limits
        if limits is None or curvature == 0.0:
            return math.inf
        low, high = 0.0, self._profile.max_speed
        for _ in range(30):   # the limit falls with speed, what is needed grows
            middle = (low + high) / 2
            allowed = SHARE * limits.at(middle).lateral_acceleration
            low, high = (
                (middle, high) if middle * middle * curvature <= allowed else (low, middle))
        return low
