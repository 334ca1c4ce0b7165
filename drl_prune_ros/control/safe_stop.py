# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What to command when good input stays away: hold, then stop in comfort along the last curve."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from drl_prune_ros.control.command import Command


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

    period_s         control period, seconds
    input_timeout_s  age of the last good input at which the stop begins
    deceleration     of the stop, m/s^2, a positive number
    """

    def __init__(
        self, period_s: float, input_timeout_s: float = 0.5, deceleration: float = 1.0,
    ) -> None:
        raise NotImplementedError

    def good(self, now_ns: int, command: Command) -> None:
        """Note that command has just been computed from a good set of inputs, and published."""
        raise NotImplementedError

    def bad(self, reason: str) -> None:
        """Note why an input set could not be used; kept as the reason until the next good one."""
        raise NotImplementedError

    def reset(self) -> None:
        """Go back to waiting, as after construction: no last command to hold or to stop from."""
        raise NotImplementedError

    def look(self, now_ns: int) -> SafeStopOutput:
        """Say what to publish now; call it from the steady timer at the control rate."""
        raise NotImplementedError
