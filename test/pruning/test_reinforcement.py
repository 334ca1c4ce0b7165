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

from drl_prune_ros.pruning.distillation import only_inputs
from drl_prune_ros.pruning.reinforcement import hold_observations, reinforce
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.training import train as training
from drl_prune_ros.training.actor import actor_of
from drl_prune_ros.training.checkpoint import latest_checkpoint, load_checkpoint
from drl_prune_ros.training.settings import train_settings

SMALL = {'n_steps': 32, 'batch_size': 64, 'n_epochs': 2, 'hidden': [6, 5], 'num_envs': 4}


@pytest.mark.parametrize('untrained', [False, True])
def test_a_student_learns_and_reads_no_more_than_before(
        untrained: bool, make_model: Callable[..., BaseAlgorithm], tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, 'GUARD_EPISODES', {'envpool': 4})
    monkeypatch.setattr(training, 'GUARDS_A_RUN', 2)
    settings = train_settings({}, 'ppo', **{**SMALL, 'total_steps': 1280, 'normalize': False})
    inputs = torch.tensor([True, False, True, True])
    model = make_model('ppo', hidden=(6, 5))
    before = [p.detach().clone() for p in actor_of(model).parameters()]

    def student() -> BaseAlgorithm:
        only_inputs(actor_of(model), inputs).apply(actor_of(model))
        if untrained:
            model.critic_until = 10_000_000   # type: ignore[attr-defined]
        return model

    run = reinforce(tmp_path / 'run', student, load_task('CartPole-v1'), settings, 3,
                    0.5, 5000, lambda episodes: True, progress=False)
    assert run.steps == 1280
    newest = latest_checkpoint(run.checkpoints)
    assert newest
    learned = load_checkpoint(newest)
    assert not actor_of(learned).linears[0].weight[:, 1].any()
    moved = [not torch.equal(p, was) for p, was in zip(
        actor_of(learned).parameters(), before, strict=True)]
    assert all(moved)
    if untrained:
        assert learned.critic_until == 128   # type: ignore[attr-defined]


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
