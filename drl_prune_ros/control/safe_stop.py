# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What to command when good input stays away: hold, then stop in comfort along the last curve."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
import math

from drl_prune_ros.control.command import Command
from drl_prune_ros.errors import DrlPruneError

HOLD_AGE = 1.5   # control periods; a timer and its inputs may lie half a period apart


class SafetyState(str, Enum):
    """What the steady timer does; the value is what diagnostics print."""

    WAITING = 'waiting'          # no good input yet: publish nothing
    DRIVING = 'driving'          # input is fresh, commands answer it: publish nothing more
    HOLDING = 'holding'          # one or more periods without good input: repeat the last command
    STOPPING = 'stopping'        # longer than the time-out: slow down along the last curvature
    STANDSTILL = 'standstill'    # stopped: command zero


@dataclass(frozen=True, slots=True)
class SafeStopOutput:
    """
    The answer of one look at the clock.

    state     see SafetyState
    reason    one line for diagnostics, empty while driving
    publish   whether the timer has to publish speed and yaw_rate now
    speed     m/s, 0 when publish is false
    yaw_rate  rad/s, counter-clockwise, 0 when publish is false
    """

    state: SafetyState
    reason: str
    publish: bool
    speed: float
    yaw_rate: float


class SafeStop:
    """
    The watch over the inputs; every time is of a steady clock, nanoseconds.

    period_s         control period, seconds; a command older than one and a half is held
    input_timeout_s  age of the last good input at which the stop begins, seconds
    deceleration     of the stop, m/s^2, a positive number

    Raises DrlPruneError when a parameter is not a positive, finite number.
    """

    def __init__(
        self, period_s: float, input_timeout_s: float = 0.5, deceleration: float = 1.0,
    ) -> None:
        for name, value in (
            ('period_s', period_s), ('input_timeout_s', input_timeout_s),
            ('deceleration', deceleration),
        ):
            if not (math.isfinite(value) and value > 0.0):
                raise DrlPruneError(f'{name} is {value}: give a positive number')
        self._hold_age_s = HOLD_AGE * period_s
        self._timeout_s = input_timeout_s
        self._deceleration = deceleration
        self.reset()

    def reset(self) -> None:
        """Go back to waiting, as after construction: no last command to hold or to stop from."""
        self._good_ns: int | None = None
        self._speed = 0.0
        self._yaw_rate = 0.0
        self._trouble = ''

    def good(self, now_ns: int, command: Command) -> None:
        """Note that command has just been computed from a good set of inputs, and published."""
        self._good_ns = now_ns
        self._speed = command.speed
        self._yaw_rate = command.yaw_rate
        self._trouble = ''

    def bad(self, reason: str) -> None:
        """Note why an input set could not be used; kept as the reason until the next good one."""
        self._trouble = reason

    def look(self, now_ns: int) -> SafeStopOutput:
        """Say what to publish now; call it from the steady timer at the control rate."""
        if self._good_ns is None:
            reason = self._trouble or 'no complete set of inputs yet'
            return SafeStopOutput(SafetyState.WAITING, reason, False, 0.0, 0.0)
        age_s = (now_ns - self._good_ns) * 1e-9
        reason = f'no good input for {age_s:.2f} s'
        if self._trouble:
            reason += f': {self._trouble}'
        if age_s >= self._timeout_s:
            return self._stop(age_s - self._timeout_s, reason)
        if age_s > self._hold_age_s:
            return SafeStopOutput(
                SafetyState.HOLDING, reason, True, self._speed, self._yaw_rate)
        return SafeStopOutput(SafetyState.DRIVING, '', False, 0.0, 0.0)

    def _stop(self, stopping_s: float, reason: str) -> SafeStopOutput:
        # A share of the last command slows the vehicle along its last curvature, in reverse too.
        left = abs(self._speed) - self._deceleration * stopping_s
        if left <= 0.0:
            return SafeStopOutput(SafetyState.STANDSTILL, reason, True, 0.0, 0.0)
        share = left / abs(self._speed)
        return SafeStopOutput(
            SafetyState.STOPPING, reason, True, share * self._speed, share * self._yaw_rate)
