# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The safety envelope: keeps commands within bounds, and stops the vehicle when none come."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
import math
from typing import Generic, Protocol, TypeVar

from drl_prune_ros.control.faults import Fault
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.perception.driving_context import DrivingContext
from drl_prune_ros.perception.scene import Ego

HOLD_AGE = 1.5            # control periods; sensors may come half a period late
LONGEST_STEP = 2.0        # control periods; a pause longer than that allows no larger step
LONGEST_TICK_S = 0.05     # between two commands of a stop


class SafetyState(str, Enum):
    """State of the envelope; diagnostics print the value."""

    WAITING = 'waiting'                        # no good input yet: nothing is commanded
    DRIVING = 'driving'                        # commands answer fresh input
    HOLDING = 'holding'                        # input is late: the last command is held
    COMFORTABLE_STOP = 'comfortable stop'      # slowing down, what is ahead is known
    EMERGENCY_STOP = 'emergency stop'          # slowing down as quickly as the profile lets it
    STANDSTILL = 'standstill'                  # stopped, brakes on


class AnyCommand(Protocol):
    """What Command and ComponentCommand have in common."""

    @property
    def stamp_ns(self) -> int:
        """Return the stamp of the inputs that it answers, nanoseconds."""

    @property
    def finite(self) -> bool:
        """Return whether no number in it is NaN or infinite."""

    @property
    def guarded(self) -> bool:
        """Return whether the headway guard lowered it."""


STOPS = (SafetyState.COMFORTABLE_STOP, SafetyState.EMERGENCY_STOP, SafetyState.STANDSTILL)
MotionT = TypeVar('MotionT')
MotionT_co = TypeVar('MotionT_co', covariant=True)
CommandT = TypeVar('CommandT', bound=AnyCommand)


@dataclass(frozen=True, slots=True)
class SafetyOutput(Generic[MotionT_co]):
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
    motion: MotionT_co | None


class Guard(Protocol[MotionT, CommandT]):
    """
    Bounds of the commands of one kind of control, and how to stop with it.

    MotionGuard and ComponentGuard are the two. A motion is what the vehicle does without an answer
    to inputs, a command is a motion that answers some. All seconds are since the last one, 0 or
    more; now_ns and received_ns are of a steady clock.
    """

    @property
    def keeps_distance(self) -> bool:
        """Return whether motions keep the distance to objects ahead, where those are known."""

    @property
    def braking(self) -> str:
        """Return in one line what the headway guard brakes for; '' where it does not."""

    def begin(self, ego: Ego) -> MotionT:
        """Return the motion to start from."""

    def follow(
        self, last: MotionT | CommandT, wanted: CommandT, period_s: float, seconds: float,
    ) -> CommandT:
        """Return the command within bounds that comes nearest to `wanted`."""

    def locate(self, context: DrivingContext, received_ns: int) -> None:
        """Take where the vehicle is, and its road; a stop may steer by it."""

    def hold(self, last: MotionT | CommandT, seconds: float, now_ns: int) -> MotionT:
        """Return the motion that continues as before, and gains no speed."""

    def brake(
        self, last: MotionT | CommandT, emergency: bool, seconds: float, now_ns: int,
    ) -> MotionT:
        """Return the next motion of a stop: an emergency stop, or else a comfortable one."""

    def final_stop_command(
        self, last: MotionT | CommandT, seconds: float, now_ns: int,
    ) -> MotionT:
        """Return what to command when no command will follow."""

    def stands(self, motion: MotionT) -> bool:
        """Return whether a motion keeps the vehicle where it is."""


class SafetyEnvelope(Generic[MotionT, CommandT]):
    """
    Passes commands on within the bounds of a guard, and stops the vehicle when none come.

    guard            limits and stops of the vehicle
    period_s         control period, seconds
    input_timeout_s  age of the last good input at which a stop begins, seconds
    lockstep         the time between two answers is that of their stamps, as a simulator that
                     waits needs it; else that of the steady clock

    Every now_ns and received_ns is of a steady clock, nanoseconds. Raises DrlPruneError when a
    time is not a positive, finite number.
    """

    state: SafetyState

    def __init__(
        self, guard: Guard[MotionT, CommandT], period_s: float, input_timeout_s: float = 0.5,
        lockstep: bool = False,
    ) -> None:
        for name, value in (('period_s', period_s), ('input_timeout_s', input_timeout_s)):
            if not (math.isfinite(value) and value > 0.0):
                raise DrlPruneError(f'{name} is {value}: give a positive number')
        self._guard = guard
        self._period_s = period_s
        self._timeout_s = input_timeout_s
        self._hold_s = min(HOLD_AGE * period_s, input_timeout_s)
        self._patience_s = max(HOLD_AGE * period_s, input_timeout_s)
        self._tick_s = min(period_s, LONGEST_TICK_S)
        self._lockstep = lockstep
        self.requested = ''
        self._requested_emergency = False
        self.reset()

    def reset(self) -> None:
        """Wait for good input, as after construction; a requested stop stays requested."""
        self.state = SafetyState.WAITING
        self._last: MotionT | CommandT | None = None   # what was commanded last
        self._last_ns = 0                              # and when
        self._waits_ns: int | None = None              # since when there has been nothing
        self._answer: CommandT | None = None           # the last command that answered inputs
        self._answered_ns = 0
        self._good_ns = 0                       # when the first part of its inputs arrived
        self._fault = Fault.NONE
        self._reason = ''
        self._emergency = False

    @property
    def moves(self) -> bool:
        """Return whether the vehicle may be moving: it was commanded, and not to stand since."""
        return self._last is not None and self.state is not SafetyState.STANDSTILL

    @property
    def stopping(self) -> bool:
        """Return whether the vehicle stops or stands, and may drive on by good input."""
        return (self.state is not SafetyState.DRIVING and self.state in STOPS
                and not self.requested)

    def locate(self, context: DrivingContext, received_ns: int) -> None:
        """Take where the vehicle is, and its road, as received at a time."""
        self._guard.locate(context, received_ns)

    def request_stop(self, reason: str, emergency: bool = False) -> None:
        """Stop, in comfort or as in an emergency, and stand, until `release`."""
        self.requested, self._requested_emergency = reason, emergency

    def release(self) -> None:
        """Cancel a requested stop."""
        self.requested, self._requested_emergency = '', False

    def fault(self, fault: Fault, reason: str) -> None:
        """Record in one line what prevents the next answer; the next answer clears it."""
        self._fault, self._reason = fault, reason

    def answer(
        self, wanted: CommandT, ego: Ego, received_ns: int, now_ns: int,
    ) -> CommandT | None:
        """
        Return the command to publish for the driver's answer to a good set of inputs.

        None while a stop is requested. received_ns is when the first of the set arrived, ego the
        state of the vehicle in it.
        """
        self._good_ns, self._answered_ns = received_ns, now_ns
        self._fault, self._reason, self._emergency = Fault.NONE, '', False
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
        before = self._answer if self._lockstep and self._answer is not None else self._last
        command = self._guard.follow(before, wanted, self._period_s, self._step(seconds))
        self.state = SafetyState.DRIVING
        self._last, self._last_ns, self._answer = command, now_ns, command
        return command

    def tick(self, now_ns: int) -> SafetyOutput[MotionT]:
        """Return what to publish now; to be called when it is due."""
        if self._last is None:
            if self._waits_ns is None:
                self._waits_ns = now_ns
            if not self.requested and (now_ns - self._waits_ns) * 1e-9 < self._patience_s:
                return SafetyOutput(self.state, Fault.NONE, 'waiting for a set of inputs', None)
            reason = self.requested or self._reason or 'no complete set of inputs yet'
            return SafetyOutput(self.state, self._fault, reason, None)
        age_s = (now_ns - self._good_ns) * 1e-9
        if age_s >= self._timeout_s or self.requested:
            return self._stop(self._last, now_ns, age_s)
        answered_s = (now_ns - self._answered_ns) * 1e-9
        if self.state is SafetyState.DRIVING and answered_s < self._hold_s:
            return SafetyOutput(self.state, Fault.NONE, '', None)
        self.state = SafetyState.HOLDING
        motion = self._guard.hold(self._last, self._since(now_ns), now_ns)
        return self._output(self._fault, self._late(age_s), motion, now_ns)

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

    def final_stop_command(self, now_ns: int) -> MotionT | None:
        """Return what to command last of all; None where nothing has been commanded."""
        last = self._last   # which the watchdog thread may replace meanwhile
        if last is None:
            return None
        return self._guard.final_stop_command(last, max(self._since(now_ns), self._tick_s), now_ns)

    def _stop(
        self, last: MotionT | CommandT, now_ns: int, age_s: float,
    ) -> SafetyOutput[MotionT]:
        fault, reason = Fault.REQUESTED, self.requested
        self._emergency = self._emergency or self._requested_emergency
        if age_s >= self._timeout_s and not self._requested_emergency:
            # An emergency until the next good input, even if another fault follows meanwhile.
            self._emergency = (
                self._emergency or self._fault.emergency or self._fault is Fault.NONE)
            fault, reason = self._fault, self._late(age_s)
        motion = self._guard.brake(last, self._emergency, self._since(now_ns), now_ns)
        if self._guard.stands(motion):
            self.state = SafetyState.STANDSTILL
        elif self._emergency:
            self.state = SafetyState.EMERGENCY_STOP
        else:
            self.state = SafetyState.COMFORTABLE_STOP
        return self._output(fault, reason, motion, now_ns)

    def _output(
        self, fault: Fault, reason: str, motion: MotionT, now_ns: int,
    ) -> SafetyOutput[MotionT]:
        self._last, self._last_ns = motion, now_ns
        return SafetyOutput(self.state, fault, reason, motion)

    def _late(self, age_s: float) -> str:
        reason = f'no good input for {age_s:.2f} s'
        return f'{reason}: {self._reason}' if self._reason else reason

    def _since(self, now_ns: int) -> float:
        return self._step((now_ns - self._last_ns) * 1e-9)

    def _step(self, seconds: float) -> float:
        return min(max(seconds, 0.0), LONGEST_STEP * self._period_s)


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)
