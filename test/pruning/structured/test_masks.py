# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Masks: what is kept, what is counted, and that masked groups are exactly zero."""

from collections.abc import Callable
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
import torch
from torch import nn

from drl_prune_ros.pruning.structured.masks import Masks
from drl_prune_ros.training.networks.mlp import MlpView


@st.composite
def masked_actors(draw: st.DrawFn) -> tuple[MlpView, Masks]:
    widths = draw(st.lists(st.integers(1, 9), min_size=3, max_size=5))
    activation = draw(st.sampled_from([nn.ReLU(), nn.Tanh()]))
    torch.manual_seed(draw(st.integers(0, 1000)))
    actor = MlpView([nn.Linear(a, b) for a, b in pairwise(widths)], activation)
    masks = Masks([torch.tensor(draw(st.lists(st.booleans(), min_size=w, max_size=w)))
                   for w in widths[:-1]])
    return actor, masks


@settings(deadline=None, max_examples=60)
@given(masked_actors())
def test_masked_groups_are_zero_and_weights_are_counted(case: tuple[MlpView, Masks]) -> None:
    actor, masks = case
    masks.apply(actor)
    nonzero = sum(int((linear.weight != 0).sum()) for linear in actor.linears)
    assert masks.weights(actor) == nonzero
    for layer, kept in enumerate(masks.kept):
        assert not actor.linears[layer].weight[:, ~kept].any()
        if layer:
            assert not actor.linears[layer - 1].weight[~kept].any()
            assert not actor.linears[layer - 1].bias[~kept].any()


def test_a_copy_does_not_change_the_original(make_actor: Callable[..., MlpView]) -> None:
    masks = Masks.all_kept(make_actor(3, 4, 2))
    copy = masks.copy()
    copy.kept[1][0] = False
    assert masks.kept[1].all()


def test_second_heads_and_targets_are_masked_too(make_actor: Callable[..., MlpView]) -> None:
    actor = make_actor(3, 5, 4, 2, log_std=True)
    target = make_actor(3, 5, 4, 2, seed=9)
    actor.targets = (target,)
    masks = Masks.all_kept(actor)
    masks.kept[0][1] = masks.kept[1][2] = masks.kept[2][3] = False
    masks.apply(actor)
    for network in (actor, target):
        assert not network.linears[0].weight[:, 1].any()
        assert not network.linears[0].weight[2].any() and network.linears[0].bias[2] == 0
        assert not network.linears[1].weight[:, 2].any()
        for head in network.heads:
            assert not head.weight[:, 3].any()
            assert head.weight[:, :3].all() and head.bias.all()
    assert len(actor.heads) == 2
