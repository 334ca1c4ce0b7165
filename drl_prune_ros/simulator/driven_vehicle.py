# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""highway-env's own vehicle, with commands from outside."""

from __future__ import annotations

import math
from typing import Any

from drl_prune_ros.control.command import Decision


class DrivenVehicle:
    """
    Controls an MDPVehicle: its act() carries out the last command.

    All else stays highway-env's: other vehicles read its target lane and target speed, rewards
    read its target lane, and once it has crashed, its motion is the simulator's own.

    vehicle   MDPVehicle of an environment that has just been reset
    segments  (from, to) nodes of each segment of the road description
    """

    def __init__(self, vehicle: Any, segments: tuple[tuple[str, str], ...]) -> None:
        self._vehicle = vehicle
        self._segments = segments
        self._pending: tuple[dict[str, float], Decision] | None = None
        vehicle.act = self._act

    def command(self, speed: float, yaw_rate: float, decision: Decision, dt: float) -> None:
        """
        Set what the vehicle does in the next tick.

        speed     at its end, m/s
        yaw_rate  during it, rad/s to the left
        decision  whose target lane and speed others see
        dt        length of the tick, seconds
        """
        vehicle = self._vehicle
        action = {
            'acceleration': (speed - vehicle.speed) / dt,
            'steering': self._steering(-yaw_rate),
        }
        self._pending = action, decision

    def _steering(self, clockwise: float) -> float:
        """Return the wheel angle, rad to the right, that turns the vehicle at this rate, rad/s."""
        speed = float(self._vehicle.speed)
        if speed == 0.0:
            return 0.0
        slip = math.asin(min(max(clockwise * (self._vehicle.LENGTH / 2) / speed, -1.0), 1.0))
        return math.atan(2 * math.tan(slip))

    def _act(self, action: object = None) -> None:
        if self._pending is None:
            return
        vehicle = self._vehicle
        vehicle.action, decision = self._pending
        vehicle.target_lane_index = (
            *self._segments[decision.target_segment], decision.target_lane)
        vehicle.target_speed = decision.target_speed
        vehicle.speed_index = vehicle.speed_to_index(decision.target_speed)
