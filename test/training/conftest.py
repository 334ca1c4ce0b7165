# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Small learners of every kind, on tasks that EnvPool steps quickly."""

from collections.abc import Callable
import dataclasses
from typing import Any

import pytest
from stable_baselines3.common.base_class import BaseAlgorithm

from drl_prune_ros.tasks.catalogue import load_task, Task
from drl_prune_ros.tasks.gymnasium_env import make_vec_env
from drl_prune_ros.training.learner import make_learner
from drl_prune_ros.training.settings import train_settings, TrainSettings
from drl_prune_ros.training.start import normalized

OFF_POLICY = {'buffer_size': 2000, 'learning_starts': 64, 'train_freq': 4, 'gradient_steps': 2,
              'batch_size': 32}
SMALL: dict[str, dict[str, Any]] = {
    'ppo': {'n_steps': 32, 'batch_size': 64, 'n_epochs': 2},
    'dqn': {**OFF_POLICY, 'target_update_interval': 64},
    'td3': OFF_POLICY, 'sac': OFF_POLICY}


@pytest.fixture
def task_of_kind() -> Callable[[str], Task]:
    """Return a function from a kind of learner to its task: CartPole, or Pendulum (-2 to 2)."""
    def task_of(kind: str) -> Task:
        if kind in ('ppo', 'dqn'):
            return load_task('CartPole-v1')
        return dataclasses.replace(load_task('Pendulum-v1'), engines={'envpool': 'Pendulum-v1'})
    return task_of


@pytest.fixture
def small_settings() -> Callable[..., TrainSettings]:
    """Return a maker of settings of 'ppo', 'ppo-box', 'dqn', 'td3' or 'sac'."""
    def make(kind: str, **changes: Any) -> TrainSettings:
        algo = kind.removesuffix('-box')
        return train_settings({}, algo, **{
            'hidden': (24, 16), 'num_envs': 4, 'total_steps': 2048, 'normalize': False,
            **SMALL[algo], **changes})
    return make


@pytest.fixture
def make_model(task_of_kind: Callable[[str], Task],
               small_settings: Callable[..., TrainSettings]) -> Callable[..., BaseAlgorithm]:
    """Return a maker of small learners, of the kinds above."""
    def make(kind: str, **changes: Any) -> BaseAlgorithm:
        settings = small_settings(kind, **changes)
        env = normalized(make_vec_env(task_of_kind(kind), settings.num_envs, 77), settings)
        return make_learner(settings, env, seed=3)
    return make
