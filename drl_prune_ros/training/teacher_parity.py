# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
A teacher compared with itself before it is taken.

What Stable-Baselines3's own `predict` does on observations of the environment is held against the
network that is pruned and deployed: a policy that is taken for another one is found here.
"""

from pathlib import Path
import sys
import time
from typing import Any

import gymnasium
from gymnasium import spaces
from gymnasium.wrappers import FlattenObservation
import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecNormalize

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.runtime import load_runtime
from drl_prune_ros.tasks.catalogue import BATCHED, Task
from drl_prune_ros.tasks.gymnasium_env import make_gymnasium_env, make_vec_env
from drl_prune_ros.training.learner import load_model, without_schedules
from drl_prune_ros.training.model_file import is_ours, statistics_in
from drl_prune_ros.training.networks.greedy_policy import bounds_of, torch_outputs
from drl_prune_ros.training.networks.mlp import actor_of
from drl_prune_ros.training.teacher_spaces import check_actions, check_observation_space

OBSERVATIONS = 200
PATIENCE_S = 4.0
"""Seconds after which fewer observations have to do: some environments are slow."""
TOLERANCE = 1e-4
"""Of an action, in parts of the range of actions; of two scores that tie, in parts of them."""
SEED = 7


def check_teacher(model_file: Path, task: Task, policy_file: Path | None = None) -> None:
    """
    Raise DrlPruneError where a teacher's spaces are not those of `task`, or it is misread.

    :param policy_file: the policy file that `model_file` was made of, if any.
    """
    model = load_model(model_file, custom_objects=without_schedules())
    check_actions(model.action_space, policy_file or model_file)
    own, met = _space_and_observations(task)
    warning = check_observation_space(
        model.observation_space, met_space(own, model_file, met), model_file, task.id)
    if warning and not is_ours(model_file):
        print(f'drl-prune: warning: {warning}', file=sys.stderr)
    _compare(model, statistics_in(model_file), met, model_file, policy_file)


def met_space(own: spaces.Space, model_file: Path, met: np.ndarray) -> spaces.Space:
    """Return the space to hold a teacher against: ours know the flattened float32 one."""
    if not is_ours(model_file):
        return own
    return spaces.Box(-np.inf, np.inf, met.shape[1:], np.float32)


def _space_and_observations(task: Task) -> tuple[spaces.Space, np.ndarray]:
    """Return the environment's own space, and observations (n, size) of random actions."""
    if task.engine in BATCHED:
        env = make_vec_env(task, 1, SEED)
        space = _space_of_gymnasium(task) or env.observation_space
        env.close()
    else:
        single = make_gymnasium_env(task)
        space = _raw_space(single)
        single.close()
    return space, random_observations(task)


def random_observations(task: Task) -> np.ndarray:
    """Return up to OBSERVATIONS raw observations of random actions, (n, size) float32."""
    if task.engine in BATCHED:
        return _batched_observations(task)
    begun_s = time.monotonic()
    seen: list[np.ndarray] = []
    env: Any = make_gymnasium_env(task)
    env.action_space.seed(SEED)
    ended = True
    while len(seen) < OBSERVATIONS and (not seen or time.monotonic() - begun_s < PATIENCE_S):
        if ended:
            observation, ended = env.reset(seed=SEED + len(seen))[0], False
        else:
            observation, _, terminated, truncated, _ = env.step(env.action_space.sample())
            ended = terminated or truncated
        seen.append(observation)
    env.close()
    return np.array(seen, np.float32)


def _batched_observations(task: Task) -> np.ndarray:
    env = make_vec_env(task, 1, SEED)
    env.action_space.seed(SEED)
    seen = [env.reset()[0]]
    while len(seen) < OBSERVATIONS:
        seen.append(env.step(np.array([env.action_space.sample()]))[0][0])
    env.close()
    return np.array(seen, np.float32)


def _space_of_gymnasium(task: Task) -> spaces.Space | None:
    """Return the space where the environment can be made: batched engines leave out bounds."""
    try:
        env = make_gymnasium_env(task)
    except (DrlPruneError, gymnasium.error.Error, ImportError):
        return None
    try:
        return _raw_space(env)
    finally:
        env.close()


def _raw_space(env: Any) -> spaces.Space:
    """Return the observation space below the wrappers that make a flat float32 of it."""
    inner = env
    while hasattr(inner, 'env'):
        if isinstance(inner, FlattenObservation):
            return inner.env.observation_space
        inner = inner.env
    return env.observation_space


def _compare(model: BaseAlgorithm, statistics: VecNormalize | None, met: np.ndarray,
             model_file: Path, policy_file: Path | None) -> None:
    actor, bounds = actor_of(model), bounds_of(model)
    if actor.widths[0] != met.shape[1]:
        raise DrlPruneError(f'{model_file} reads {actor.widths[0]} observation values, the '
                            f'environment has {met.shape[1]}: give a teacher of this task')
    predicted = _predict(model, statistics, met, model_file)
    ours = [torch_outputs(actor, met, statistics, bounds)]
    if policy_file:
        ours.append(load_runtime(policy_file, 'numpy').outputs(met))
    for outputs in ours:
        action = np.asarray(outputs['action'])
        if bounds is not None:
            scale = TOLERANCE * np.maximum(1.0, np.asarray(bounds[1]) - bounds[0])
            wrong = (np.abs(action - predicted) > scale).any(axis=1)
        else:
            scores = np.asarray(outputs['scores'])
            rows = np.arange(len(met))
            gap = np.abs(scores.max(axis=1) - scores[rows, predicted])
            wrong = ~(gap <= TOLERANCE * np.maximum(1.0, np.abs(scores).max(axis=1)))
        if wrong.any():
            raise DrlPruneError(
                f'{policy_file or model_file} acts otherwise than Stable-Baselines3 makes it act, '
                f'on {wrong.sum()} of {len(met)} observations: {_likely_cause(model)}')


def _predict(model: BaseAlgorithm, statistics: VecNormalize | None, met: np.ndarray,
             model_file: Path) -> np.ndarray:
    space, read = model.observation_space, met
    if isinstance(space, spaces.Discrete):
        if not ((met.max(axis=1) == 1) & (met.sum(axis=1) == 1)).all():
            raise DrlPruneError(f'{model_file} observes {space}, and the environment is not one '
                                'of as many values of which one is 1: wrap it in '
                                'gymnasium.wrappers.FlattenObservation')
        read = met.argmax(axis=1)
    elif statistics is not None:
        read = np.asarray(statistics.normalize_obs(met), np.float32)
    if isinstance(space, spaces.Box):
        read = read.reshape(-1, *space.shape)
    return model.predict(read, deterministic=True)[0]


def _likely_cause(model: BaseAlgorithm) -> str:
    policy: Any = model.policy
    if getattr(policy, 'squash_output', False) and not isinstance(model.action_space, spaces.Box):
        return 'its outputs are squashed'
    return (f'its policy {type(policy).__name__} is no plain MLP on a flat vector, or its numbers '
            'are beyond what float32 tells apart: give another teacher')
