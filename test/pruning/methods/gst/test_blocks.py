# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Blocks leave by norm, come back with what they held, and take nothing else along."""

from collections.abc import Callable
import math
from typing import Any

import pytest
from stable_baselines3.common.base_class import BaseAlgorithm
import torch

from drl_prune_ros.pruning.methods.gst.blocks import (
    exchange,
    network_weights,
    prunable,
    set_sparsity,
)
from drl_prune_ros.training.networks.circulant import blocks_of, vectors_of
from drl_prune_ros.training.networks.mlp import actor_of, critics_of, MlpView


@pytest.fixture
def model(make_model: Callable[..., BaseAlgorithm]) -> Any:
    model = make_model('td3', block_sizes=(2, 4, 1))   # 24-16: 4 x 6 blocks between them
    model.learn(256)
    yield model
    model.get_env().close()   # type: ignore[union-attr]


def kept_of(network: MlpView) -> torch.Tensor:
    blocks = blocks_of(network.linears[1])
    assert blocks is not None
    return blocks.kept.clone()


def test_the_smallest_blocks_between_hidden_layers_leave(model: Any) -> None:
    for network in (actor_of(model), *critics_of(model)):
        assert prunable(network) == [1]
        set_sparsity(network, 0.5)
        kept = kept_of(network)
        assert kept.shape == (4, 6) and kept.sum() == 12
        norms = vectors_of(network.linears[1]).norm(dim=2)
        assert norms[kept].min() >= norms[~kept].max()
        first = blocks_of(network.linears[0])
        assert first is not None and first.kept.all()
        assert torch.equal(kept_of(network.targets[0]), kept)
        inputs, outputs = network.widths[0], network.widths[-1]
        rows = (inputs + 1) // 2
        assert network_weights(network) == rows * 12 * 2 + 12 * 4 + 16 * outputs


def test_blocks_that_are_gone_stay_what_they_were_and_come_back(model: Any) -> None:
    actor = actor_of(model)
    set_sparsity(actor, 0.5)
    gone, vectors = ~kept_of(actor), vectors_of(actor.linears[1])
    before = vectors.detach().clone()
    model.learn(256)
    assert torch.equal(vectors[gone], before[gone]), 'neither gradient nor momentum moves them'
    assert (vectors[~gone] != before[~gone]).all()
    assert not actor.linears[1].weight.reshape(4, 4, 6, 4).transpose(1, 2)[gone].any()
    set_sparsity(actor, 0.25)
    back = kept_of(actor) & gone
    assert back.sum() == 6 and kept_of(actor)[~gone].all()
    norms = before.norm(dim=2)
    assert norms[back].min() >= norms[~kept_of(actor)].max(), 'the largest come back first'
    set_sparsity(actor, 0.0)
    assert kept_of(actor).all()


def test_a_block_that_grew_small_leaves_before_one_that_is_gone_comes_back(model: Any) -> None:
    actor = actor_of(model)
    set_sparsity(actor, 0.5)
    kept, vectors = kept_of(actor), vectors_of(actor.linears[1])
    with torch.no_grad():
        vectors[kept] *= 1e-6
    set_sparsity(actor, 0.5)
    assert torch.equal(kept_of(actor), kept)
    set_sparsity(actor, 0.6)
    assert not (kept_of(actor) & ~kept).any()


def test_the_smallest_are_exchanged_for_others_that_begin_at_zero(model: Any) -> None:
    for network in (actor_of(model), *critics_of(model)):
        set_sparsity(network, 0.5)
        linear, before = network.linears[1], kept_of(network)
        norms = vectors_of(linear).norm(dim=2)
        exchange(network, 0.25)
        kept = kept_of(network)
        assert kept.sum() == 12 and torch.equal(kept_of(network.targets[0]), kept)
        left, came = before & ~kept, kept & ~before
        assert left.sum() == came.sum() == 3
        assert norms[left].max() <= norms[before & kept].min(), 'the smallest'
        for each in (network, *network.targets):
            assert not vectors_of(each.linears[1])[came].any()
        state = network.optimizer.state[vectors_of(linear)]   # type: ignore[union-attr]
        assert not state['exp_avg'][came].any() and not state['exp_avg'][left].any()
        moments = {name: state[name].clone() for name in ('exp_avg', 'exp_avg_sq')}
        set_sparsity(network, 0.75)
        still = kept_of(network)
        for name, factor in (('exp_avg', math.sqrt(2.0)), ('exp_avg_sq', 2.0)):
            assert torch.allclose(state[name][still], factor * moments[name][still]), 'the scale'
        set_sparsity(network, 0.0)
        exchange(network, 0.25)
        assert kept_of(network).all(), 'nothing is gone that could come'


def test_one_block_a_layer_stays(model: Any) -> None:
    set_sparsity(actor_of(model), 0.999)
    assert kept_of(actor_of(model)).sum() == 1


def test_dense_layers_have_no_blocks_to_lose(make_actor: Callable[..., MlpView]) -> None:
    actor = make_actor(6, 10, 10, 3)
    assert prunable(actor) == []
    set_sparsity(actor, 0.5)
    assert network_weights(actor) == 60 + 100 + 30
