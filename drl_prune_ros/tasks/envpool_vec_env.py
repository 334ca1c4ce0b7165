# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""EnvPool behind Stable-Baselines3's `VecEnv`."""

from collections.abc import Sequence
from typing import Any

import envpool
from gymnasium import spaces
import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from drl_prune_ros.tasks.catalogue import Task


def make_pool(task: Task, seeds: Sequence[int]) -> Any:
    """Make an EnvPool with one environment per seed; environment i starts from `seeds[i]`."""
    return envpool.make(
        task.engine_id('envpool'), 'gymnasium', num_envs=len(seeds), seed=list(seeds))


def flat_spaces(pool: Any) -> tuple[spaces.Box, spaces.Space]:
    """Return the pool's spaces, observations as one row of float32 and actions float32 if Box."""
    size = int(np.prod(pool.observation_space.shape))
    actions = pool.action_space
    if isinstance(actions, spaces.Box):
        # EnvPool's are float64, which Stable-Baselines3 does not learn in.
        actions = spaces.Box(
            actions.low.astype(np.float32), actions.high.astype(np.float32), dtype=np.float32)
    return spaces.Box(-np.inf, np.inf, (size,), np.float32), actions


def pool_actions(pool: Any, actions: np.ndarray) -> np.ndarray:
    """Return `actions` in the pool's own type, continuous ones clipped to its bounds."""
    space = pool.action_space
    actions = np.asarray(actions, dtype=space.dtype)
    return np.clip(actions, space.low, space.high) if isinstance(space, spaces.Box) else actions


class EnvPoolVecEnv(VecEnv):
    """
    An EnvPool as Stable-Baselines3 expects a `VecEnv`.

    EnvPool resets an environment on the step after its last; here it is reset at once, the last
    observation stands in `info['terminal_observation']`, and a time limit in
    `info['TimeLimit.truncated']`, which PPO needs to bootstrap (SB3 issue 633).
    `info['episode']` holds the return `r` and length `l`.

    :param task: a task that EnvPool may train.
    :param num_envs: how many environments run in parallel.
    :param seed: environment i starts from `seed + i`.
    """

    render_mode = None

    def __init__(self, task: Task, num_envs: int, seed: int) -> None:
        self.pool = make_pool(task, range(seed, seed + num_envs))
        observation_space, action_space = flat_spaces(self.pool)
        super().__init__(num_envs, observation_space, action_space)
        self._actions = np.zeros(num_envs)
        self._returns = np.zeros(num_envs)
        self._lengths = np.zeros(num_envs, dtype=np.int64)

    def reset(self) -> np.ndarray:
        """Reset every environment; returns observations (num_envs, size) float32."""
        self._returns[:] = 0
        self._lengths[:] = 0
        observations, _ = self.pool.reset()
        return self._flat(observations)

    def step_async(self, actions: np.ndarray) -> None:
        """Take note of the actions of the next step."""
        self._actions = pool_actions(self.pool, actions)

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Step every environment; those that ended are reset before this returns."""
        stepped, rewards, terminated, truncated, _ = self.pool.step(self._actions)
        observations = self._flat(stepped)
        self._returns += rewards
        self._lengths += 1
        dones = np.logical_or(terminated, truncated)
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        ended = np.flatnonzero(dones)
        if len(ended):
            for i in ended:
                infos[i] = {
                    'terminal_observation': observations[i].copy(),
                    'TimeLimit.truncated': bool(truncated[i] and not terminated[i]),
                    'episode': {'r': float(self._returns[i]), 'l': int(self._lengths[i])},
                }
            observations[ended] = self._flat(self.pool.reset(ended.astype(np.int32))[0])
            self._returns[ended] = 0
            self._lengths[ended] = 0
        return observations, rewards, dones, infos

    def close(self) -> None:
        """Release the pool's threads."""
        self.pool.close()

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Return the attribute of this wrapper, once an index: EnvPool's live in C++."""
        value = getattr(self, attr_name)
        return [value for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Raise: the environments live in C++ and have no attributes to set."""
        raise NotImplementedError('EnvPool environments have no attributes to set')

    def env_method(
            self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        """Raise: the environments live in C++ and have no methods to call."""
        raise NotImplementedError('EnvPool environments have no methods to call')

    def env_is_wrapped(self, wrapper_class: type, indices: Any = None) -> list[bool]:
        """Say that no environment is wrapped by a Gymnasium wrapper."""
        return [False for _ in self._get_indices(indices)]

    def _flat(self, observations: np.ndarray) -> np.ndarray:
        return np.array(observations, dtype=np.float32).reshape(len(observations), -1)
