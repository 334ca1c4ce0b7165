# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A price for crashes that only the learner sees."""

from typing import Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper


class CrashPenalty(VecEnvWrapper):
    """
    Take `penalty` off the reward of the step that ends in a crash.

    highway-env's own reward only takes away the rest of the episode, and a discount below 1 makes
    that rest short. The return in `info['episode']` stays the environment's.
    """

    def __init__(self, venv: VecEnv, penalty: float) -> None:
        super().__init__(venv)
        self.penalty = penalty

    def reset(self) -> Any:
        """Reset every environment."""
        return self.venv.reset()

    def step_wait(self) -> tuple[Any, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Step every environment."""
        observations, rewards, dones, infos = self.venv.step_wait()
        crashed = [bool(info.get('crashed')) for info in infos]
        return observations, rewards - self.penalty * np.array(crashed), dones, infos
