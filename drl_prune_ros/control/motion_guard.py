# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The limits and the stops of a vehicle profile, as the safety envelope applies them."""

from __future__ import annotations

from drl_prune_ros.control import limiter
from drl_prune_ros.control.command import Command, Motion
from drl_prune_ros.control.headway_guard import HeadwayGuard
from drl_prune_ros.control.profile import VehicleProfile
from drl_prune_ros.perception.scene import Ego


class MotionGuard:
    """
    Keeps motions within a vehicle profile; see control.envelope and control.limiter.

    headway  keeps the distance to what is ahead, in every motion
    """

    def __init__(self, profile: VehicleProfile) -> None:
        self._profile = profile
        self.headway = HeadwayGuard(profile)

    def begin(self, ego: Ego) -> Motion:
        """Return the motion to start from."""
        return limiter.begin(self._profile, ego)

    def follow(self, last: Motion, wanted: Command, period_s: float, seconds: float) -> Command:
        """Return the command within the limits that comes nearest to `wanted`."""
        return limiter.follow(self._profile, last, wanted, period_s, seconds)

    def hold(self, last: Motion, seconds: float) -> Motion:
        """Return the motion that keeps speed and curvature."""
        return self.headway.slow(limiter.hold(last, seconds), last, seconds)

    def brake(self, last: Motion, emergency: bool, seconds: float) -> Motion:
        """Return the motion that slows down by the emergency or the comfortable stop."""
        stop = self._profile.emergency_stop if emergency else self._profile.comfortable_stop
        motion = limiter.brake(self._profile, last, stop, seconds)
        return self.headway.slow(motion, last, seconds)

    def final_stop_command(self, last: Motion) -> Motion:
        """Return speed 0 at the last steering angle, brakes on."""
        return Motion(0.0, -self._profile.emergency_stop.deceleration, last.steering, 0.0)

    def stands(self, motion: Motion) -> bool:
        """Return whether the vehicle is told to stand."""
        return motion.speed == 0.0
