# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Masks: what is kept, what is counted, and that masked groups are exactly zero."""

from collections.abc import Callable
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
import torch
from torch import nn

from drl_prune_ros.pruning.masks import Masks
from drl_prune_ros.training.actor import Actor


@st.composite
def masked_actors(draw: st.DrawFn) -> tuple[Actor, Masks]:
    widths = draw(st.lists(st.integers(1, 9), min_size=3, max_size=5))
    activation = draw(st.sampled_from([nn.ReLU(), nn.Tanh()]))
    torch.manual_seed(draw(st.integers(0, 1000)))
    actor = Actor([nn.Linear(a, b) for a, b in pairwise(widths)], activation)
    masks = Masks([torch.tensor(draw(st.lists(st.booleans(), min_size=w, max_size=w)))
                   for w in widths[:-1]])
    return actor, masks


@settings(deadline=None, max_examples=60)
@given(masked_actors())
def test_masked_groups_are_zero_and_weights_are_counted(case: tuple[Actor, Masks]) -> None:
    actor, masks = case
    masks.apply(actor)
    nonzero = sum(int((linear.weight != 0).sum()) for linear in actor.linears)
    assert masks.weights(actor) == nonzero
    for layer, kept in enumerate(masks.kept):
        assert not actor.linears[layer].weight[:, ~kept].any()
        if layer:
            assert not actor.linears[layer - 1].weight[~kept].any()
            assert not actor.linears[layer - 1].bias[~kept].any()


def test_a_copy_does_not_change_the_original(make_actor: Callable[..., Actor]) -> None:
    masks = Masks.all_kept(make_actor(3, 4, 2))
    copy = masks.copy()
    copy.kept[1][0] = False
    assert masks.kept[1].all()
