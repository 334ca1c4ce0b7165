# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The compiled highway as a vector environment of Gymnasium."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gymnasium
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.errors import DrlPruneError, Unsupported
from drl_prune_ros.highway.batch import Batch, Observed, State
from drl_prune_ros.highway.viewer import LiveEnv

NAMESPACE = 'drl_prune_ros'


class HighwayVectorEnv(VectorEnv):   # type: ignore[misc]
    """
    Environments of highway-env, with the episodes that highway-env gives.

    task_id         an id of highway-env, such as 'intersection-v2'
    num_envs        how many environments
    config          as gymnasium.make takes it
    threads         each steps a part of the environments
    autoreset_mode  of Gymnasium: at the next step after an end, at the same step, or never
    render_mode     'rgb_array' for pictures by highway-env's own viewer, or None

    infos hold crashed, speed and rewards (by name), each of the decision that was made, and in the
    mode SAME_STEP final_obs and final_info. Raises DrlPruneError by the name of what only
    highway-env itself can run.
    """

    def __init__(
        self, task_id: str, num_envs: int = 1, config: dict[str, Any] | None = None,
        threads: int = 1, autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        render_mode: str | None = None,
    ) -> None:
        if render_mode not in (None, 'rgb_array'):
            raise DrlPruneError(
                f'the compiled highway has no render_mode {render_mode!r}: choose rgb_array')
        self.render_mode = render_mode
        self._live: LiveEnv | None = None
        try:
            self._batch = Batch(task_id, num_envs, config, threads)
        except Unsupported as refused:
            raise Unsupported(
                f'{refused}: run it on highway-env itself, with gymnasium.make_vec({task_id!r})'
            ) from refused
        self._mode = AutoresetMode(autoreset_mode)
        self.metadata = {'autoreset_mode': self._mode, 'render_modes': ['rgb_array']}
        self.num_envs = num_envs
        self.single_observation_space = self._batch.observation_space
        self.single_action_space = self._batch.action_space
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._over = np.zeros(num_envs, np.bool_)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Observed, dict[str, Any]]:
        """
        Begin an episode in every environment, or in those of options['reset_mask'] (n,) bool.

        seed  of each environment; of one number, environment i gets seed + i; None: goes on with
              the random numbers that it has
        """
        which = np.ones(self.num_envs, np.bool_)
        if options and options.get('reset_mask') is not None:
            which = np.asarray(options['reset_mask'], np.bool_)
        seeds: Sequence[int | None] = (
            [None] * self.num_envs if seed is None else
            [seed + i for i in range(self.num_envs)] if isinstance(seed, (int, np.integer))
            else seed)
        if len(seeds) != self.num_envs or which.shape != (self.num_envs,):
            raise DrlPruneError(
                f'{len(seeds)} seeds and a mask of {which.size} for {self.num_envs} environments: '
                'give one of each to each')
        for index, one in enumerate(seeds):
            if one is not None and which[index]:
                self._batch.seed(index, int(one))
        self._batch.reset(which)
        self._over[which] = False
        return self._batch.observed(), {}

    def step(
        self, actions: NDArray[Any],
    ) -> tuple[Observed, NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_],
               dict[str, Any]]:
        """Carry out one decision in each environment."""
        batch = self._batch
        actions = np.asarray(actions)
        begun = self._over if self._mode is AutoresetMode.NEXT_STEP else np.zeros_like(self._over)
        batch.step(actions, ~begun)
        if begun.any():
            batch.reset(begun)
            batch.rewards[begun], batch.ends[begun] = 0.0, False
            batch.crashed[begun], batch.terms[begun] = False, 0.0
        infos = self._infos()
        rewards = batch.rewards.copy()
        terminated, truncated = batch.ends[:, 0].copy(), batch.ends[:, 1].copy()
        self._over = terminated | truncated
        if self._mode is AutoresetMode.SAME_STEP and self._over.any():
            infos['final_obs'] = batch.observed()
            infos['_final_obs'] = self._over.copy()
            infos['final_info'] = {name: infos[name] for name in ('crashed', 'speed', 'rewards')}
            infos['_final_info'] = self._over.copy()
            batch.reset(self._over)
        return batch.observed(), rewards, terminated, truncated, infos

    def _infos(self) -> dict[str, Any]:
        batch = self._batch
        return {
            'crashed': batch.crashed.copy(), 'speed': batch.speeds.copy(),
            'rewards': {name: batch.terms[:, index].copy()
                        for index, name in enumerate(batch.reward_names)}}

    def state(self, index: int) -> State:
        """Return a copy of an environment as it is, its random numbers included."""
        return self._batch.state(index)

    def set_state(self, index: int, state: State) -> None:
        """Continue environment index from a state."""
        self._batch.set_state(index, state)
        self._over[index] = False

    def render(self) -> tuple[NDArray[np.uint8], ...] | None:
        """Return a picture (height, width, 3) of each environment, by highway-env's viewer."""
        if self.render_mode is None:
            gymnasium.logger.warn(
                'render() without a render mode draws nothing: make the environments with '
                "render_mode='rgb_array'")
            return None
        if self._live is None:
            self._live = LiveEnv(self._batch.task_id, self._batch.config)
        pictures = []
        for index in range(self.num_envs):
            self._live.put(self.state(index))
            pictures.append(self._live.image())
        return tuple(pictures)

    def close_extras(self, **kwargs: Any) -> None:
        """End the threads, and the viewer."""
        self._batch.close()
        if self._live is not None:
            self._live.close()


def make_vec_env(
    task_id: str, num_envs: int, config: dict[str, Any] | None = None, threads: int = 1,
) -> HighwayVectorEnv:
    """Return environments of highway-env, compiled; see HighwayVectorEnv."""
    return HighwayVectorEnv(task_id, num_envs, config, threads)


def register() -> None:
    """Register 'drl_prune_ros/ID' with gymnasium.make_vec for every id that can be compiled."""
    import highway_env  # noqa: F401  registers its environments

    from drl_prune_ros.highway.scenarios import CLASSES

    for name, spec in list(gymnasium.registry.items()):
        entry = spec.entry_point
        if isinstance(entry, str) and entry.rpartition(':')[2] in CLASSES:
            known = f'{NAMESPACE}/{name}'
            if known not in gymnasium.registry:
                gymnasium.register(
                    known, vector_entry_point=HighwayVectorEnv, kwargs={'task_id': name})
