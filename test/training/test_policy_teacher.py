# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A policy file teaches as the learner it came from would."""

from collections.abc import Callable
import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stable_baselines3.common.base_class import BaseAlgorithm
import torch

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.manifest import Manifest
from drl_prune_ros.policy.policy_file import PolicyFile, read_policy, write_policy
from drl_prune_ros.policy.runtime import load_runtime
from drl_prune_ros.resources import models_dir
from drl_prune_ros.tasks.catalogue import load_task, Task
from drl_prune_ros.training.critic_warmup import has_untrained_critic
from drl_prune_ros.training.learner import load_model
from drl_prune_ros.training.model_file import statistics_in
from drl_prune_ros.training.networks.greedy_policy import bounds_of, greedy, network_of
from drl_prune_ros.training.networks.mlp import actor_of
from drl_prune_ros.training.policy_teacher import write_teacher
from drl_prune_ros.training.start import teacher_settings


@pytest.mark.parametrize('name', [
    'CartPole-v1-dsp', 'LunarLander-v2-dense', 'highway-fast-v0-dsp', 'Hopper-v3-dense',
    'Hopper-v3-dsp'])
def test_a_policy_file_teaches_what_it_does(name: str, tmp_path: Path) -> None:
    policy = read_policy(models_dir() / f'{name}.onnx')
    task = load_task(policy.manifest.task)
    file = write_teacher(policy, task, None, tmp_path)
    model = load_model(file)
    observations = np.random.default_rng(1).normal(
        0, 1, (500, task.observation.size)).astype(np.float32)
    said = greedy(model, statistics_in(file))(observations)
    wanted = load_runtime(policy.path, 'numpy').outputs(observations)['action']
    if task.action.discrete:
        assert (said == wanted).mean() > 0.998
    else:
        assert np.abs(said - wanted).max() <= 1e-4
    assert model.num_timesteps == policy.manifest.provenance['steps']
    assert has_untrained_critic(file)
    shared = teacher_settings(file, task)
    assert shared['hidden'] == list(policy.manifest.widths[1:-1])
    assert shared['critic_hidden'] == [256, 256]
    assert shared['normalize'] == (task.train.get('normalize', False))


@pytest.mark.parametrize(('task', 'algo', 'message'), [
    ('LunarLander-v2', None, 'is a policy for CartPole-v1, not for LunarLander-v2'),
    ('Pendulum-v1', 'td3', 'is a policy for CartPole-v1, not for Pendulum-v1')])
def test_a_policy_of_another_task_is_refused(
        task: str, algo: str | None, message: str, tmp_path: Path) -> None:
    policy = read_policy(models_dir() / 'CartPole-v1-dense.onnx')
    with pytest.raises(DrlPruneError, match=message):
        write_teacher(policy, load_task(task), algo, tmp_path)


def test_a_learner_that_deploys_another_kind_of_network_is_refused(tmp_path: Path) -> None:
    policy = read_policy(models_dir() / 'Hopper-v3-dsp.onnx')
    with pytest.raises(DrlPruneError, match=r"ends in 'clip'.*give the --algo that trained it"):
        write_teacher(policy, load_task('Hopper-v3'), 'td3', tmp_path)


def test_a_learner_of_other_actions_is_refused(tmp_path: Path) -> None:
    policy = read_policy(models_dir() / 'CartPole-v1-dense.onnx')
    with pytest.raises(DrlPruneError, match=r'sac does not learn discrete actions.*ppo, dqn'):
        write_teacher(policy, load_task('CartPole-v1'), 'sac', tmp_path)


def test_a_policy_of_another_observation_is_refused(tmp_path: Path) -> None:
    policy = read_policy(models_dir() / 'CartPole-v1-dense.onnx')
    task = load_task('CartPole-v1')
    wider = load_task('LunarLander-v2').observation
    with pytest.raises(DrlPruneError, match=r'maps 4 observation values to 2 outputs.*needs 8'):
        write_teacher(policy, dataclasses.replace(task, observation=wider), None, tmp_path)


def test_a_policy_of_other_bounds_is_refused(tmp_path: Path) -> None:
    policy = read_policy(models_dir() / 'Hopper-v3-dense.onnx')
    task = load_task('Hopper-v3')
    harder = dataclasses.replace(task.action, high=[2.0] * task.outputs)
    with pytest.raises(DrlPruneError, match='other actions, or other bounds'):
        write_teacher(policy, dataclasses.replace(task, action=harder), None, tmp_path)


def test_a_dqn_policy_has_no_critic_to_wait_for(
        make_model: Callable[..., BaseAlgorithm], tmp_path: Path) -> None:
    task = load_task('CartPole-v1')
    policy = read_policy(models_dir() / 'CartPole-v1-dense.onnx')
    kept = dataclasses.replace(task, train={})
    file = write_teacher(policy, kept, 'dqn', tmp_path)
    model = load_model(file)
    assert not has_untrained_critic(file)
    target = actor_of(model).targets[0]
    assert torch.equal(target.linears[0].weight, actor_of(model).linears[0].weight)


def test_the_learner_that_the_file_names_is_taken(
        make_model: Callable[..., BaseAlgorithm], make_policy_file: Callable[..., Any],
        task_of_kind: Callable[[str], Any], tmp_path: Path) -> None:
    task = dataclasses.replace(task_of_kind('sac'), train={})
    policy = make_policy_file(make_model('sac'), task, algo='sac')
    model = load_model(write_teacher(policy, task, None, tmp_path))
    assert type(model).__name__ == 'SAC'
    head = actor_of(model).log_std
    assert head and not head.weight.any() and torch.equal(head.bias, torch.full((1,), -1.0))
    with pytest.raises(DrlPruneError, match='was trained by sac: leave --algo td3 out'):
        write_teacher(policy, task, 'td3', tmp_path)


@pytest.fixture
def make_policy_file(tmp_path: Path) -> Callable[..., PolicyFile]:
    """Return a function that writes what a learner deploys, and says which learner that is."""
    def make(model: BaseAlgorithm, task: Task, algo: str) -> PolicyFile:
        network = network_of(actor_of(model), bounds=bounds_of(model))
        manifest = Manifest(
            task=task.id, observation=task.observation, action=task.action,
            widths=network.widths, widths_dense=task.dense_widths, provenance={'algo': algo})
        return write_policy(tmp_path / 'policy.onnx', network, manifest)
    return make
