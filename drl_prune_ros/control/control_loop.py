# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The control loop, without ROS: inputs in, commands out, and a stop when inputs fail.

A command's way: on_odometry or on_reading, which completes a set of inputs (InputSynchronizer),
Driver.step, SafetyEnvelope.answer, CommandSink.publish_command. Where no answer comes, tick
publishes what SafetyEnvelope.tick decides.
"""

from __future__ import annotations

from collections.abc import Callable
import threading
import time
from typing import Generic

from drl_prune_ros.control.command import Command, ComponentCommand, Components, Motion
from drl_prune_ros.control.command_sink import CommandSink
from drl_prune_ros.control.counts import Counts
from drl_prune_ros.control.driver import Driver
from drl_prune_ros.control.envelope import (
    CommandT,
    MotionT,
    SafetyEnvelope,
    SafetyOutput,
    SafetyState,
)
from drl_prune_ros.control.faults import Fault, Overrun, PolicyFailed
from drl_prune_ros.control.guard_counts import GuardCounts
from drl_prune_ros.control.rate_limiter import RateLimiter
from drl_prune_ros.perception.newest_odometry import NewestOdometry
from drl_prune_ros.perception.readings import OdometryInput, SensorInput
from drl_prune_ros.perception.road import Road, RoadError
from drl_prune_ros.perception.scene import InvalidInput, OutsideContract
from drl_prune_ros.perception.synchronizer import InputSet, InputSynchronizer

SILENCE = 1.5   # control periods without a message, after which a sensor is called silent


class ControlLoop(Generic[MotionT, CommandT]):
    """
    Answers one complete set of inputs per control period, and stops the vehicle when none comes.

    All times are of a steady clock, nanoseconds; stamps are of whatever clock the sensors have.
    Inputs come from one thread, while tick and due_ns may be called from another. Both publish
    under one lock, so that an older answer never follows a stop.

    driver    a fresh one
    envelope  of the same control period
    sink      what commands are published to
    lockstep  control periods are those of the sensors' stamps, and an answer counts however late
    base_link_to_center  meters from the frame of the vehicle forward to its center
    sync_tolerance_s     largest difference between the stamps of a reading and of the odometry
    clock                the steady clock
    """

    def __init__(
        self, driver: Driver[MotionT, CommandT], envelope: SafetyEnvelope[MotionT, CommandT],
        sink: CommandSink[MotionT, CommandT], input_timeout_s: float, lockstep: bool = False,
        base_link_to_center: float = 0.0, sync_tolerance_s: float = 0.0,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._driver = driver
        self._envelope = envelope
        self._sink = sink
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
        self.known_road: tuple[Road, str] | None = None   # and its frame_id, '' where unknown
        self._road_fault_reason = 'no road description received'
        self._road_source = self._road_conflict = ''
        self._lock = threading.Lock()
        # Stamp, reception time, and the command if there was one.
        self._latest: tuple[int, int, CommandT | None] | None = None
        self._refusal: tuple[Fault, str] = (Fault.NONE, '')
        self._computing_ns: int | None = None
        self._newest = NewestOdometry(base_link_to_center, input_timeout_s)
        self.counts = Counts()
        self.guard_counts = GuardCounts()

    @property
    def period_s(self) -> float:
        """Return the control period, seconds."""
        return self._driver.period_s

    @property
    def braking(self) -> str:
        """Return in one line what the headway guard brakes for now; '' where it does not."""
        return self._driver.guard.braking

    def on_odometry(self, message: OdometryInput, now_ns: int) -> bool:
        """
        Take odometry received at now_ns; answer the set of inputs that it completes, if any.

        Returns whether a command was published. Raises InvalidInput where the message, the set or
        the answer cannot be used: to be passed to refuse.
        """
        self._newest.take(message, now_ns)
        inputs = self._inputs.odometry(
            message.ego, message.frame_id, now_ns, message.child_frame_id)
        return inputs is not None and self._answer(inputs, now_ns)

    def on_reading(self, message: SensorInput, now_ns: int) -> bool:
        """Take a sensor reading received at now_ns; else as on_odometry."""
        inputs = self._inputs.sensor(
            message.sensor, message.reading, message.stamp_ns, message.frame_id, now_ns)
        return inputs is not None and self._answer(inputs, now_ns)

    def _answer(self, inputs: InputSet, now_ns: int) -> bool:
        """Run the driver on a set of inputs, and publish its command within the envelope."""
        if not self._driver.ready or not self._is_due(inputs, now_ns):
            return False
        if self._road_conflict:
            raise InvalidInput(self._road_conflict)
        if not self._lockstep and self._envelope.stopping:
            # The targets are from before the stop: begin anew, with the lane that it has led to.
            self._driver.reset()
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
            self.guard_counts.note(wanted.guarded)
            self._sink.publish_command(command)
        return True

    def _is_due(self, inputs: InputSet, now_ns: int) -> bool:
        """Return whether to answer a set now; raises InvalidInput where it is too old."""
        if self._latest is not None and not self._is_new(inputs.stamp_ns, now_ns):
            return False
        age_s = (now_ns - inputs.received_ns) * 1e-9
        if age_s >= self._longest_age_s and not self._lockstep:
            if self._inputs.silent(now_ns, SILENCE * self.period_s):
                return False   # the silent sensor is the reason to report
            raise InvalidInput(
                f'a set of inputs was complete {age_s:.2f} s after the first of them arrived: '
                'too late for the next one to come before the input time-out')
        if not self._rate_limiter.take(inputs.stamp_ns if self._lockstep else now_ns):
            return False
        if self._latest is not None and (
                (inputs.stamp_ns - self._latest[0]) * 1e-9 >= self._pause_s):
            self._driver.decide_next()   # a decision from before such a pause is out of date
        return True

    def _is_new(self, stamp_ns: int, now_ns: int) -> bool:
        """Return whether this stamp follows the latest one; if it is equal, repeat the answer."""
        assert self._latest is not None
        latest_ns, received_ns, command = self._latest
        if stamp_ns == latest_ns:
            # A simulator that repeats itself has not received the answer. But a sensor that is
            # stuck must not keep the vehicle moving.
            if self._lockstep and not self._stale(now_ns - received_ns):
                with self._lock:
                    if command is not None and not self._envelope.requested:
                        self._sink.publish_command(command)
            return False
        if latest_ns > stamp_ns and not self._stale(latest_ns - stamp_ns):
            self.counts.unordered += 1
            return False
        return True   # where it is older still, the clock was set back

    def refuse(self, source: str, error: InvalidInput, now_ns: int) -> None:
        """Record that a message of `source`, 'odometry' or a sensor, could not be used."""
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

    def tick(self, now_ns: int) -> SafetyOutput[MotionT]:
        """Publish what the envelope decides, if anything, and return it; to be called when due."""
        with self._lock:
            news = self._newest.news(self._inputs.road_frame)
            if news is not None:
                self._envelope.locate(self._driver.context(news[0]), news[1])
            self._envelope.fault(*self.fault_reason(now_ns))
            output = self._envelope.tick(now_ns)
            if output.motion is not None:
                self._sink.publish_safety_command(output.motion)
            return output

    def due_ns(self, now_ns: int) -> int:
        """Return when the next tick is due."""
        with self._lock:
            return self._envelope.due_ns(now_ns)

    def final_stop_command(self) -> MotionT | None:
        """
        Return what to command last of all; None where the vehicle was not told to move.

        Without the lock: a tick that hangs at publishing must not prevent the last command.
        """
        return self._envelope.final_stop_command(self._clock())

    def reset(self) -> None:
        """Forget inputs and control state; the road and a requested stop stay."""
        with self._lock:
            self._driver.reset()
            self._envelope.reset()
            self._inputs.clear()
            self._rate_limiter.reset()
            self._newest.clear()
            self._latest = None

    def on_road(
        self, make_road: Callable[[], Road], frame_id: str = '', source: str = 'road',
    ) -> None:
        """
        Take the road that make_road returns; raises RoadError and keeps the road it had.

        From then on odometry in another frame than frame_id, or else that of the road, is refused;
        and every set of inputs once another road came from another source, 'road' or 'path'.
        """
        try:
            road = make_road()
            self._check_source(road, source)
            self._driver.set_road(road)
        except RoadError as error:
            self._road_fault_reason = str(error)
            raise
        self._road_source = self._road_source or source
        frame_id = frame_id or road.frame_id
        self.known_road = road, frame_id
        self._inputs.road_frame = frame_id

    def _check_source(self, road: Road, source: str) -> None:
        """Raise RoadError where another road came from another source before."""
        known = self.known_road
        if known is not None and source != self._road_source and road != known[0]:
            self._road_conflict = (
                f'roads arrive on ~/input/{self._road_source} and on ~/input/{source}, and which '
                'one holds is not known: publish one of them, and configure the node again')
            raise RoadError(self._road_conflict)

    def adopt_road(self, other: MotionLoop | ComponentLoop) -> None:
        """Take the road of another loop, and what is known of where it came from."""
        if other.known_road is not None:
            road, frame_id = other.known_road
            self.on_road(lambda: road, frame_id, other._road_source)
            self._road_conflict = other._road_conflict

    @property
    def road_frame(self) -> str:
        """Return the frame of the road, or which one it is taken to be in."""
        if self.known_road is None:
            return 'no road'
        return self.known_road[1] or 'that of the odometry: the road names none'

    def request_stop(self, reason: str, emergency: bool = False) -> None:
        """Stop, in comfort or as in an emergency, and stand, until `release`."""
        with self._lock:
            self._envelope.request_stop(reason, emergency)

    @property
    def moves(self) -> bool:
        """Return whether a stop has something to stop; in lock-step the simulator waits."""
        return self._envelope.moves and not self._lockstep

    def release(self) -> None:
        """Cancel a requested stop."""
        with self._lock:
            self._envelope.release()

    def engage_blocker(self) -> str:
        """
        Return in one line why the vehicle may not be engaged now; '' when it may.

        A vehicle that waits for its first input would start by itself when that comes; in
        lock-step nothing moves before the simulator asks for a command.
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
        """Return what prevents an answer to the next set of inputs, and why, in one line."""
        if not self._driver.ready:
            return Fault.MISSING, self._road_fault_reason
        begun_ns = self._computing_ns   # the computation may end meanwhile, in its own thread
        if begun_ns is not None:
            seconds = (now_ns - begun_ns) * 1e-9
            if seconds > self.period_s:
                return Fault.OVERRUN, f'the policy has been computing for {seconds:.2f} s'
        reason = self._inputs.fault_reason(now_ns, SILENCE * self.period_s, self._timeout_s)
        if reason == self._refusal[1]:
            return self._refusal
        return Fault.MISSING, reason

    def _stale(self, age_ns: int) -> bool:
        return age_ns * 1e-9 >= self._timeout_s


MotionLoop = ControlLoop[Motion, Command]
ComponentLoop = ControlLoop[Components, ComponentCommand]
