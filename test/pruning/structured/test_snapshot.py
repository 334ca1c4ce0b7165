# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Snapshots: back to the last accepted network, across surgery, for every learner."""

from collections.abc import Callable

import pytest
from stable_baselines3.common.base_class import BaseAlgorithm
import torch

from drl_prune_ros.pruning.structured.masks import Masks
from drl_prune_ros.pruning.structured.snapshot import restore, sync_targets, take
from drl_prune_ros.pruning.structured.surgery import delete_masked, release_graph, store_widths
from drl_prune_ros.training.networks.mlp import actor_of


@pytest.mark.parametrize('kind', ['ppo', 'ppo-box', 'dqn', 'td3', 'sac'])
def test_a_snapshot_undoes_surgery(
        make_model: Callable[..., BaseAlgorithm], random_masks: Callable[..., Masks],
        kind: str) -> None:
    model = make_model(kind)
    model.learn(256)
    actor = actor_of(model)
    assert actor.optimizer is not None
    networks = (actor, *actor.targets)
    observations = torch.randn(50, actor.widths[0])
    widths = actor.widths
    before = [network.outputs(observations).detach() for network in networks]
    weight = actor.linears[1].weight
    moments = {name: value.clone() for name, value in actor.optimizer.state[weight].items()}
    kept = take(actor, Masks.all_kept(actor))

    masks = random_masks(actor, 8)
    masks.apply(actor)
    release_graph(model)
    delete_masked(actor, masks)
    store_widths(model)
    model.learn(256, reset_num_timesteps=False)
    release_graph(model)
    restored = restore(model, actor, kept)
    for network, old in zip(networks, before, strict=True):
        assert network.widths == widths
        assert torch.equal(network.outputs(observations), old)
    for name, value in moments.items():
        assert torch.equal(actor.optimizer.state[weight][name], value)
    assert all(kept.all() for kept in restored.kept)
    stored = [value.clone() for value in kept['networks'][0]['parameters']]
    model.learn(256, reset_num_timesteps=False)
    assert not torch.equal(actor.parameters()[0], stored[0])
    for value, old in zip(kept['networks'][0]['parameters'], stored, strict=True):
        assert torch.equal(value, old), 'training reaches into the snapshot'


@pytest.mark.parametrize('kind', ['dqn', 'td3'])
def test_targets_become_the_actor(make_model: Callable[..., BaseAlgorithm], kind: str) -> None:
    actor = actor_of(make_model(kind))
    with torch.no_grad():
        actor.linears[0].weight.mul_(2)
    observations = torch.randn(20, actor.widths[0])
    sync_targets(actor)
    assert torch.equal(actor.targets[0](observations), actor(observations))
    with torch.no_grad():
        actor.linears[0].weight.mul_(2)
    assert not torch.equal(actor.targets[0](observations), actor(observations))
