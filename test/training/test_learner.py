# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Learners: made as the settings say, and told apart when they come from a file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stable_baselines3 import A2C
from stable_baselines3.common.base_class import BaseAlgorithm
import torch

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.training.algorithms import algo_of
from drl_prune_ros.training.learner import load_model, make_learner, saved_algo, saved_steps
from drl_prune_ros.training.networks.mlp import actor_of
from drl_prune_ros.training.schedule import LearningRateSchedule

KINDS = ('ppo', 'ppo-box', 'dqn', 'td3', 'sac')


@pytest.mark.parametrize('kind', KINDS)
def test_a_file_says_who_saved_it_and_for_how_long_it_learned(
        make_model: Callable[..., BaseAlgorithm], kind: str, tmp_path: Path) -> None:
    model = make_model(kind)
    model.learn(256)
    file = tmp_path / 'model.zip'
    model.save(file)
    assert saved_algo(file) == algo_of(model) == kind.removesuffix('-box')
    assert saved_steps(file) == 256
    loaded = load_model(file)
    assert type(loaded) is type(model)
    states = torch.randn(20, actor_of(model).widths[0])
    assert torch.equal(actor_of(loaded)(states), actor_of(model)(states))


@pytest.mark.parametrize('kind', KINDS)
def test_settings_reach_the_learner(
        make_model: Callable[..., BaseAlgorithm], kind: str) -> None:
    model: Any = make_model(
        kind, hidden=(7, 5), critic_hidden=(6,), gamma=0.9, learning_rate=3e-3, batch_size=16)
    assert actor_of(model).widths[1:-1] == (7, 5)
    assert (model.gamma, model.batch_size, model.seed) == (0.9, 16, 3)
    assert model.lr_schedule(1.0) == pytest.approx(3e-3)
    assert model.lr_schedule(0.0) == 0
    if kind in ('dqn', 'td3', 'sac'):
        for ends in (True, False):
            buffer = make_model(kind, time_limit_ends=ends).replay_buffer   # type: ignore
            assert buffer.handle_timeout_termination is not ends
    if kind == 'td3':
        assert make_model(kind, action_noise=0.3).action_noise._sigma.tolist() == [  # type: ignore
            pytest.approx(0.3)]
    if kind == 'dqn':
        assert model.policy_kwargs['net_arch'] == [7, 5]
        assert make_model(kind, n_steps=3).replay_buffer.n_steps == 3   # type: ignore
    else:
        assert sorted(model.policy_kwargs['net_arch'].values()) == [[6], [7, 5]]


def test_the_rate_falls_along_the_schedule(
        make_model: Callable[..., BaseAlgorithm], small_settings: Callable) -> None:
    settings = small_settings('ppo', learning_rate=1.0)
    schedule = LearningRateSchedule(breakpoint=0.5, slow_rate=0.2)
    model = make_learner(settings, make_model('ppo').get_env(), 3, schedule)
    assert model.lr_schedule(0.5) == pytest.approx(0.2)


def write_torn(path: Path, model: BaseAlgorithm) -> None:
    model.save(path)
    path.write_bytes(path.read_bytes()[:3000])


@pytest.mark.parametrize(('write', 'message'), [
    (lambda path, model: path.write_text('PK, or so'), 'is not a model that'),
    (lambda path, model: torch.save({'weights': torch.ones(2)}, path), 'is not a model that'),
    (lambda path, model: path.touch(), 'is not a model that'),
    (lambda path, model: None, 'is not a model that'),
    (write_torn, 'is not a model that'),
    (lambda path, model: A2C('MlpPolicy', model.get_env()).save(path), 'was not saved by PPO'),
])
def test_other_files_are_refused_in_one_line(
        make_model: Callable[..., BaseAlgorithm], tmp_path: Path, message: str,
        write: Callable[[Path, BaseAlgorithm], None]) -> None:
    write(tmp_path / 'model.zip', make_model('ppo'))
    with pytest.raises(DrlPruneError, match=message) as refused:
        load_model(tmp_path / 'model.zip')
    assert '\n' not in str(refused.value)


def test_a_policy_of_ones_own_is_refused(
        make_model: Callable[..., BaseAlgorithm], tmp_path: Path) -> None:
    model = make_model('ppo')

    class Mine(type(model.policy)):   # type: ignore[misc]
        pass

    model.policy_class = Mine
    model.save(tmp_path / 'model.zip')
    with pytest.raises(DrlPruneError, match='a policy of its own, Mine'):
        saved_algo(tmp_path / 'model.zip')
