# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The headway guard: brakes for what is ahead, whatever the policy wants.

Its rule is the safe speed of Gipps and Krauss, which keeps the safe distance of RSS: the vehicle
can go on for a time headway, then brake, and still stay behind what is ahead, however that brakes.
"""

from __future__ import annotations

from dataclasses import replace
import math
from typing import NamedTuple

from drl_prune_ros.control.command import Motion
from drl_prune_ros.control.guard_settings import GuardSettings
from drl_prune_ros.control.profile import VehicleProfile
from drl_prune_ros.control.way_ahead import WayAhead
from drl_prune_ros.perception.driving_context import DrivingContext
from drl_prune_ros.perception.lane_ahead import LanesAhead
from drl_prune_ros.perception.lane_network import LaneId

RELAXATION_S = 0.3   # in which the speed comes down to the safe one
SHORTEST_S = 0.01    # between two commands
STANDING = 0.05      # m/s; slower, brakes are on where the safe speed is 0
AROUND = 200.0       # meters of another lane that are looked at before a change to it


class Ahead(NamedTuple):
    """
    What is ahead.

    gap    m from bumper to bumper
    speed  of it, m/s
    own    speed of the vehicle, m/s
    """

    gap: float
    speed: float
    own: float


class HeadwayGuard:
    """
    Lowers commands so that the vehicle does not run into what is ahead of it on its lane.

    One object of it goes with one control. It remembers what it saw last, so that the distance is
    kept while a command is held and during a stop too. Without settings, or without objects, it
    changes nothing.

    """

    def __init__(self, profile: VehicleProfile) -> None:
        self._profile = profile
        self._settings = profile.headway_guard
        self._lanes: LanesAhead | None = None
        self._ahead: Ahead | None = None    # what decides
        self._braked: Ahead | None = None   # the same where it acts

    @property
    def on(self) -> bool:
        """Return whether the profile has it on."""
        return self._settings is not None

    @property
    def braking(self) -> str:
        """Return in one line what the latest command was lowered for; '' where it was not."""
        braked = self._braked
        if braked is None:
            return ''
        gap, other, speed = braked
        words = (
            f'the headway guard brakes for what is {max(gap, 0.0):.1f} m ahead at {other:.1f} m/s')
        if speed > other and gap > 0.0:
            words += f', time to collision {gap / (speed - other):.1f} s'
        return words

    def ceiling(
        self, wanted: float, context: DrivingContext, lane: LaneId, period_s: float,
        follows: bool = True,
    ) -> float:
        """
        Return the largest acceleration that keeps the distance to what is ahead, m/s^2.

        wanted    the acceleration that it has to lower, m/s^2
        lane      on which the vehicle drives, or to which it changes
        period_s  control period
        follows   whether it is steered along that lane; else it goes where it is heading
        """
        settings = self._settings
        if settings is None or context.objects is None:
            return math.inf
        speed = context.ego.speed
        # Nothing farther away lowers the speed; towards what comes nearer, twice as far.
        reach = 2 * (settings.standstill_gap + self._profile.length
                     + speed * (settings.time_headway + speed / (2 * settings.deceleration)))
        ahead, least = None, math.inf
        for gap, other, _ in self._way(context, lane, reach).in_the_way(
                settings.lateral_gap, follows):
            safe = safe_speed(settings, speed, gap, other)
            if ahead is None or safe < least:
                ahead, least = Ahead(gap, other, speed), safe
        self._ahead = ahead
        most = self._most(settings, least, speed, period_s)
        self._braked = None if most >= wanted else ahead
        return most

    def slow(self, motion: Motion, last: Motion, seconds: float) -> Motion:
        """
        Return a motion that answers no inputs, or one that brakes for what was ahead.

        seconds  since `last` was commanded
        """
        settings, ahead = self._settings, self._ahead   # which another thread may replace
        if settings is None or ahead is None or last.speed <= 0.0:
            return motion
        # A vehicle that follows accelerations is still faster than the commanded speed.
        speed = max(ahead.own + last.acceleration * seconds, last.speed)
        ahead = Ahead(ahead.gap - (ahead.own - ahead.speed) * seconds, ahead.speed, speed)
        self._ahead = ahead
        safe = safe_speed(settings, speed, ahead.gap, ahead.speed)
        most = self._most(settings, safe, speed, seconds)
        if most >= motion.acceleration:
            return motion
        slower = min(max(last.speed + most * seconds, 0.0), motion.speed)
        share = slower / motion.speed if motion.speed else 0.0
        return replace(
            motion, speed=slower, acceleration=most, yaw_rate=share * motion.yaw_rate)

    def free(self, context: DrivingContext, lane: LaneId) -> bool:
        """
        Return whether there is room for the vehicle on another lane.

        There is not where something is beside it, where it would have to brake at once for what is
        ahead there, or where what comes from behind would have to brake hard.
        """
        settings = self._settings
        if settings is None or context.objects is None:
            return True
        speed = context.ego.speed
        for gap, other, ahead in self._way(context, lane, AROUND).on_lane(settings.lateral_gap):
            if ahead:
                room = safe_speed(settings, speed, gap, other) >= speed
            else:
                closing = max(other - speed, 0.0)
                room = gap > settings.lateral_gap + closing * (
                    settings.time_headway + closing / (2 * settings.object_deceleration))
            if not room:
                return False
        return True

    def _way(self, context: DrivingContext, lane: LaneId, reach: float) -> WayAhead:
        network, frame = context.network, context.frame
        assert network is not None and frame is not None and context.objects is not None
        if self._lanes is None or network is not self._lanes.network:
            self._lanes = LanesAhead(network, frame)
        return WayAhead(self._profile, self._lanes, lane, context.ego, context.objects, reach)

    def _most(
        self, settings: GuardSettings, safe: float, speed: float, seconds: float,
    ) -> float:
        """Return the largest acceleration for some seconds towards the safe speed, m/s^2."""
        if speed < 0.0:
            return math.inf
        if safe <= 0.0 and speed < STANDING:
            return -self._profile.comfortable_stop.deceleration
        most = (safe - speed) / max(seconds, RELAXATION_S if safe > 0.0 else SHORTEST_S)
        if most >= -settings.deceleration:
            return most
        limits = self._profile.limits
        return max(most, -(
            settings.deceleration if limits is None else limits.at(speed).deceleration))


def safe_speed(settings: GuardSettings, speed: float, gap: float, other: float) -> float:
    """
    Return the largest speed that keeps the distance to what is ahead, m/s, 0 or more.

    speed  of the vehicle, m/s
    gap    to what is ahead, m
    other  its speed, m/s; below 0 it comes nearer
    """
    left = gap - settings.standstill_gap
    planned = settings.deceleration
    if other >= 0.0:
        left += other * other / (2 * settings.object_deceleration)
    else:
        left += other * (settings.time_headway + speed / planned)
    if left <= 0.0:
        return 0.0
    lost = planned * settings.time_headway
    return math.sqrt(lost * lost + 2 * planned * left) - lost
