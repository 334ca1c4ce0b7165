# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the policy node does, without ROS: input sets in, commands out, and the watch over both."""

from __future__ import annotations

from collections.abc import Callable

from drl_prune_ros.control.command import Command
from drl_prune_ros.control.driver import Driver
from drl_prune_ros.control.safe_stop import SafeStop, SafeStopOutput, SafetyState
from drl_prune_ros.nodes.input_sets import InputSet, InputSets
from drl_prune_ros.perception.road import Road, RoadError
from drl_prune_ros.perception.scene import Ego, InvalidInput, Objects

SILENCE = 1.5   # control periods without a message, after which a sensor is called silent


class ControlLoop:
    """
    Answers every complete set of inputs, and says what to do when none comes.

    All times are of a steady clock, nanoseconds; stamps are of whatever clock the sensors have.

    driver           drives; a fresh one
    input_timeout_s  age of the last good input set at which a stop begins, seconds
    deceleration     of that stop, m/s^2, positive
    """

    def __init__(self, driver: Driver, input_timeout_s: float, deceleration: float) -> None:
        self._driver = driver
        self._timeout_s = input_timeout_s
        self._silence_s = SILENCE * driver.period_s
        self._inputs = InputSets()
        self._safe_stop = SafeStop(driver.period_s, input_timeout_s, deceleration)
        self._latest: tuple[int, int] | None = None   # stamp of the set, when it was answered
        self._state = SafetyState.WAITING
        self._road_trouble = 'no road description received'
        self.refused = 0

    @property
    def stopping_matters(self) -> bool:
        """Whether a command was given since the last reset, so that the vehicle may be moving."""
        return self._latest is not None

    def reset(self) -> None:
        """Forget inputs and control state; the road stays."""
        self._driver.reset()
        self._inputs.clear()
        self._safe_stop.reset()
        self._latest = None
        self._state = SafetyState.WAITING

    def road(self, make_road: Callable[[], Road]) -> None:
        """Take the road that make_road returns; raises RoadError and keeps the road it had."""
        try:
            self._driver.set_road(make_road())
        except RoadError as error:
            self._road_trouble = str(error)
            raise

    def odometry(self, ego: Ego, frame_id: str, now_ns: int) -> Command | None:
        """Take odometry; return the command to publish when it completes a set of inputs."""
        return self._answer(self._inputs.odometry(ego, frame_id, now_ns), now_ns)

    def objects(
        self, objects: Objects, stamp_ns: int, frame_id: str, now_ns: int,
    ) -> Command | None:
        """Take objects; return the command to publish when they complete a set of inputs."""
        return self._answer(self._inputs.objects(objects, stamp_ns, frame_id, now_ns), now_ns)

    def refuse(self, source: str, error: InvalidInput, now_ns: int) -> None:
        """Note that a message of source, 'odometry' or 'objects', could not be used."""
        self.refused += 1
        self._inputs.refuse(source, str(error), now_ns)

    def look(self, now_ns: int) -> SafeStopOutput:
        """Say what to publish now; call it from the steady timer at the control rate."""
        self._safe_stop.bad(self.trouble(now_ns))
        output = self._safe_stop.look(now_ns)
        self._state = output.state
        return output

    def trouble(self, now_ns: int) -> str:
        """Say in one line what keeps the next set of inputs from being answered."""
        if not self._driver.ready:
            return self._road_trouble
        return self._inputs.trouble(now_ns, self._silence_s, self._timeout_s)

    def _answer(self, inputs: InputSet | None, now_ns: int) -> Command | None:
        if inputs is None or not self._driver.ready:
            return None
        if self._latest is not None and inputs.stamp_ns == self._latest[0]:
            # A sender that repeats itself did not hear the answer; but a sensor that is stuck
            # must not keep the vehicle going.
            fresh = (now_ns - self._latest[1]) * 1e-9 < self._timeout_s
            return self._driver.step(inputs.ego, inputs.objects) if fresh else None
        command = self._driver.step(inputs.ego, inputs.objects)
        self._latest = inputs.stamp_ns, now_ns
        self._safe_stop.good(now_ns, command)
        return command
