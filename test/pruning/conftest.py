# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Small networks and learners to prune."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from stable_baselines3 import PPO
import torch
from torch import nn

from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.tasks.gymnasium_env import make_vec_env
from drl_prune_ros.training.actor import Actor
from drl_prune_ros.training.learner import make_learner
from drl_prune_ros.training.settings import train_settings, TrainSettings


@pytest.fixture
def make_actor() -> Callable[..., Actor]:
    """Return a maker of random actors of the given widths."""
    def make(*widths: int, activation: nn.Module | None = None, seed: int = 0) -> Actor:
        torch.manual_seed(seed)
        linears = [nn.Linear(a, b) for a, b in pairwise(widths)]
        return Actor(linears, activation or nn.ReLU())
    return make


@pytest.fixture
def cartpole() -> Callable[..., tuple[PPO, TrainSettings]]:
    """Return a maker of small PPO learners on CartPole-v1."""
    def make(hidden: tuple[int, ...] = (24, 16), activation: str = 'relu',
             **changes: object) -> tuple[PPO, TrainSettings]:
        task = load_task('CartPole-v1')
        settings = train_settings(
            {**task.train, 'hidden': hidden, 'activation': activation, 'num_envs': 4,
             'n_steps': 32, 'batch_size': 64, 'n_epochs': 2, 'total_steps': 512, **changes})
        env = make_vec_env(task, settings.num_envs, 77)
        return make_learner(settings, env, seed=3), settings
    return make
