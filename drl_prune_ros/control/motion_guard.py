# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The limits and the stops of a vehicle profile, as the safety envelope applies them."""

from __future__ import annotations

from collections.abc import Callable

from drl_prune_ros.control import limiter
from drl_prune_ros.control.command import Command, Decision, Motion
from drl_prune_ros.control.headway_guard import HeadwayGuard
from drl_prune_ros.control.lane_keeping import LaneKeeper
from drl_prune_ros.control.profile import VehicleProfile
from drl_prune_ros.perception.driving_context import DrivingContext
from drl_prune_ros.perception.scene import Ego

Keep = Callable[[Motion, int], float | None]

HELD_S = 0.5   # of the curvature; longer, it may lead off the lane


class MotionGuard:
    """
    Keeps motions within a vehicle profile; see control.envelope and control.limiter.

    headway  keeps the distance to what is ahead, in every motion
    """

    def __init__(self, profile: VehicleProfile) -> None:
        self._profile = profile
        self.headway = HeadwayGuard(profile)
        self._keeper = LaneKeeper(profile)
        self._held_s = 0.0

    @property
    def keeps_distance(self) -> bool:
        """Return whether motions keep the distance to objects ahead, where those are known."""
        return self.headway.on

    @property
    def braking(self) -> str:
        """Return in one line what the headway guard brakes for; '' where it does not."""
        return self.headway.braking

    def begin(self, ego: Ego) -> Motion:
        """Return the motion to start from."""
        return limiter.begin(self._profile, ego)

    def follow(self, last: Motion, wanted: Command, period_s: float, seconds: float) -> Command:
        """Return the command within the limits that comes nearest to `wanted`."""
        decision = wanted.decision
        # The next stop begins where the vehicle is then.
        self._keeper.release(
            (decision.target_segment, decision.target_lane)
            if isinstance(decision, Decision) else None)
        self._held_s = 0.0
        return limiter.follow(self._profile, last, wanted, period_s, seconds)

    def locate(self, context: DrivingContext, received_ns: int) -> None:
        """Take where the vehicle is and its road: a stop keeps to its lane."""
        self._keeper.locate(context, received_ns)

    def hold(self, last: Motion, seconds: float, now_ns: int) -> Motion:
        """
        Return the motion that keeps the speed, and goes on to the lane that was decided on.

        Where that is not known it keeps the curvature, for HELD_S in all, and then steers as a
        stop does.
        """
        motion = limiter.hold(last, seconds)
        self._held_s += seconds
        wanted = self._kept(self._keeper.target_steering, last, now_ns)
        if wanted is None and self._held_s > HELD_S:
            wanted = self._wheels(self._keeper.steering, last, now_ns)
        if wanted is not None:
            motion = limiter.turned(self._profile, last, motion, wanted, seconds)
        else:
            self._keeper.move(last, now_ns)
        return self.headway.slow(motion, last, seconds)

    def brake(self, last: Motion, emergency: bool, seconds: float, now_ns: int) -> Motion:
        """
        Return the motion that slows down by the emergency or the comfortable stop.

        It keeps to the lane, or straightens out where that is not known.
        """
        stop = self._profile.emergency_stop if emergency else self._profile.comfortable_stop
        steering = self._wheels(self._keeper.steering, last, now_ns)
        if not limiter.turns(self._profile, last.speed, steering):
            stop = self._profile.emergency_stop
        motion = limiter.brake(self._profile, last, stop, steering, seconds)
        return self.headway.slow(motion, last, seconds)

    def final_stop_command(self, last: Motion, seconds: float, now_ns: int) -> Motion:
        """Return speed 0, brakes on, the wheels as the lane bends or else straightened."""
        wanted = self._wheels(self._keeper.lane_curve, last, now_ns)
        steering = limiter.steer(self._profile, last, wanted, last.speed, seconds)
        return Motion(0.0, -self._profile.emergency_stop.deceleration, steering, 0.0)

    def stands(self, motion: Motion) -> bool:
        """Return whether the vehicle is told to stand."""
        return motion.speed == 0.0

    def _wheels(self, keep: Keep, last: Motion, now_ns: int) -> float:
        """Return the wanted angle of the wheels: as the lane asks for, or straight."""
        steering = self._kept(keep, last, now_ns)
        if steering is not None:
            return steering
        return 0.0 if last.speed else last.steering

    @staticmethod
    def _kept(keep: Keep, last: Motion, now_ns: int) -> float | None:
        """Return what a lane asks for; None also for numbers that are too large for it."""
        try:
            return keep(last, now_ns)
        except (ArithmeticError, LookupError, ValueError):
            return None   # a road must not end the stop
