# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is deployed: the same actions in torch, numpy, onnxruntime and Stable-Baselines3."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stable_baselines3.common.base_class import BaseAlgorithm
import torch

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.runtime import load_runtime, RUNTIMES
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.tasks.gymnasium_env import make_vec_env
from drl_prune_ros.training.export import export_actor
from drl_prune_ros.training.networks.greedy_policy import (
    bounds_of,
    greedy,
    network_of,
    torch_outputs,
)
from drl_prune_ros.training.networks.mlp import actor_of

KINDS = ('ppo', 'ppo-box', 'dqn', 'td3', 'sac')


def raw_observations(task: Task) -> np.ndarray:
    """Return 1,000 observations that random actions meet."""
    env = make_vec_env(task, 10, 123)
    env.action_space.seed(1)
    seen = [env.reset()]
    while sum(map(len, seen)) < 1000:
        seen.append(env.step(np.array([env.action_space.sample() for _ in range(10)]))[0])
    env.close()
    return np.concatenate(seen)


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('normalize', [False, True])
def test_a_policy_file_acts_as_the_learner_on_raw_observations(
        make_model: Callable[..., BaseAlgorithm], task_of_kind: Callable[[str], Task],
        kind: str, normalize: bool, tmp_path: Path) -> None:
    model: Any = make_model(kind, normalize=normalize, learning_rate=1e-2)
    model.learn(512)
    actor, task = actor_of(model), task_of_kind(kind)
    normalizer, bounds = model.get_vec_normalize_env(), bounds_of(model)
    raw = raw_observations(task)
    assert raw.shape == (1000, task.observation.size)
    read = (normalizer.normalize_obs(raw) if normalizer else raw).astype(np.float32)
    with torch.no_grad():
        actor.linears[0].weight[:, 1] = 0   # an input that pruning took
        # Spread over all actions, to the bounds.
        said, head = actor(torch.as_tensor(read)), actor.linears[-1]
        head.weight.mul_((2 / said.std(dim=0))[:, None])
        head.bias.sub_(said.mean(dim=0)).mul_(2 / said.std(dim=0))
    path = tmp_path / 'policy.onnx'
    export_actor(actor, task, path, {}, {}, normalizer=normalizer, bounds=bounds)

    wanted, _ = model.predict(read, deterministic=True)
    expected = torch_outputs(actor, raw, normalizer, bounds)
    outputs = {'torch': expected, **{
        runtime: load_runtime(path, runtime).outputs(raw) for runtime in RUNTIMES}}
    for name, values in outputs.items():
        assert values['action'].shape == wanted.shape
        if bounds is None:
            # Where the two best scores are as good as equal, either is right.
            best = np.sort(expected['scores'], axis=1)[:, -2:]
            clear = best[:, 1] - best[:, 0] > 1e-4
            assert clear.sum() > 900
            assert (values['action'] == wanted)[clear].all(), name
        else:
            np.testing.assert_allclose(values['action'], wanted, rtol=0, atol=3e-5, err_msg=name)
    assert np.array_equal(greedy(model)(raw), expected['action'])
    if bounds:
        assert wanted.min() < 0.9 * bounds[0][0] / 2 and wanted.max() > 0.9 * bounds[1][0] / 2
    assert len(np.unique(wanted)) > 1


def test_a_learner_without_environments_is_told_its_statistics(
        make_model: Callable[..., BaseAlgorithm], tmp_path: Path) -> None:
    model: Any = make_model('td3', normalize=True)
    model.learn(256)
    model.save(tmp_path / 'model.zip')
    alone = type(model).load(tmp_path / 'model.zip')
    raw = np.random.default_rng(1).normal(size=(50, 3)).astype(np.float32)
    normalizer = model.get_vec_normalize_env()
    wanted = greedy(model)(raw)
    assert np.array_equal(greedy(alone, normalizer)(raw), wanted)
    assert not np.allclose(greedy(alone)(raw), wanted)


def test_rewards_alone_may_be_normalized(make_model: Callable[..., BaseAlgorithm]) -> None:
    model: Any = make_model('ppo', normalize=True)
    normalizer = model.get_vec_normalize_env()
    assert network_of(actor_of(model), normalizer).observation_mean is not None
    normalizer.norm_obs = False
    assert network_of(actor_of(model), normalizer).observation_mean is None


def test_the_second_head_of_sac_stays_at_home(make_model: Callable[..., BaseAlgorithm]) -> None:
    actor = actor_of(make_model('sac'))
    with torch.no_grad():
        actor.linears[-1].weight[:, 4] = 0   # read by log_std alone
    network = network_of(actor)
    assert network.widths == (3, 24, 15, 1)
    assert network.output == 'tanh'


def test_a_network_that_ignores_its_observation_is_refused(
        make_model: Callable[..., BaseAlgorithm]) -> None:
    actor = actor_of(make_model('dqn'))
    with torch.no_grad():
        actor.linears[1].weight.zero_()
    with pytest.raises(DrlPruneError, match='ignores its observation'):
        network_of(actor)
