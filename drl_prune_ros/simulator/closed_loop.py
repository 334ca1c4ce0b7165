# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The closed loop of simulator and driver in one process, without topics."""

from __future__ import annotations

from drl_prune_ros.control.command import Command, Decision, Motion
from drl_prune_ros.control.driver import MotionDriver
from drl_prune_ros.control.envelope import SafetyEnvelope
from drl_prune_ros.control.guard_counts import GuardCounts
from drl_prune_ros.simulator.actuation import Actuation
from drl_prune_ros.simulator.tick_simulator import EpisodeResult, TickSimulator


class ClosedLoop:
    """
    A driver and its vehicle in the simulator.

    envelope   keeps commands within a vehicle profile; one in lock-step
    actuation  delays them

    guard_counts are those of the episode.
    """

    def __init__(
        self, simulator: TickSimulator, driver: MotionDriver,
        envelope: SafetyEnvelope[Motion, Command] | None = None,
        actuation: Actuation | None = None,
    ) -> None:
        self._simulator = simulator
        self._driver = driver
        self._envelope = envelope
        self._actuation = actuation
        self.guard_counts = GuardCounts()

    def begin(self, seed: int) -> None:
        """Begin the episode of a seed."""
        self._simulator.reset(seed)
        self._driver.set_road(self._simulator.road())
        for part in (self._driver, self._envelope, self._actuation):
            if part is not None:
                part.reset()
        self.guard_counts = GuardCounts()

    def tick(self) -> None:
        """Control and simulate one period."""
        ego = self._simulator.ego()
        command = self._driver.step(ego, self._simulator.objects())
        self.guard_counts.note(command.guarded)
        if self._envelope is not None:
            guarded = self._envelope.answer(command, ego, ego.stamp_ns, ego.stamp_ns)
            assert guarded is not None   # no stop is requested here
            command = guarded
        speed, yaw_rate = command.speed, command.yaw_rate
        if self._actuation is not None:
            speed, yaw_rate = self._actuation.apply(command, ego.speed)
        assert isinstance(command.decision, Decision)   # highway-env has meta-actions here
        self._simulator.tick(speed, yaw_rate, command.decision)


def drive_episode(
    simulator: TickSimulator, driver: MotionDriver, seed: int,
    envelope: SafetyEnvelope[Motion, Command] | None = None, actuation: Actuation | None = None,
) -> EpisodeResult:
    """Drive the episode of a seed, control at every simulation tick, and return its result."""
    loop = ClosedLoop(simulator, driver, envelope, actuation)
    loop.begin(seed)
    while not simulator.done:
        loop.tick()
    return simulator.episode()
