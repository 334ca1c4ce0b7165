# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A vehicle that carries out commands after a delay."""

from __future__ import annotations

from collections import deque

from drl_prune_ros.control import controller
from drl_prune_ros.control.command import Motion
from drl_prune_ros.control.profile import VehicleProfile


class Actuation:
    """
    Delays acceleration and steering.

    profile   of the vehicle
    period_s  control period, seconds
    delay_s   0 or more, seconds; a part of a period blends two commands by their shares of it
    """

    def __init__(self, profile: VehicleProfile, period_s: float, delay_s: float) -> None:
        self._profile = profile
        self._period_s = period_s
        whole, share = divmod(delay_s / period_s + 1e-9, 1.0)
        self._periods, self._share = int(whole), 0.0 if share < 1e-6 else share
        self.reset()

    def reset(self) -> None:
        """Forget pending commands; until the next one is due, speed and heading are held."""
        still = Motion(0.0, 0.0, 0.0, 0.0)
        count = self._periods + 2
        self._commanded: deque[Motion] = deque(count * [still], maxlen=count)

    def apply(self, command: Motion, speed: float) -> tuple[float, float]:
        """
        Take the next command; return what is done at a measured speed, m/s.

        That is the speed at the end of the period, m/s, and the yaw rate during it, rad/s: those
        of the command itself where there is no delay.
        """
        self._commanded.append(command)
        if not self._periods and not self._share:
            return command.speed, command.yaw_rate
        older, newer = self._commanded[0], self._commanded[1]
        acceleration = newer.acceleration + self._share * (older.acceleration - newer.acceleration)
        steering = newer.steering + self._share * (older.steering - newer.steering)
        return (
            speed + acceleration * self._period_s,
            controller.yaw_rate(self._profile, speed, steering))
