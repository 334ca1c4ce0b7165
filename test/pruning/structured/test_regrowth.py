# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Regrowth: the better half comes back, and the policy does not notice at once."""

from collections.abc import Callable

import pytest
import torch

from drl_prune_ros.pruning.structured.masks import Masks
from drl_prune_ros.pruning.structured.regrowth import RegrowthBuffer
from drl_prune_ros.training.networks.mlp import MlpView

Case = tuple[MlpView, Masks, RegrowthBuffer]


@pytest.fixture
def cut(make_actor: Callable[..., MlpView]) -> Case:
    """Return a network that lost an input, four units of one layer and one of the next."""
    actor = make_actor(3, 8, 6, 2)
    masks = Masks.all_kept(actor)
    masks.kept[1][7] = False   # gone before
    masks.apply(actor)
    buffer = RegrowthBuffer()
    buffer.before_cut(actor, masks, [torch.ones(3), torch.arange(8.0), torch.arange(6.0)])
    masks = masks.copy()
    masks.kept[0][1] = False
    masks.kept[1][[0, 2, 3, 5]] = False
    masks.kept[2][4] = False
    masks.apply(actor)
    return actor, masks, buffer


def test_the_better_half_regrows_and_the_policy_stays_what_it_is(cut: Case) -> None:
    actor, masks, buffer = cut
    rows = buffer.rows[0][0].clone()
    observations = torch.randn(50, 3)
    before = actor(observations)
    grown = buffer.regrow(actor, masks)
    assert grown.kept[0].tolist() == [True, False, True], 'an input that left stays out'
    assert grown.kept[1].tolist() == [False, True, False, True, True, True, True, False]
    assert grown.kept[2].all()
    assert torch.equal(actor(observations), before)
    assert torch.equal(actor.linears[0].weight[[3, 5]], rows[[3, 5]] * masks.kept[0])
    assert actor.linears[0].weight[[3, 5]].any()
    assert not actor.linears[1].weight[:, [3, 5]].any(), 'nothing reads it yet'
    assert not masks.kept[1][3], 'the masks before are left as they are'

    again = buffer.regrow(actor, grown)
    assert again.kept[1].tolist() == [False, True, True, True, True, True, True, False]


def test_a_resume_regrows_the_same_and_surgery_ends_it(cut: Case) -> None:
    actor, masks, buffer = cut
    resumed = RegrowthBuffer()
    resumed.set_state(buffer.state())
    for ours, theirs in zip(
            resumed.regrow(actor, masks).kept, buffer.regrow(actor, masks).kept, strict=True):
        assert torch.equal(ours, theirs)
    buffer.forget()
    for ours, theirs in zip(buffer.regrow(actor, masks).kept, masks.kept, strict=True):
        assert torch.equal(ours, theirs)
