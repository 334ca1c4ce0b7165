# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Units that matter least for the weights they free leave first."""

from collections.abc import Callable

import torch

from drl_prune_ros.pruning.structured.masks import Masks
from drl_prune_ros.pruning.structured.selection import choose_units
from drl_prune_ros.training.networks.mlp import MlpView


def test_least_important_for_the_weights_it_frees_goes_first(
        make_actor: Callable[..., MlpView]) -> None:
    actor = make_actor(4, 10, 10, 2)
    importance = [torch.full((4,), torch.inf), torch.full((10,), 5.0), torch.full((10,), 5.0)]
    importance[1][3] = 1.0
    masks = choose_units(actor, Masks.all_kept(actor), importance, budget=147)
    assert masks.widths(actor) == (4, 9, 10, 2)
    assert not masks.kept[1][3]


def test_budget_is_met_and_layers_survive(make_actor: Callable[..., MlpView]) -> None:
    actor = make_actor(8, 30, 30, 3)
    importance = [torch.rand(width) for width in actor.widths[:-1]]
    masks = choose_units(actor, Masks.all_kept(actor), importance, budget=100)
    assert masks.weights(actor) <= 100
    assert min(masks.widths(actor)) >= 1
    assert masks.widths(actor)[0] >= 7, 'at most one input leaves at a time'
    tiny = choose_units(actor, Masks.all_kept(actor), importance, budget=1)
    assert tiny.widths(actor) == (7, 1, 1, 3)
