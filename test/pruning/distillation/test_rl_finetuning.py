# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A student learns from the environment in a run of its own."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import VecNormalize
import torch

from drl_prune_ros.pruning.distillation.rl_finetuning import (
    hold_observations,
    reinforce,
    TeacherRegularizer,
)
from drl_prune_ros.pruning.divergence import divergence, variances
from drl_prune_ros.pruning.method import RunContext
from drl_prune_ros.pruning.settings import SettingsBase
from drl_prune_ros.pruning.structured.input_masking import only_inputs
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.training import validation
from drl_prune_ros.training.checkpoint import latest_checkpoint, load_checkpoint, load_state
from drl_prune_ros.training.networks.mlp import actor_of
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.settings import train_settings

SMALL = {'n_steps': 32, 'batch_size': 64, 'n_epochs': 2, 'hidden': [6, 5], 'num_envs': 4}


@pytest.mark.parametrize('untrained', [False, True])
def test_a_student_learns_and_reads_no_more_than_before(
        untrained: bool, make_model: Callable[..., BaseAlgorithm], tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, 'VALIDATION_EPISODES', {'envpool': 4})
    monkeypatch.setattr(validation, 'VALIDATIONS_PER_RUN', 2)
    settings = train_settings({}, 'ppo', **{**SMALL, 'total_steps': 1280, 'normalize': False})
    inputs = torch.tensor([True, False, True, True])
    model = make_model('ppo', hidden=(6, 5))
    before = [p.detach().clone() for p in actor_of(model).parameters()]

    def student() -> BaseAlgorithm:
        only_inputs(actor_of(model), inputs).apply(actor_of(model))
        return model

    task = load_task('CartPole-v1')
    whole = RunFolder.create(tmp_path / 'whole', {'task': task.id, 'method': 'any'}, 3)
    context = RunContext(whole, task, settings, SettingsBase(), 3, progress=False)
    regularizer = TeacherRegularizer(actor_of(make_model('ppo')), 1.0)
    run = reinforce(context, tmp_path / 'run', student, regularizer,
                    0.5, 5000, lambda episodes: True, untrained_critic=untrained)
    assert run.steps == 1280
    newest = latest_checkpoint(run.checkpoints)
    assert newest
    learned = load_checkpoint(newest)
    assert not actor_of(learned).linears[0].weight[:, 1].any()
    moved = [not torch.equal(p, was) for p, was in zip(
        actor_of(learned).parameters(), before, strict=True)]
    assert all(moved)
    warmup = load_state(newest)['extra'].get('critic_warmup')
    assert warmup == ({'until': 128} if untrained else None)


@pytest.fixture
def regularized(
        make_model: Callable[..., BaseAlgorithm],
) -> Callable[..., tuple[TeacherRegularizer, float]]:
    """Return a function that trains a student under a regularizer: (regularizer, divergence)."""
    def teach(kind: str, strength: float) -> tuple[TeacherRegularizer, float]:
        teacher = actor_of(make_model(kind))
        model = make_model(kind, hidden=(6, 5), learning_rate=0.02)
        for parameter in teacher.parameters():
            parameter.data *= 4.0   # with opinions
        regularizer = TeacherRegularizer(teacher, strength)
        model.learn(1024, callback=regularizer)
        states = torch.randn(500, teacher.widths[0], generator=torch.Generator().manual_seed(0))
        student, answers = actor_of(model), regularizer.teacher.answer(states)
        with torch.no_grad():
            distance = divergence(student, student.outputs(states), answers, variances(answers))
        return regularizer, float(distance)
    return teach


@pytest.mark.parametrize('kind', ['ppo', 'ppo-box', 'dqn', 'td3', 'sac'])
def test_a_regularizer_holds_the_student_to_its_teacher(
        kind: str, regularized: Callable[..., tuple[TeacherRegularizer, float]]) -> None:
    _, free = regularized(kind, 0.0)
    _, held = regularized(kind, 100.0)
    assert held < 0.8 * free


def test_a_tutor_goes_on_where_it_was(
        regularized: Callable[..., tuple[TeacherRegularizer, float]],
        make_model: Callable[..., BaseAlgorithm]) -> None:
    regularizer, _ = regularized('ppo', 1.0)
    resumed = TeacherRegularizer(regularizer.teacher.actor, 1.0)
    resumed.set_state(regularizer.state())
    resumed.init_callback(make_model('ppo', hidden=(6, 5)))
    resumed.on_training_start({}, {})
    again, before = resumed.state(), regularizer.state()
    assert len(before['labeled'][0]) and before['next_label'] > 0
    assert again['next_label'] == before['next_label']
    assert again['labeled'][1] == before['labeled'][1]
    assert torch.equal(again['labeled'][0], before['labeled'][0])
    assert torch.equal(again['remembered'], before['remembered'])
    for one, other in zip(resumed.teacher.answers, regularizer.teacher.answers, strict=True):
        assert torch.equal(one, other)


def test_rewards_are_scaled_while_observations_stay_as_they_were_read() -> None:
    env = VecNormalize(make_vec_env('Pendulum-v1', 2, seed=1))
    env.training = False
    mean, var = np.array([0.1, -0.2, 3.0]), np.array([0.5, 0.4, 9.0])
    env.obs_rms.mean, env.obs_rms.var = mean.copy(), var.copy()
    hold_observations(env)
    env.reset()
    for _ in range(300):
        env.step(np.zeros((2, 1), np.float32))
    np.testing.assert_allclose(env.obs_rms.mean, mean, rtol=1e-9)
    np.testing.assert_allclose(env.obs_rms.var, var, rtol=1e-9)
    assert env.ret_rms.var > 1.0
