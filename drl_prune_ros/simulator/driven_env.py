# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A driving task whose decisions a vehicle carries out, within its limits and with a delay."""

from __future__ import annotations

from typing import Any

import gymnasium
from gymnasium import spaces
import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.control.driver import make_motion_driver
from drl_prune_ros.control.envelope import SafetyEnvelope
from drl_prune_ros.control.profile import load_profile
from drl_prune_ros.policy.contracts import ActionContract, ObservationContract
from drl_prune_ros.policy.manifest import dense_widths, Manifest
from drl_prune_ros.simulator.actuation import Actuation
from drl_prune_ros.simulator.closed_loop import ClosedLoop
from drl_prune_ros.simulator.tick_simulator import TickSimulator

SEEDS = 100_000_000
"""From which on episodes are kept for evaluation."""


class ScriptedPolicy:
    """Stands in for a policy: its action is set from outside."""

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest
        self.action = 0

    def act(self, observation: NDArray[np.float32]) -> int:
        """Return the action that was given, whatever is observed."""
        return self.action


class DrivenEnv(gymnasium.Env):
    """
    A training environment in which a policy drives as it does on a vehicle.

    A step is one decision, from which the low-level control, the safety envelope and the actuation
    make a command every control period, as the nodes do. Observations (n,) float32 are those of
    highway-env, which the driver's equal; rewards are highway-env's; `info` holds `crashed`,
    `speed` (m/s), and how often the headway guard acted in the episode so far: `guarded`, the
    share of control ticks, and `interventions`.

    task         id in the catalogue
    engine_id    highway-env's id of it
    observation  contract of the policies that are trained
    action       contract of the same
    profile      name or file of the vehicle profile
    delay_s      until the vehicle does what was commanded, seconds

    Raises DrlPruneError for a task that cannot be driven tick by tick.
    """

    def __init__(
        self, task: str, engine_id: str, observation: ObservationContract, action: ActionContract,
        profile: str, delay_s: float,
    ) -> None:
        vehicle = load_profile(profile)
        self._simulator = TickSimulator(engine_id)
        widths = dense_widths(observation.size, action.size)
        self._policy = ScriptedPolicy(Manifest(task, observation, action, widths, widths))
        driver = make_motion_driver(self._policy, vehicle)
        self._loop = ClosedLoop(
            self._simulator, driver,
            SafetyEnvelope(driver.guard, driver.period_s, lockstep=True),
            Actuation(vehicle, driver.period_s, delay_s))
        self.observation_space = spaces.Box(
            -np.inf, np.inf, (observation.size,), np.float32)
        self.action_space = spaces.Discrete(action.size)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None,
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Begin the episode of `seed`, or one that the generator draws."""
        super().reset(seed=seed)
        episode = int(self.np_random.integers(SEEDS)) if seed is None else seed
        self._loop.begin(episode)
        return self._simulator.observation(), {}

    def step(
        self, action: Any,
    ) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Carry out one decision, to the moment of the next one."""
        simulator = self._simulator
        self._policy.action = int(action)
        self._loop.tick()
        while not simulator.deciding:
            self._loop.tick()
        terminated = simulator.terminated
        return (simulator.observation(), simulator.reward, terminated,
                simulator.done and not terminated,
                {'crashed': simulator.crashed, 'speed': simulator.speed,
                 'guarded': self._loop.guard_counts.share,
                 'interventions': self._loop.guard_counts.interventions})

    def close(self) -> None:
        """Free the simulator."""
        self._simulator.close()
