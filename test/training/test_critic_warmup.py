# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The policy waits until an untrained critic has learned, also across a resume."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stable_baselines3.common.base_class import BaseAlgorithm
import torch

from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.training.checkpoint import latest_checkpoint, load_checkpoint, load_state
from drl_prune_ros.training.critic_warmup import (
    CriticWarmupCallback,
    mark_critic_untrained,
    warmup_end,
)
from drl_prune_ros.training.networks.mlp import actor_of, critics_of
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.settings import TrainSettings
from drl_prune_ros.training.train import train, TrainOptions


@pytest.mark.parametrize('kind', ['ppo', 'ppo-box', 'td3', 'sac'])
def test_the_policy_waits_for_its_critic(
        kind: str, make_model: Callable[..., BaseAlgorithm]) -> None:
    model = make_model(kind)
    weights: dict[str, Any] = {'actor': actor_of(model), 'critic': critics_of(model)[0]}

    def values() -> dict[str, torch.Tensor]:
        found = {name: torch.cat([p.detach().flatten() for p in network.parameters()])
                 for name, network in weights.items()}
        temperature = getattr(model, 'log_ent_coef', torch.zeros(1))   # SAC's
        return {**found, 'temperature': temperature.detach().clone()}

    start = values()
    model.learn(512, CriticWarmupCallback(512))
    held = values()
    assert torch.equal(start['actor'], held['actor'])
    assert torch.equal(start['temperature'], held['temperature'])
    assert not torch.equal(start['critic'], held['critic'])
    model.learn(256, CriticWarmupCallback(512), reset_num_timesteps=False)
    learned = values()
    assert not torch.equal(start['actor'], learned['actor'])
    assert torch.equal(start['temperature'], learned['temperature']) == (kind != 'sac')


def test_a_warm_up_goes_through_a_checkpoint(make_model: Callable[..., BaseAlgorithm]) -> None:
    model = make_model('ppo')
    again = CriticWarmupCallback.from_checkpoint(
        {'critic_warmup': CriticWarmupCallback(512).state()}, model)
    assert again and again.until == 512
    assert CriticWarmupCallback.from_checkpoint({}, model) is None


def test_a_checkpoint_of_an_earlier_version_has_its_warm_up_on_the_learner(
        tmp_path: Path, make_model: Callable[..., BaseAlgorithm]) -> None:
    model = make_model('ppo')
    model.critic_until = 300   # type: ignore[attr-defined]
    model.save(tmp_path / 'model.zip')
    loaded = type(model).load(tmp_path / 'model.zip')
    found = CriticWarmupCallback.from_checkpoint({'next_step': 1, 'pruner': {}}, loaded)
    assert found and found.until == 300
    assert not hasattr(loaded, 'critic_until')


def test_a_resumed_run_waits_as_long_as_it_would_have(
        tmp_path: Path, make_model: Callable[..., BaseAlgorithm],
        small_settings: Callable[..., TrainSettings], monkeypatch: pytest.MonkeyPatch) -> None:
    teacher = tmp_path / 'teacher.zip'
    make_model('ppo').save(teacher)
    mark_critic_untrained(teacher)
    settings = small_settings(
        'ppo', total_steps=2048, validation_episodes=2, validations_per_run=16)
    run = RunFolder.create(tmp_path / 'run', {'task': 'CartPole-v1'}, 1)
    options = TrainOptions(start=teacher, progress=False)
    untils: list[int] = []
    hold = CriticWarmupCallback._hold

    def holding(warmup: CriticWarmupCallback) -> None:
        untils.append(warmup.until)
        hold(warmup)
        if len(run.metrics()) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(CriticWarmupCallback, '_hold', holding)
    with pytest.raises(KeyboardInterrupt):
        train(run, load_task('CartPole-v1'), settings, 1, options=options)
    run.log(step=0)   # so that the next one is not stopped
    stopped = len(untils)
    train(run, load_task('CartPole-v1'), settings, 1, options=options)
    assert 0 < stopped < len(untils)
    assert set(untils) == {warmup_end(2048)} == {205}
    newest = latest_checkpoint(run.checkpoints)
    assert newest and load_state(newest)['extra']['critic_warmup'] == {'until': 205}
    assert 'critic_until' not in vars(load_checkpoint(newest))
