# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The policy waits until an untrained critic has learned, also across a resume."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stable_baselines3.common.base_class import BaseAlgorithm
import torch

from drl_prune_ros.training.critic_warmup import CriticWarmupCallback
from drl_prune_ros.training.networks.mlp import actor_of, critics_of


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
