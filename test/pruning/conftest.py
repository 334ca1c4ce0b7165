# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Small networks and learners to prune."""

from collections.abc import Callable
import dataclasses
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from stable_baselines3.common.base_class import BaseAlgorithm
import torch
from torch import nn

from drl_prune_ros.cli import vehicle_arguments
from drl_prune_ros.cli.main import main
from drl_prune_ros.pruning.structured.masks import Masks
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.tasks.gymnasium_env import make_vec_env
from drl_prune_ros.training import validation
from drl_prune_ros.training.learner import make_learner
from drl_prune_ros.training.networks.mlp import actor_of, MlpView, OutputKind
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.settings import train_settings
from drl_prune_ros.training.start import normalized

OFF_POLICY = {'buffer_size': 4000, 'learning_starts': 64, 'train_freq': 4, 'gradient_steps': 4,
              'batch_size': 32}
SMALL: dict[str, dict[str, Any]] = {
    'ppo': {'n_steps': 32, 'batch_size': 64, 'n_epochs': 2},
    'dqn': {**OFF_POLICY, 'target_update_interval': 64},
    'td3': OFF_POLICY, 'sac': OFF_POLICY}


PRUNED_STEPS = 2048
BRIEF = {'restarts': 2, 'rounds': 3, 'minibatches': 60, 'batch_size': 64}
TAUGHT: dict[str, Any] = {
    'total_steps': PRUNED_STEPS, 'target_weights': 60, 'distillation': BRIEF}
BRIEF_METHODS: dict[str, dict[str, Any]] = {
    'distilled': {**TAUGHT, 'validation_episodes': 7}, 'distilled+ft': TAUGHT, 'linear': TAUGHT,
    'pops': {'distillation': {**BRIEF, 'states': 300}, 'pruning_minibatches': 60, 'validations': 6,
             'rl_share': 0.1}}
SMALL_RUN = {'num_envs': 4, 'n_steps': 32, 'batch_size': 64, 'n_epochs': 2, 'hidden': [16, 16]}


@pytest.fixture
def make_actor() -> Callable[..., MlpView]:
    """Return a maker of random actors of the given widths."""
    def make(*widths: int, activation: nn.Module | None = None, seed: int = 0,
             output_kind: OutputKind = OutputKind.SCORES, log_std: bool = False,
             dtype: torch.dtype = torch.float32) -> MlpView:
        torch.manual_seed(seed)
        linears = [nn.Linear(a, b, dtype=dtype) for a, b in pairwise(widths)]
        second = nn.Linear(*widths[-2:], dtype=dtype) if log_std else None
        return MlpView(linears, activation or nn.ReLU(), output_kind, second)
    return make


@pytest.fixture
def make_model() -> Callable[..., BaseAlgorithm]:
    """
    Return a maker of small learners: 'ppo', 'ppo-box', 'dqn', 'td3' or 'sac'.

    The discrete ones learn CartPole, the others Pendulum, whose actions go from -2 to 2.
    """
    def make(kind: str, hidden: tuple[int, ...] = (24, 16), activation: str = 'relu',
             normalize: bool = False, **changes: Any) -> BaseAlgorithm:
        if kind in ('ppo', 'dqn'):
            task = load_task('CartPole-v1')
        else:
            task = dataclasses.replace(
                load_task('Pendulum-v1'), engines={'envpool': 'Pendulum-v1'})
        algo = kind.removesuffix('-box')
        settings = train_settings({}, algo, **{
            'hidden': hidden, 'activation': activation, 'normalize': normalize, 'num_envs': 4,
            'total_steps': 2048, **SMALL[algo], **changes})
        env = normalized(make_vec_env(task, settings.num_envs, 77), settings)
        return make_learner(settings, env, seed=3)
    return make


@pytest.fixture
def random_masks() -> Callable[..., Masks]:
    """Return a maker of masks that keep about 0.6 of the units, and the first of each layer."""
    def make(actor: MlpView, seed: int, inputs: bool = True) -> Masks:
        generator = torch.Generator().manual_seed(seed)
        masks = Masks([torch.rand(width, generator=generator) < 0.6
                       for width in actor.widths[:-1]])
        for kept in masks.kept:
            kept[0] = True
        if not inputs:
            masks.kept[0].fill_(True)
        return masks
    return make


@pytest.fixture
def cartpole_teacher(tmp_path: Path) -> Callable[..., Path]:
    """
    Return a maker of a model file: PPO on CartPole that pushes towards where the pole falls.

    It says to have trained for 1,000 steps. With no `wits` it always pushes left.
    """
    def make(wits: float = 20.0) -> Path:
        settings = train_settings({}, 'ppo', hidden=[16, 16], normalize=False, num_envs=2)
        env = make_vec_env(load_task('CartPole-v1'), 2, 7)
        model = make_learner(settings, env, seed=1)
        first, second, head = actor_of(model).linears
        with torch.no_grad():
            for linear in (first, second, head):
                linear.weight.mul_(0.01)
            first.weight[:2] = torch.tensor([[0.05, 0.2, 1.0, 0.5], [-0.05, -0.2, -1.0, -0.5]])
            second.weight[:2] = torch.eye(2, 16)
            head.weight.copy_(wits * torch.eye(2, 16).flip(0))
        model.num_timesteps = 1000
        model.save(tmp_path / 'teacher.zip')
        env.close()
        return tmp_path / 'teacher.zip'
    return make


@pytest.fixture
def prune(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
          cartpole_teacher: Callable[..., Path]) -> Callable[..., RunFolder]:
    """Return a function that runs a method on CartPole, small, and gives its folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(validation, 'VALIDATION_EPISODES', {'envpool': 6})
    monkeypatch.setattr(validation, 'VALIDATIONS_PER_RUN', 2)
    task = load_task('CartPole-v1')
    task = dataclasses.replace(task, train={**task.train, **SMALL_RUN},
                               prune={**task.prune, **BRIEF_METHODS})
    monkeypatch.setattr(vehicle_arguments, 'load_task', lambda name: task)
    teacher = ['--teacher', str(cartpole_teacher())]

    def run(method: str, *more: str, from_teacher: bool = True) -> RunFolder:
        arguments = ['prune', task.id, '--method', method, '--run', 'run', '--threads', '1',
                     '--final-episodes', '5', '--steps', str(PRUNED_STEPS), *more]
        assert main([*arguments, *(teacher if from_teacher else [])]) == 0
        return RunFolder.open(tmp_path / 'run')
    return run
