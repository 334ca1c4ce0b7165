# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Many environments of one kind, as arrays: reset and step them, take and set their states."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, NamedTuple
import warnings

import gymnasium
from gymnasium import spaces
import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.highway import episodes
from drl_prune_ros.highway.compiled import say_if_slow
from drl_prune_ros.highway.random import seeded
from drl_prune_ros.highway.records import EPISODE, make_room, VEHICLE
from drl_prune_ros.highway.refusals import refuse_wrappers
from drl_prune_ros.highway.settings import TERMS
from drl_prune_ros.highway.tables import read_scene
from drl_prune_ros.simulator.traffic import Traffic

Observed = NDArray[Any] | tuple[NDArray[Any], ...]


class State(NamedTuple):
    """An environment as it was: its episode, random numbers included, and its vehicles."""

    episode: NDArray[np.void]
    vehicles: NDArray[np.void]


def _made(task_id: str, config: dict[str, Any] | None) -> Any:
    """Return an environment of highway-env, begun; raises DrlPruneError where it cannot be."""
    try:
        with np.errstate(all='ignore'):   # an empty cell of a grid is NaN in between
            env = gymnasium.make(
                task_id, disable_env_checker=True, **({'config': config} if config else {}))
            refuse_wrappers(env)
            env.reset(seed=0)
    except DrlPruneError:
        raise
    except Exception as error:   # whatever it raises of a config that it cannot take
        first = (str(error) or 'it gives no reason').splitlines()[0]
        raise DrlPruneError(
            f'highway-env itself cannot begin {task_id} as configured: '
            f'{type(error).__name__}: {first}') from error
    return env


class Batch:
    """
    A batch of environments.

    observations  (n, numbers) float32, all that is observed, one part after the other
    rewards       (n,) float64
    ends          (n, 2) bool: terminated, truncated
    speeds        (n,) m/s of the ego
    crashed       (n,) bool
    terms         (n, 5) what rewards are made of, by reward_names

    task_id   an id of highway-env, or any that makes one of its environments
    config    as gymnasium.make takes it
    threads   each steps a part of the environments, without the interpreter's lock

    Raises DrlPruneError, by the name of what only highway-env itself can run.
    """

    def __init__(
        self, task_id: str, num_envs: int, config: dict[str, Any] | None = None, threads: int = 1,
    ) -> None:
        if not 1 <= threads <= num_envs:
            raise DrlPruneError(
                f'{threads} threads for {num_envs} environments: give at least one environment '
                'to each thread, and at least one thread')
        import highway_env  # noqa: F401  registers its environments

        with Traffic().own(), warnings.catch_warnings():
            # Which version of an environment is meant stands in its id.
            warnings.filterwarnings('ignore', '.* is out of date', DeprecationWarning)
            env = _made(task_id, config)
            scenario, scene, obstacles, vehicles = read_scene(env.unwrapped)
        say_if_slow()
        self.scene, self._begin = scene, scenario.begin
        self.task_id, self.config = task_id, config
        self.observation_space, self.action_space = env.observation_space, env.action_space
        self.limit = env.spec.max_episode_steps if env.spec else None
        env.close()
        self.num_envs = num_envs
        self.reward_names = scenario.rewards
        self.episodes = np.zeros(num_envs, EPISODE)
        self.vehicles = np.zeros((num_envs, vehicles + len(obstacles)), VEHICLE)
        self.vehicles[:, vehicles:] = obstacles
        self.observations = np.zeros((num_envs, int(scene.observations['size'].sum())), np.float32)
        self.rewards = np.zeros(num_envs)
        self.ends = np.zeros((num_envs, 2), np.bool_)
        self.speeds = np.zeros(num_envs)
        self.crashed = np.zeros(num_envs, np.bool_)
        self.terms = np.zeros((num_envs, TERMS))
        self.lengths = np.zeros(num_envs, np.int64)
        self._everyone = np.ones(num_envs, np.bool_)
        self._actions = np.zeros(num_envs, np.int64)
        self._discrete = isinstance(self.action_space, spaces.Discrete)
        size = 1 if self._discrete else self.action_space.shape[0]
        self._controls = np.zeros((num_envs, size), np.float32)
        bounds = np.linspace(0, num_envs, threads + 1).astype(int)
        self._parts = [slice(a, b) for a, b in pairwise(bounds)]
        self._rooms = [make_room(len(scene.road.lanes), self.vehicles.shape[1]) for _ in bounds]
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None
        for index, sequence in enumerate(np.random.SeedSequence().spawn(num_envs)):
            self.seed(index, int(sequence.generate_state(1)[0]))

    def seed(self, index: int, seed: int) -> None:
        """Seed environment index as its reset(seed=seed) would."""
        seeded(self.episodes[index]['random'], seed)

    def reset(self, which: NDArray[np.bool_]) -> None:
        """Begin an episode in each environment of which (n,)."""
        self.lengths[which] = 0

        def part(room: Any, own: slice) -> None:
            begun = np.flatnonzero(which[own])
            if len(begun):
                shard = self.episodes[own], self.vehicles[own], begun
                self._begin(self.scene, room, *shard)
                episodes.look(self.scene, room, *shard, self.observations[own])
        self._each(part)

    def step(self, actions: NDArray[Any], active: NDArray[np.bool_] | None = None) -> None:
        """Carry out one decision in each environment, or in those that are active (n,)."""
        if active is None:
            active = self._everyone
        if self._discrete:
            self._actions[:] = actions
        else:
            self._controls[:] = actions

        def part(room: Any, own: slice) -> None:
            episodes.step(
                self.scene, room, self.episodes[own], self.vehicles[own], active[own],
                self._actions[own], self._controls[own], self.observations[own], self.rewards[own],
                self.ends[own], self.speeds[own], self.crashed[own], self.terms[own])
        self._each(part)
        self.lengths += active
        if self.limit is not None:
            self.ends[:, 1] |= self.lengths >= self.limit

    def observed(self) -> Observed:
        """Return a copy of what is observed, (n, *shape) or such an array for each part."""
        space = self.observation_space
        if not isinstance(space, spaces.Tuple):
            return self.observations.reshape(self.num_envs, *space.shape).astype(space.dtype)
        return tuple(
            self.observations[:, part['start']:part['start'] + part['size']]
            .reshape(self.num_envs, *own.shape).astype(own.dtype)
            for part, own in zip(self.scene.observations, space.spaces, strict=True))

    def state(self, index: int) -> State:
        """Return a copy of an environment as it is, random numbers included."""
        return State(self.episodes[index:index + 1].copy(), self.vehicles[index:index + 1].copy())

    def set_state(self, index: int, state: State) -> None:
        """Continue environment index from a state of this batch or of one like it."""
        if state.vehicles.shape[1] != self.vehicles.shape[1]:
            raise DrlPruneError('the state is one of another environment: give one of its own')
        self.episodes[index:index + 1], self.vehicles[index:index + 1] = state
        self.lengths[index] = state.episode['steps'][0] // self.scene.settings['frames'][0]

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()

    def _each(self, part: Callable[[Any, slice], None]) -> None:
        if self._pool is None:
            part(self._rooms[0], self._parts[0])
        else:
            list(self._pool.map(part, self._rooms, self._parts))

