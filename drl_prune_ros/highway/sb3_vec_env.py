# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The compiled highway behind Stable-Baselines3's VecEnv."""

from __future__ import annotations

from typing import Any

from gymnasium import spaces
import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from drl_prune_ros.highway.batch import Batch


class HighwayVecEnv(VecEnv):
    """
    Environments of highway-env as Stable-Baselines3 expects them.

    One that ends is reset at once: its last observation stands in info['terminal_observation'], a
    time limit in info['TimeLimit.truncated'], return and length in info['episode'], and
    info['crashed'] says whether it ended in a crash. Observations are flat, (n, size) float32.

    task_id, num_envs, config, threads  see Batch
    seed  environment i starts from seed + i
    """

    render_mode = None

    def __init__(
        self, task_id: str, num_envs: int, seed: int, config: dict[str, Any] | None = None,
        threads: int = 1,
    ) -> None:
        self.batch = Batch(task_id, num_envs, config, threads)
        size = self.batch.observations.shape[1]
        super().__init__(
            num_envs, spaces.Box(-np.inf, np.inf, (size,), np.float32), self.batch.action_space)
        for index in range(num_envs):
            self.batch.seed(index, seed + index)
        self._actions: Any = None
        self._returns = np.zeros(num_envs)
        self._all = np.ones(num_envs, np.bool_)

    def reset(self) -> np.ndarray:
        """Begin an episode in every environment; returns observations (n, size) float32."""
        for index, seed in enumerate(self._seeds):
            if seed is not None:
                self.batch.seed(index, int(seed))
        self._reset_seeds()
        self._reset_options()
        self._returns[:] = 0.0
        self.batch.reset(self._all)
        return self._flat()

    def step_async(self, actions: np.ndarray) -> None:
        """Take note of the actions of the next step."""
        self._actions = actions

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Carry out one decision in each environment; those that ended are reset."""
        batch = self.batch
        batch.step(self._actions)
        rewards = batch.rewards.astype(np.float32)
        self._returns += batch.rewards
        dones = np.logical_or(batch.ends[:, 0], batch.ends[:, 1])
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        ended = np.flatnonzero(dones)
        if len(ended):
            observations = self._flat()
            for i in ended:
                infos[i] = {
                    'terminal_observation': observations[i],
                    'TimeLimit.truncated': bool(batch.ends[i, 1] and not batch.ends[i, 0]),
                    'episode': {'r': float(self._returns[i]), 'l': int(batch.lengths[i])},
                    'crashed': bool(batch.crashed[i])}
            self._returns[ended] = 0.0
            batch.reset(dones)
        return self._flat(), rewards, dones, infos

    def close(self) -> None:
        """End the threads."""
        self.batch.close()

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Return the attribute of this wrapper, once for each index."""
        value = getattr(self, attr_name)
        return [value for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Raise: compiled environments have no attributes to set."""
        raise NotImplementedError('compiled environments have no attributes to set')

    def env_method(
        self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any,
    ) -> list[Any]:
        """Raise: compiled environments have no methods to call."""
        raise NotImplementedError('compiled environments have no methods to call')

    def env_is_wrapped(self, wrapper_class: type, indices: Any = None) -> list[bool]:
        """Say that no environment is wrapped."""
        return [False for _ in self._get_indices(indices)]

    def _flat(self) -> np.ndarray:
        return self.batch.observations.copy()
