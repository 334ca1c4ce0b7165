# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A policy judged with the vehicle that it is to drive: its limits, and its delay."""

from __future__ import annotations

import numpy as np

from drl_prune_ros.control.driver import Driver
from drl_prune_ros.control.envelope import SafetyEnvelope
from drl_prune_ros.control.profile import load_profile
from drl_prune_ros.policy.runtime import PolicyRuntime
from drl_prune_ros.simulator.actuation import Actuation
from drl_prune_ros.simulator.closed_loop import drive_episode
from drl_prune_ros.simulator.tick_simulator import TickSimulator
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.tasks.evaluation import Episodes, Progress

ENGINE = 'gymnasium'   # highway-env itself


def evaluate_on_vehicle(
    runtime: PolicyRuntime, task: Task, vehicle: str, delay_s: float, first_seed: int,
    episodes: int, progress: Progress = iter,
) -> Episodes:
    """
    Play episodes as the nodes would, with every command inside a vehicle profile.

    vehicle  name of the profile, or path of its file
    delay_s  until the vehicle does what was commanded, seconds

    Episode i resets with the seed first_seed + i. Raises DrlPruneError for a task or a policy that
    cannot be driven with.
    """
    profile = load_profile(vehicle)
    driver = Driver(runtime, profile)
    simulator = TickSimulator(task.engine_id(ENGINE))
    envelope = SafetyEnvelope(profile, driver.period_s, lockstep=True)
    actuation = Actuation(profile, driver.period_s, delay_s)
    seeds = np.arange(first_seed, first_seed + episodes)
    results = [drive_episode(simulator, driver, seed, envelope, actuation)
               for seed in progress(seeds.tolist())]
    simulator.close()
    return Episodes(
        task=task.id, engine=ENGINE, seeds=seeds,
        returns=np.array([result.return_ for result in results]),
        lengths=np.array([result.length for result in results], dtype=np.int64),
        crashed=np.array([result.crashed for result in results]),
        speeds=np.array([result.speed_mean for result in results]))
