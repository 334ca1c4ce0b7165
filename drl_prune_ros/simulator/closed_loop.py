# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The closed loop in one process: what the nodes do over topics, without them."""

from __future__ import annotations

from drl_prune_ros.control.driver import Driver
from drl_prune_ros.control.envelope import SafetyEnvelope
from drl_prune_ros.simulator.actuation import Actuation
from drl_prune_ros.simulator.tick_simulator import EpisodeResult, TickSimulator


def drive_episode(
    simulator: TickSimulator, driver: Driver, seed: int, envelope: SafetyEnvelope | None = None,
    actuation: Actuation | None = None,
) -> EpisodeResult:
    """
    Drive the episode of a seed, control at every simulation tick, and return its result.

    envelope   keeps commands within a vehicle profile; one in lock-step
    actuation  delays them
    """
    simulator.reset(seed)
    driver.set_road(simulator.road())
    for part in (driver, envelope, actuation):
        if part is not None:
            part.reset()
    while not simulator.done:
        ego = simulator.ego()
        command = driver.step(ego, simulator.objects())
        if envelope is not None:
            guarded = envelope.answer(command, ego, ego.stamp_ns, ego.stamp_ns)
            assert guarded is not None   # nobody requests a stop here
            command = guarded
        speed, yaw_rate = command.speed, command.yaw_rate
        if actuation is not None:
            speed, yaw_rate = actuation.apply(command, ego.speed)
        simulator.tick(speed, yaw_rate, command.decision)
    return simulator.episode()
