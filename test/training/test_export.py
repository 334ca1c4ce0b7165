# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Export: what is written is what was trained, or nothing is written."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import SubprocVecEnv, VecEnv, VecNormalize
import torch
from torch import nn

from drl_prune_ros.policy.parity import ParityError
from drl_prune_ros.policy.runtime import load_runtime
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.tasks.gymnasium_env import make_vec_env
from drl_prune_ros.training import export
from drl_prune_ros.training.export import export_actor, with_unit_head
from drl_prune_ros.training.networks.greedy_policy import greedy, network_of
from drl_prune_ros.training.networks.mlp import actor_of, MlpView


def make_actor(seed: int = 0) -> MlpView:
    torch.manual_seed(seed)
    return MlpView([nn.Linear(4, 12), nn.Linear(12, 9), nn.Linear(9, 2)], nn.ReLU())


def test_a_policy_file_answers_as_the_actor(tmp_path: Path) -> None:
    actor = make_actor()
    policy = export_actor(actor, load_task('CartPole-v1'), tmp_path / 'a.onnx', {}, {})
    observations = np.random.default_rng(1).normal(size=(200, 4)).astype(np.float32)
    with torch.no_grad():
        scores = actor(torch.as_tensor(observations)).numpy()
    np.testing.assert_allclose(
        load_runtime(policy.path).outputs(observations)['scores'], scores, atol=1e-5)


@pytest.mark.parametrize(('engine', 'count'), [('envpool', 10), ('gymnasium', 1)])
def test_observations_are_met_in_few_environments_that_are_closed(
        engine: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[VecEnv] = []

    def make(*arguments: Any) -> VecEnv:
        made.append(make_vec_env(*arguments))
        return made[-1]

    monkeypatch.setattr(export, 'make_vec_env', make)
    task = dataclasses.replace(load_task('CartPole-v1'), engines={engine: 'CartPole-v1'})
    seen = export.parity_observations(task, lambda batch: np.zeros(len(batch), np.int64))
    assert seen.shape == (1000, 4) and seen.dtype == np.float32
    assert [env.num_envs for env in made] == [count]
    if isinstance(made[0], SubprocVecEnv):
        assert made[0].closed


def test_inputs_and_units_that_nothing_reads_are_left_out() -> None:
    actor = make_actor()
    with torch.no_grad():
        actor.linears[0].weight[:, 2] = 0.0
        actor.linears[1].weight[:, 5] = 0.0
        actor.linears[0].weight[5] = 0.0
        actor.linears[0].bias[5] = 0.0
    network = network_of(actor)
    assert network.widths == (3, 11, 9, 2)
    assert network.inputs == (0, 1, 3)


def test_large_scores_that_cancel_are_written_at_a_smaller_scale(tmp_path: Path) -> None:
    actor = make_actor()
    with torch.no_grad():
        actor.linears[2].weight.copy_(3000 * (1 + 0.001 * torch.randn(2, 9)))
        actor.linears[2].weight[:, ::2] *= -1
    policy = export_actor(actor, load_task('CartPole-v1'), tmp_path / 'a.onnx', {}, {})
    observations = np.random.default_rng(1).normal(size=(500, 4)).astype(np.float32)
    with torch.no_grad():
        scores = actor(torch.as_tensor(observations)).double().numpy()
    clear = np.abs(scores[:, 0] - scores[:, 1]) > 1e-2
    assert clear.sum() > 300
    outputs = load_runtime(policy.path).outputs(observations)
    np.testing.assert_array_equal(outputs['action'][clear], scores[clear].argmax(axis=1))
    assert with_unit_head(actor).linears[-1].weight.abs().max() == 1


def test_runtimes_that_disagree_leave_nothing(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def disagree(outputs: object) -> None:
        raise ParityError('torch and numpy disagree')

    monkeypatch.setattr(export, 'check_parity', disagree)
    with pytest.raises(ParityError):
        export_actor(make_actor(), load_task('CartPole-v1'), tmp_path / 'a.onnx', {}, {})
    assert not list(tmp_path.iterdir())


@pytest.mark.reaction('large numbers', 'VecNormalize with clip_obs=inf, and a constant feature',
                      'exported, in agreement with torch')
def test_large_and_constant_features_without_a_clip_are_exported(tmp_path: Path) -> None:
    env = VecNormalize(make_vec_env(load_task('CartPole-v1'), 1, 0), clip_obs=np.inf)
    model = PPO('MlpPolicy', env, n_steps=32, batch_size=32, seed=0)
    env.obs_rms.mean = np.array([101_325.004, 9.81, 0.3, 5.2e6 + 0.3])
    env.obs_rms.var = np.array([1e4, 0.0, 1.0, 2500.0])
    env.epsilon = 1e-4
    seen = (env.obs_rms.mean + np.sqrt(env.obs_rms.var) * np.random.default_rng(0).normal(
        size=(500, 4))).astype(np.float32)
    policy = export_actor(
        actor_of(model), load_task('CartPole-v1'), tmp_path / 'a.onnx', {},
        {'method': 'dense', 'seed': 0}, normalizer=env, observations=seen)
    said = load_runtime(policy, 'numpy').outputs(seen)['action']
    assert len(set(said.tolist())) == 2
    assert np.array_equal(said, greedy(model, env)(seen))
    env.close()
