# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A task as a plain Gymnasium environment, for evaluation and for ids that EnvPool lacks."""

from collections.abc import Callable
from typing import Any
import warnings

import gymnasium
from gymnasium import spaces
from gymnasium.wrappers import (
    DtypeObservation,
    FlattenObservation,
    TransformAction,
    TransformObservation,
)
import numpy as np
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import SubprocVecEnv, VecEnv

from drl_prune_ros.errors import Unsupported
from drl_prune_ros.simulator.traffic import make_with_own_traffic
from drl_prune_ros.tasks.catalogue import COMPILED, Task
from drl_prune_ros.tasks.compiled_episodes import say_why_not
from drl_prune_ros.tasks.envpool_vec_env import EnvPoolVecEnv
from drl_prune_ros.tasks.lidar_speeds import has_lidar_speeds, LidarSpeeds


def make_gymnasium_env(task: Task, **kwargs: Any) -> gymnasium.Env:
    """
    Make the task's Gymnasium environment as the networks here see it.

    Observations are flattened to (size,) float32. Continuous actions may be of any float type and
    beyond the bounds: they are clipped to them. Driving tasks may be played in one process in any
    order: each has the traffic that it has alone.
    """
    task.register()
    if task.vehicle:
        # Needs highway-env, which other tasks do without.
        from drl_prune_ros.simulator.driven_env import DrivenEnv
        return DrivenEnv(task.id, task.engine_id(task.engine), task.observation, task.action,
                         task.vehicle.profile, task.vehicle.delay_s)
    if task.config:
        kwargs['config'] = task.config
    with warnings.catch_warnings():
        # Which version of an environment is meant stands in its id.
        warnings.filterwarnings('ignore', '.* is out of date', DeprecationWarning)
        env = FlattenObservation(
            make_with_own_traffic(task.engine_id('gymnasium'), **kwargs))
    if env.observation_space.dtype != np.float32:
        env = DtypeObservation(env, np.float32)
    if has_lidar_speeds(task.observation):
        env = TransformObservation(env, LidarSpeeds(task.observation), env.observation_space)
    space = env.action_space
    if isinstance(space, spaces.Box):
        # Clipped last: a float32 bound may lie beyond the float64 one it was rounded from.
        env = TransformAction(
            env, lambda action: np.clip(np.asarray(action, space.dtype), space.low, space.high),
            spaces.Box(space.low.astype(np.float32), space.high.astype(np.float32),
                       dtype=np.float32))
    return env


def make_vec_env(task: Task, num_envs: int, seed: int, engine: str | None = None) -> VecEnv:
    """
    Make `num_envs` parallel training environments; environment i starts from `seed + i`.

    The engine is the task's first: highway-env compiled, EnvPool, or one process per environment,
    which also stands in where highway-env cannot be compiled. All report `TimeLimit.truncated`,
    `terminal_observation` and, on driving tasks, `crashed`.
    """
    engine = engine or task.engine
    task.engine_id(engine)
    if engine == 'envpool':
        return EnvPoolVecEnv(task, num_envs, seed)
    if engine == COMPILED:
        # Needs numba, which other engines do without.
        from drl_prune_ros.tasks.compiled_env import make_compiled_vec_env
        try:
            return make_compiled_vec_env(task, num_envs, seed)
        except Unsupported as refused:
            say_why_not(refused, task)

    def maker(index: int) -> Callable[[], gymnasium.Env]:
        def make() -> gymnasium.Env:
            env = Monitor(make_gymnasium_env(task))
            env.reset(seed=seed + index)
            env.action_space.seed(seed + index)
            return env
        return make

    # Monitor reports the episode and SB3 adds `TimeLimit.truncated` to every last step's info.
    vec_env = SubprocVecEnv([maker(i) for i in range(num_envs)])
    vec_env.seed(seed)
    return vec_env
