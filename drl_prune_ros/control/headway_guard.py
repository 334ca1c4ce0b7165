# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The headway guard: brakes for what is ahead, whatever the policy wants.

Its rule is the safe speed of Gipps and Krauss, which keeps the safe distance of RSS: a vehicle that
goes on for a time headway and then brakes stays behind what is ahead, should that brake as hard as
it can.
"""

from __future__ import annotations

from dataclasses import replace
import math

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


class HeadwayGuard:
    """
    Lowers commands so that the vehicle does not run into what is ahead of it on its lane.

    One object of it goes with one control: it remembers what it saw last, so that the distance is
    kept while a command is held and during a stop too. Without settings, or without objects, it
    changes nothing.

    profile    of the vehicle
    commands   that it lowered
    braking    what it brakes for, in one line; '' while it does not
    """

    def __init__(self, profile: VehicleProfile) -> None:
        self._profile = profile
        self._settings = profile.headway_guard
        self._lanes: LanesAhead | None = None
        self._ahead: tuple[float, float] | None = None   # gap and speed of what decides
        self.commands = 0
        self.interventions = 0
        self.braking = ''

    @property
    def on(self) -> bool:
        """Return whether the profile has it on."""
        return self._settings is not None

    def reset(self) -> None:
        """Forget what was seen; the counts stay."""
        self._ahead = None
        self.braking = ''

    def limit(
        self, acceleration: float, context: DrivingContext, lane: LaneId, period_s: float,
        follows: bool = True,
    ) -> float:
        """
        Return a wanted acceleration, or a lower one that keeps the distance, m/s^2.

        lane      on which the vehicle drives, or to which it changes
        period_s  control period
        follows   whether it is steered along that lane; else it goes where it is heading
        """
        settings = self._settings
        if settings is None or context.objects is None:
            return acceleration
        speed = context.ego.speed
        way = self._way(context, lane, speed)
        self._ahead = min(
            way.in_the_way(settings.lateral_gap, settings.standstill_gap, follows),
            key=lambda other: safe_speed(settings, speed, *other), default=None)
        most = self._most(speed, period_s)
        if most >= acceleration:
            self.braking = ''
            return acceleration
        self.commands += 1
        self.interventions += not self.braking
        self.braking = self._reason(speed)
        return most

    def slow(self, motion: Motion, last: Motion, seconds: float) -> Motion:
        """Return a motion that answers no inputs, or one that brakes for what was ahead."""
        if self._ahead is None:
            return motion
        gap, speed = self._ahead
        gap -= (last.speed - speed) * seconds
        self._ahead = gap, speed
        acceleration = self._most(last.speed, seconds)
        if last.speed <= 0.0 or acceleration >= motion.acceleration:
            return motion
        slower = max(last.speed + acceleration * seconds, 0.0)
        share = slower / motion.speed if motion.speed else 0.0
        return replace(motion, speed=slower, acceleration=acceleration,
                       yaw_rate=share * motion.yaw_rate)

    def free(self, context: DrivingContext, lane: LaneId) -> bool:
        """
        Return whether there is room for the vehicle on another lane.

        There is not where something is beside it, or so near that one of both would have to brake
        harder than it plans to.
        """
        settings = self._settings
        if settings is None or context.objects is None:
            return True
        speed = context.ego.speed
        for other in self._way(context, lane, speed).on_lane(settings.lateral_gap):
            if other.ahead > 0.0:
                closing, deceleration = speed - other.speed, settings.deceleration
            else:
                closing, deceleration = other.speed - speed, settings.object_deceleration
            closing = max(closing, 0.0)
            needed = closing * settings.time_headway + closing * closing / (2 * deceleration)
            if other.gap < needed + settings.lateral_gap:
                return False
        return True

    def _way(self, context: DrivingContext, lane: LaneId, speed: float) -> WayAhead:
        settings, network = self._settings, context.network
        assert settings is not None and network is not None
        assert context.frame is not None and context.objects is not None
        if self._lanes is None or network is not self._lanes.network:
            self._lanes = LanesAhead(network)
        # Nothing farther away lowers the speed; towards what comes nearer, twice as far.
        reach = 2 * (settings.standstill_gap + self._profile.length
                     + speed * (settings.time_headway + speed / (2 * settings.deceleration)))
        return WayAhead(self._profile, self._lanes, lane, context.ego, context.frame,
                        context.objects, reach)

    def _most(self, speed: float, seconds: float) -> float:
        """Return the largest acceleration for some seconds that keeps the distance, m/s^2."""
        if self._settings is None or self._ahead is None or speed < 0.0:
            return math.inf
        safe = safe_speed(self._settings, speed, *self._ahead)
        if safe <= 0.0 and speed < STANDING:
            return -self._profile.comfortable_stop.deceleration
        limits = self._profile.limits
        most = self._settings.deceleration if limits is None else limits.at(speed).deceleration
        if safe <= 0.0:
            return max(-speed / max(seconds, SHORTEST_S), -most)
        return max((safe - speed) / max(seconds, RELAXATION_S), -most)

    def _reason(self, speed: float) -> str:
        assert self._ahead is not None
        gap, other = self._ahead
        words = f'the headway guard brakes for an object {gap:.1f} m ahead at {other:.1f} m/s'
        if speed > other and gap > 0.0:
            words += f', time to collision {gap / (speed - other):.1f} s'
        return words


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
    lost = planned * settings.time_headway
    squared = lost * lost + 2 * planned * left
    return math.sqrt(squared) - lost if squared > lost * lost else 0.0
