# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The closed loop in one process: what the nodes do over topics, without them."""

from __future__ import annotations

from drl_prune_ros.control.driver import Driver
from drl_prune_ros.simulator.tick_simulator import EpisodeResult, TickSimulator


def drive_episode(simulator: TickSimulator, driver: Driver, seed: int) -> EpisodeResult:
    """Drive the episode of a seed, control at every simulation tick, and return its result."""
    simulator.reset(seed)
    driver.set_road(simulator.road())
    driver.reset()
    while not simulator.done:
        command = driver.step(simulator.ego(), simulator.objects())
        simulator.tick(command.speed, command.yaw_rate, command.decision)
    return simulator.episode()
