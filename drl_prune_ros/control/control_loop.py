# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the policy node does, without ROS: input sets in, commands out, and the watch over both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import threading
import time
from typing import Any

from drl_prune_ros.control.driver import Driver
from drl_prune_ros.control.envelope import SafetyEnvelope, SafetyOutput, SafetyState
from drl_prune_ros.control.faults import Fault, PolicyFailed
from drl_prune_ros.control.rate_limiter import RateLimiter
from drl_prune_ros.perception.road import Road, RoadError
from drl_prune_ros.perception.scene import Ego, InvalidInput, OutsideContract
from drl_prune_ros.perception.synchronizer import InputSet, InputSynchronizer

SILENCE = 1.5   # control periods without a message, after which a sensor is called silent


@dataclass(slots=True)
class Counts:
    """
    What happened since the node was configured.

    commands   answers to inputs
    refused    messages that could not be used
    late       answers that took longer than a control period; those older than the input
               time-out are not sent
    unordered  input sets older than one that was answered, dropped
    """

    commands: int = 0
    refused: int = 0
    late: int = 0
    unordered: int = 0


class ControlLoop:
    """
    Answers a complete set of inputs a control period, and says what to do when none comes.

    All times are of a steady clock, nanoseconds; stamps are of whatever clock the sensors have.
    Inputs come from one thread, while tick and due_ns may be called from another: what they
    publish is published under one lock, so that a stop is never overtaken by an older answer.

    driver    drives; a fresh one
    envelope  guards; of the same control period
    lockstep  the sensors' stamps set the pace, and an answer counts however late it is
    base_link_to_center  metres from the frame of the vehicle forward to its centre
    sync_tolerance_s  how far the stamp of a reading may lie from that of the odometry
    clock     the steady clock
    """

    def __init__(
        self, driver: Driver, envelope: SafetyEnvelope, input_timeout_s: float,
        lockstep: bool = False, base_link_to_center: float = 0.0, sync_tolerance_s: float = 0.0,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._driver = driver
        self._envelope = envelope
        self._timeout_s = input_timeout_s
        # Older, a set would go stale before the next one comes, and the vehicle stop in between.
        self._longest_age_s = max(input_timeout_s - driver.period_s, input_timeout_s / 2)
        self._pause_s = max(input_timeout_s, 2 * driver.period_s)
        self._lockstep = lockstep
        self._clock = clock
        self._inputs = InputSynchronizer(
            base_link_to_center, driver.sensors, driver.needs_ego,
            round(sync_tolerance_s * 1e9))
        self._rate_limiter = RateLimiter(driver.period_s)
        self.known_road: tuple[Road, str] | None = None   # and its frame, '' where unsaid
        self._road_fault_reason = 'no road description received'
        self._lock = threading.Lock()
        self._latest: tuple[int, int, Any] | None = None   # stamp, reception time, command
        self._refusal: tuple[Fault, str] = (Fault.NONE, '')
        self._computing_ns: int | None = None
        self.counts = Counts()

    @property
    def period_s(self) -> float:
        """Return the control period, seconds."""
        return self._driver.period_s

    @property
    def sensors(self) -> tuple[str, ...]:
        """Return the names of the sensors whose readings are taken."""
        return self._driver.sensors

    @property
    def needs_road(self) -> bool:
        """Whether a road has to be known."""
        return self._driver.needs_road

    @property
    def needs_odometry(self) -> bool:
        """Whether odometry belongs to a complete set of inputs."""
        return self._driver.needs_ego

    def final_stop_command(self) -> Any:
        """
        Return what to command last of all; None where the vehicle was not told to move.

        Without the lock: a tick that hangs at publishing must not keep the last command back.
        """
        return self._envelope.final_stop_command()

    def reset(self) -> None:
        """Forget inputs and control state; the road and a requested stop stay."""
        with self._lock:
            self._driver.reset()
            self._envelope.reset()
            self._inputs.clear()
            self._rate_limiter.reset()
            self._latest = None

    def road(self, make_road: Callable[[], Road], frame_id: str = '') -> None:
        """
        Take the road that make_road returns; raises RoadError and keeps the road it had.

        Odometry in another frame than the road's is refused from then on.
        """
        try:
            road = make_road()
            self._driver.set_road(road)
        except RoadError as error:
            self._road_fault_reason = str(error)
            raise
        self.known_road = road, frame_id
        self._inputs.road_frame = frame_id

    def odometry(
        self, ego: Ego, frame_id: str, now_ns: int, publish: Callable[[Any], None],
        child_frame_id: str = '',
    ) -> bool:
        """Take odometry; publish the answer and return True when it completes a set of inputs."""
        return self._answer(
            self._inputs.odometry(ego, frame_id, now_ns, child_frame_id), now_ns, publish)

    def sensor(
        self, name: str, reading: Any, stamp_ns: int, frame_id: str, now_ns: int,
        publish: Callable[[Any], None],
    ) -> bool:
        """Take a reading; publish the answer and return True when it completes a set of inputs."""
        return self._answer(
            self._inputs.sensor(name, reading, stamp_ns, frame_id, now_ns), now_ns, publish)

    def refuse(self, source: str, error: InvalidInput, now_ns: int) -> None:
        """Note that a message of source, 'odometry' or a sensor, could not be used."""
        fault = Fault.INVALID
        if isinstance(error, OutsideContract):
            fault = Fault.OUTSIDE
        elif isinstance(error, PolicyFailed):
            fault = Fault.POLICY
        elif isinstance(error, Overrun):
            fault = Fault.OVERRUN
        self.counts.refused += 1
        self._refusal = fault, str(error)
        self._inputs.refuse(source, str(error), now_ns)

    def tick(self, now_ns: int, publish: Callable[[SafetyOutput], None]) -> SafetyOutput:
        """Say how things stand, and publish what has to be; to be called when it is due."""
        with self._lock:
            self._envelope.fault(*self.fault_reason(now_ns))
            output = self._envelope.tick(now_ns)
            if output.motion is not None:
                publish(output)
            return output

    def due_ns(self, now_ns: int) -> int:
        """Return when the next tick is due."""
        with self._lock:
            return self._envelope.due_ns(now_ns)

    def request_stop(self, reason: str) -> None:
        """Stop in comfort and stand, until release."""
        with self._lock:
            self._envelope.request_stop(reason)

    def release(self) -> None:
        """Take a requested stop back."""
        with self._lock:
            self._envelope.release()

    def engage_blocker(self) -> str:
        """
        Say in one line why the vehicle may not be taken over now; empty when it may.

        A vehicle that waits for its first input would set off by itself when that comes; in
        lock-step nothing moves before it is asked.
        """
        with self._lock:
            state = self._envelope.state
            waits = state is SafetyState.WAITING and self._lockstep
            if waits or state is SafetyState.DRIVING:
                return ''
            fault, reason = self.fault_reason(self._clock())
            stale = self._latest is None or self._stale(self._clock() - self._latest[1])
            return f'{state.value}: {fault.value}: {reason}' if stale else ''

    def fault_reason(self, now_ns: int) -> tuple[Fault, str]:
        """Say in one line what keeps the next set of inputs from being answered."""
        if not self._driver.ready:
            return Fault.MISSING, self._road_fault_reason
        begun_ns = self._computing_ns   # the computing may end meanwhile, in its own thread
        if begun_ns is not None:
            seconds = (now_ns - begun_ns) * 1e-9
            if seconds > self.period_s:
                return Fault.OVERRUN, f'the policy has been computing for {seconds:.2f} s'
        reason = self._inputs.fault_reason(now_ns, SILENCE * self.period_s, self._timeout_s)
        if reason == self._refusal[1]:
            return self._refusal
        return Fault.MISSING, reason

    def _answer(
        self, inputs: InputSet | None, now_ns: int, publish: Callable[[Any], None],
    ) -> bool:
        if inputs is None or not self._driver.ready:
            return False
        if self._latest is not None and not self._wanted(inputs.stamp_ns, now_ns, publish):
            return False
        age_s = (now_ns - inputs.received_ns) * 1e-9
        if age_s >= self._longest_age_s and not self._lockstep:
            if self._inputs.silent(now_ns, SILENCE * self.period_s):
                return False   # which is what is wrong with it
            raise InvalidInput(
                f'a set of inputs was complete {age_s:.2f} s after the first of them arrived: '
                'too late for the next one to come before the input time-out')
        if not self._rate_limiter.take(inputs.stamp_ns if self._lockstep else now_ns):
            return False
        if self._latest is not None and (
                (inputs.stamp_ns - self._latest[0]) * 1e-9 >= self._pause_s):
            self._driver.decide_next()   # what was decided before such a pause is of the past
        self._computing_ns = now_ns
        try:
            wanted = self._driver.step(inputs.ego, *inputs.readings)
            done_ns = max(self._clock(), now_ns)
        finally:
            self._computing_ns = None
        seconds = (done_ns - now_ns) * 1e-9
        self.counts.late += seconds > self.period_s
        if self._stale(done_ns - inputs.received_ns) and not self._lockstep:
            raise Overrun(
                f'the policy computed for {seconds:.2f} s: its inputs are older than the input '
                'time-out')
        with self._lock:
            command = self._envelope.answer(wanted, inputs.ego, inputs.received_ns, done_ns)
            self._latest = inputs.stamp_ns, now_ns, command
            self._inputs.answered()
            if command is None:
                return False
            self.counts.commands += 1
            publish(command)
        return True

    def _stale(self, age_ns: int) -> bool:
        return age_ns * 1e-9 >= self._timeout_s

    def _wanted(self, stamp_ns: int, now_ns: int, publish: Callable[[Any], None]) -> bool:
        """Whether to answer a set of this stamp, after the latest one."""
        assert self._latest is not None
        latest_ns, received_ns, command = self._latest
        if stamp_ns == latest_ns:
            # A simulator that repeats itself did not hear the answer; but a sensor that is stuck
            # must not keep the vehicle going.
            if self._lockstep and not self._stale(now_ns - received_ns):
                with self._lock:
                    if command is not None and not self._envelope.requested:
                        publish(command)
            return False
        if latest_ns > stamp_ns and not self._stale(latest_ns - stamp_ns):
            self.counts.unordered += 1
            return False
        return True   # where it is older still, the clock was set back


class Overrun(InvalidInput):
    """The answer came so late that the input it answers is stale."""
