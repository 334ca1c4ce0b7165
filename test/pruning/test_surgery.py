# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Surgery: the same function, smaller, and a learner that goes on."""

from collections.abc import Callable
from pathlib import Path

import pytest
from stable_baselines3 import PPO
import torch

from drl_prune_ros.pruning.masks import Masks
from drl_prune_ros.pruning.snapshot import restore, take
from drl_prune_ros.pruning.surgery import delete_masked
from drl_prune_ros.training.actor import actor_of
from drl_prune_ros.training.settings import TrainSettings

MakePPO = Callable[..., tuple[PPO, TrainSettings]]


def random_masks(model: PPO, seed: int) -> Masks:
    actor = actor_of(model)
    torch.manual_seed(seed)
    masks = Masks([torch.rand(width) < 0.6 for width in actor.widths[:-1]])
    for kept in masks.kept:
        kept[0] = True
    return masks


@pytest.mark.parametrize('activation', ['relu', 'tanh'])
@pytest.mark.parametrize('hidden', [(24, 16), (9,), (12, 8, 10)])
@pytest.mark.parametrize(('dtype', 'tolerance'), [(torch.float32, 1e-5), (torch.float64, 1e-9)])
def test_shrunk_equals_masked(cartpole: MakePPO, activation: str, hidden: tuple[int, ...],
                              dtype: torch.dtype, tolerance: float) -> None:
    model, _ = cartpole(hidden, activation)
    model.policy.to(dtype)
    actor = actor_of(model)
    masks = random_masks(model, 5)
    masks.apply(actor)
    observations = torch.randn(300, 4, dtype=dtype) * 3
    before = actor(observations).detach()
    left = delete_masked(model, actor, masks)
    after = actor(observations)
    assert ((before - after).abs() <= tolerance * before.abs().clamp(min=1)).all()
    assert actor.widths[1:-1] == masks.widths(actor)[1:-1] == left.widths(actor)[1:-1]
    assert torch.equal(left.kept[0], masks.kept[0]), 'masked inputs stay masked'


def test_adam_shrinks_along_and_training_goes_on(cartpole: MakePPO) -> None:
    model, _ = cartpole()
    model.learn(256)
    actor = actor_of(model)
    masks = random_masks(model, 6)
    masks.apply(actor)
    weight = actor.linears[0].weight
    moments = model.policy.optimizer.state[weight]['exp_avg_sq'][masks.kept[1]].clone()
    identity = [id(parameter) for parameter in model.policy.parameters()]
    delete_masked(model, actor, masks)
    assert torch.equal(model.policy.optimizer.state[weight]['exp_avg_sq'], moments)
    assert [id(parameter) for parameter in model.policy.parameters()] == identity
    before = weight.detach().clone()
    model.learn(256, reset_num_timesteps=False)
    assert not torch.equal(actor.linears[0].weight, before)


def test_a_shrunk_model_saves_and_loads(cartpole: MakePPO, tmp_path: Path) -> None:
    model, _ = cartpole()
    model.learn(128)
    actor = actor_of(model)
    masks = random_masks(model, 7)
    masks.apply(actor)
    delete_masked(model, actor, masks)
    model.save(tmp_path / 'model.zip')
    loaded = PPO.load(tmp_path / 'model.zip', env=model.env)
    again = actor_of(loaded)
    assert again.widths == actor.widths
    observations = torch.randn(50, 4)
    assert torch.equal(again(observations), actor(observations))
    for old, new in zip(actor.parameters(), again.parameters(), strict=True):
        for name, value in model.policy.optimizer.state[old].items():
            assert torch.equal(value, loaded.policy.optimizer.state[new][name])
    loaded.learn(128)


def test_a_snapshot_undoes_surgery(cartpole: MakePPO) -> None:
    model, _ = cartpole()
    model.learn(128)
    actor = actor_of(model)
    observations = torch.randn(50, 4)
    widths = actor.widths
    with torch.no_grad():
        before = actor(observations)
    kept = take(model, actor, Masks.all_kept(actor))
    masks = random_masks(model, 8)
    masks.apply(actor)
    delete_masked(model, actor, masks)
    model.learn(128, reset_num_timesteps=False)
    restored = restore(model, actor, kept)
    assert actor.widths == widths
    assert torch.equal(actor(observations), before)
    assert restored.weights(actor) == Masks.all_kept(actor).weights(actor)
    model.learn(128, reset_num_timesteps=False)
