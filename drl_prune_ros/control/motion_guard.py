# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The limits and the stops of a vehicle profile, as the safety envelope applies them."""

from __future__ import annotations

from drl_prune_ros.control import limiter
from drl_prune_ros.control.command import Command, Motion
from drl_prune_ros.control.profile import VehicleProfile
from drl_prune_ros.perception.scene import Ego


class MotionGuard:
    """Keeps motions within a vehicle profile; see control.envelope and control.limiter."""

    def __init__(self, profile: VehicleProfile) -> None:
        self._profile = profile

    def begin(self, ego: Ego) -> Motion:
        """Return the motion to start from."""
        return limiter.begin(self._profile, ego)

    def follow(self, last: Motion, wanted: Command, period_s: float, seconds: float) -> Command:
        """Return what comes nearest to wanted within the limits."""
        return limiter.follow(self._profile, last, wanted, period_s, seconds)

    def hold(self, last: Motion, seconds: float) -> Motion:
        """Return what keeps speed and curve."""
        return limiter.hold(last, seconds)

    def brake(self, last: Motion, blind: bool, seconds: float) -> Motion:
        """Return what slows down: blind in an emergency, else in comfort."""
        stop = self._profile.emergency_stop if blind else self._profile.comfortable_stop
        return limiter.brake(self._profile, last, stop, seconds)

    def final_stop_command(self, last: Motion) -> Motion:
        """Return speed 0 along the last curve, brakes on."""
        return Motion(0.0, -self._profile.emergency_stop.deceleration, last.steering, 0.0)

    def stands(self, motion: Motion) -> bool:
        """Whether the vehicle is told to stand."""
        return motion.speed == 0.0
