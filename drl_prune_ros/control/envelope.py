# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The safety envelope: what leaves for the vehicle, when all is well and when it is not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
import math
from typing import Any, Protocol

from drl_prune_ros.control.faults import Fault
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.perception.scene import Ego

HOLD_AGE = 1.5            # control periods; sensors may come half a period late
LONGEST_STEP = 2.0        # control periods; a pause longer than that allows no larger step
LONGEST_TICK_S = 0.05     # between two commands of a stop


class SafetyState(str, Enum):
    """Where the envelope stands; the value is what diagnostics print."""

    WAITING = 'waiting'                        # no good input yet: nothing is commanded
    DRIVING = 'driving'                        # commands answer fresh input
    HOLDING = 'holding'                        # input is late: the last command is held
    COMFORTABLE_STOP = 'comfortable stop'      # slowing down, what is ahead is known
    EMERGENCY_STOP = 'emergency stop'          # slowing down, blind
    STANDSTILL = 'standstill'                  # stopped, brakes on


@dataclass(frozen=True, slots=True)
class SafetyOutput:
    """
    What the envelope decides at one tick.

    state   see SafetyState
    fault   why it is not driving
    reason  one line for diagnostics, empty while driving
    motion  what to command now; None where nothing is to be sent
    """

    state: SafetyState
    fault: Fault
    reason: str
    motion: Any


class Guard(Protocol):
    """
    Says what is within bounds, and how to stop.

    Motions and commands are those of one kind of control: see MotionGuard and ComponentGuard.
    All seconds are since the last one, 0 or more.
    """

    def begin(self, ego: Ego) -> Any:
        """Return the motion to start from."""

    def follow(self, last: Any, wanted: Any, period_s: float, seconds: float) -> Any:
        """Return the command that comes nearest to wanted within bounds."""

    def hold(self, last: Any, seconds: float) -> Any:
        """Return the motion that goes on as before, and gains no speed."""

    def brake(self, last: Any, blind: bool, seconds: float) -> Any:
        """Return the motion that brings the vehicle to a stop; blind where that is urgent."""

    def final_stop_command(self, last: Any) -> Any:
        """Return what to command when nothing more will come."""

    def stands(self, motion: Any) -> bool:
        """Whether a motion keeps the vehicle where it is."""


class SafetyEnvelope:
    """
    Lets commands through within the bounds of a guard, and stops the vehicle when none come.

    guard            limits and stops of the vehicle
    period_s         control period, seconds
    input_timeout_s  age of the last good input at which a stop begins, seconds
    lockstep         the time between two answers is that of their stamps, as a simulator that
                     waits needs it; else that of the steady clock

    Every now_ns and received_ns is of a steady clock, nanoseconds. Raises DrlPruneError when a
    time is not a positive, finite number.
    """

    def __init__(
        self, guard: Guard, period_s: float, input_timeout_s: float = 0.5,
        lockstep: bool = False,
    ) -> None:
        for name, value in (('period_s', period_s), ('input_timeout_s', input_timeout_s)):
            if not (math.isfinite(value) and value > 0.0):
                raise DrlPruneError(f'{name} is {value}: give a positive number')
        self._guard = guard
        self._period_s = period_s
        self._timeout_s = input_timeout_s
        self._hold_s = min(HOLD_AGE * period_s, input_timeout_s)
        self._tick_s = min(period_s, LONGEST_TICK_S)
        self._lockstep = lockstep
        self.requested = ''
        self.reset()

    def reset(self) -> None:
        """Wait for good input, as after construction; a requested stop stays requested."""
        self.state = SafetyState.WAITING
        self._last: Any = None                  # what was commanded last
        self._last_ns = 0                       # and when
        self._answer: Any = None                # the last answer
        self._answered_ns = 0
        self._good_ns = 0                       # when the first part of its inputs arrived
        self._fault = Fault.NONE
        self._reason = ''
        self._blind = False

    def request_stop(self, reason: str) -> None:
        """Stop in comfort and stand, until release."""
        self.requested = reason

    def release(self) -> None:
        """Take a requested stop back."""
        self.requested = ''

    def fault(self, fault: Fault, reason: str) -> None:
        """Note in one line what keeps the next answer away, until an answer comes."""
        self._fault, self._reason = fault, reason

    def answer(self, wanted: Any, ego: Ego, received_ns: int, now_ns: int) -> Any:
        """
        Take the driver's answer to a good set of inputs, and return what to publish.

        received_ns is when the first of the set arrived, ego what it says of the vehicle. None
        while a stop is requested.
        """
        self._good_ns, self._answered_ns = received_ns, now_ns
        self._fault, self._reason, self._blind = Fault.NONE, '', False
        if self._last is None:
            self._last, self._last_ns = self._guard.begin(ego), now_ns
            seconds = self._period_s
        elif self._lockstep and self._answer is not None:
            seconds = (wanted.stamp_ns - self._answer.stamp_ns) * 1e-9
        else:
            seconds = (now_ns - self._last_ns) * 1e-9
        if self.requested:
            return None
        # In lock-step, what was sent while the simulator paused has not been driven.
        before = self._answer if self._lockstep and self._answer else self._last
        command = self._guard.follow(before, wanted, self._period_s, self._step(seconds))
        self.state = SafetyState.DRIVING
        self._last, self._last_ns, self._answer = command, now_ns, command
        return command

    def tick(self, now_ns: int) -> SafetyOutput:
        """Say what to publish now; to be called when it is due."""
        if self._last is None:
            reason = self.requested or self._reason or 'no complete set of inputs yet'
            return SafetyOutput(self.state, self._fault, reason, None)
        age_s = (now_ns - self._good_ns) * 1e-9
        if age_s >= self._timeout_s or self.requested:
            return self._stop(now_ns, age_s)
        answered_s = (now_ns - self._answered_ns) * 1e-9
        if self.state is SafetyState.DRIVING and answered_s < self._hold_s:
            return SafetyOutput(self.state, Fault.NONE, '', None)
        self.state = SafetyState.HOLDING
        self._send(self._guard.hold(self._last, self._since(now_ns)), now_ns)
        return self._output(self._fault, self._late(age_s))

    def due_ns(self, now_ns: int) -> int:
        """Return when the next tick is due."""
        if self._last is None:
            return now_ns + _ns(self._period_s)
        if self.requested and self.state is SafetyState.DRIVING:
            return now_ns
        if self.state is SafetyState.DRIVING:
            return min(self._answered_ns + _ns(self._hold_s), self._good_ns + _ns(self._timeout_s))
        due_ns = self._last_ns + _ns(self._tick_s)
        if self.state is SafetyState.HOLDING:
            due_ns = min(due_ns, self._good_ns + _ns(self._timeout_s))
        return due_ns

    def final_stop_command(self) -> Any:
        """Return what to command last of all; None where nothing was, so that nothing moves."""
        last = self._last   # which the thread that ticks may replace meanwhile
        return None if last is None else self._guard.final_stop_command(last)

    def _stop(self, now_ns: int, age_s: float) -> SafetyOutput:
        fault, reason = Fault.REQUESTED, self.requested
        if age_s >= self._timeout_s:
            # Blind until the next good input, even if the sensors say other things meanwhile.
            self._blind = self._blind or self._fault.blind or self._fault is Fault.NONE
            fault, reason = self._fault, self._late(age_s)
        motion = self._guard.brake(self._last, self._blind, self._since(now_ns))
        if self._guard.stands(motion):
            self.state = SafetyState.STANDSTILL
        elif self._blind:
            self.state = SafetyState.EMERGENCY_STOP
        else:
            self.state = SafetyState.COMFORTABLE_STOP
        self._send(motion, now_ns)
        return self._output(fault, reason)

    def _send(self, motion: Any, now_ns: int) -> None:
        self._last, self._last_ns = motion, now_ns

    def _output(self, fault: Fault, reason: str) -> SafetyOutput:
        return SafetyOutput(self.state, fault, reason, self._last)

    def _late(self, age_s: float) -> str:
        reason = f'no good input for {age_s:.2f} s'
        return f'{reason}: {self._reason}' if self._reason else reason

    def _since(self, now_ns: int) -> float:
        return self._step((now_ns - self._last_ns) * 1e-9)

    def _step(self, seconds: float) -> float:
        return min(max(seconds, 0.0), LONGEST_STEP * self._period_s)


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)
