# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A driving task on highway-env compiled, as the networks here see it."""

from __future__ import annotations

import numpy as np
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper
from stable_baselines3.common.vec_env.base_vec_env import VecEnvStepReturn

from drl_prune_ros.highway.batch import Batch
from drl_prune_ros.highway.sb3_vec_env import HighwayVecEnv
from drl_prune_ros.tasks.catalogue import COMPILED, Task
from drl_prune_ros.tasks.lidar_speeds import has_lidar_speeds, LidarSpeeds


def make_batch(task: Task, count: int, threads: int = 1) -> Batch:
    """Make `count` environments; raises Unsupported where only highway-env can run them."""
    task.register()
    return Batch(task.engine_id(COMPILED), count, task.config or None, threads)


def make_compiled_vec_env(task: Task, num_envs: int, seed: int) -> VecEnv:
    """Make environments for training; environment i starts from `seed + i`."""
    task.register()
    env: VecEnv = HighwayVecEnv(task.engine_id(COMPILED), num_envs, seed, task.config or None)
    return VecLidarSpeeds(env, task) if has_lidar_speeds(task.observation) else env


class VecLidarSpeeds(VecEnvWrapper):
    """Has a vectorized environment show what a lidar tells as LidarSpeeds does."""

    def __init__(self, env: VecEnv, task: Task) -> None:
        super().__init__(env)
        self._seen = LidarSpeeds(task.observation)

    def reset(self) -> np.ndarray:
        """Reset every environment."""
        return self._seen(self.venv.reset())

    def step_wait(self) -> VecEnvStepReturn:
        """Step every environment, last observations included."""
        observations, rewards, dones, infos = self.venv.step_wait()
        for info in infos:
            if 'terminal_observation' in info:
                info['terminal_observation'] = self._seen(info['terminal_observation'])
        return self._seen(observations), rewards, dones, infos
