# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The proximal step: exact zeros, blindness to rescaling, important units left alone."""

from collections.abc import Callable

import torch

from drl_prune_ros.pruning.structured.regularizer import relative_importance, shrink_unimportant
from drl_prune_ros.training.networks.mlp import MlpView


def test_least_important_unit_reaches_exactly_zero_and_the_best_never_moves(
        make_actor: Callable[..., MlpView]) -> None:
    actor = make_actor(4, 6, 3)
    importance = [torch.ones(4), torch.arange(6.0)]
    best_row = actor.linears[0].weight[5].clone()
    best_column = actor.linears[1].weight[:, 5].clone()
    for _ in range(60):
        shrink_unimportant(actor, importance, 0.05)
    assert not actor.linears[0].weight[0].any()
    assert not actor.linears[1].weight[:, 0].any()
    assert actor.linears[0].bias[0] == 0
    assert torch.equal(actor.linears[0].weight[5], best_row)
    assert torch.equal(actor.linears[1].weight[:, 5], best_column)


def test_rescaling_a_relu_unit_does_not_hide_it(make_actor: Callable[..., MlpView]) -> None:
    plain, scaled = make_actor(4, 6, 3), make_actor(4, 6, 3)
    with torch.no_grad():
        scaled.linears[0].weight[1] /= 100
        scaled.linears[0].bias[1] /= 100
        scaled.linears[1].weight[:, 1] *= 100
    importance = [torch.ones(4), torch.arange(6.0)]
    for actor in (plain, scaled):
        shrink_unimportant(actor, importance, 0.1)
    observations = torch.randn(50, 4)
    torch.testing.assert_close(plain(observations), scaled(observations))


def test_relative_importance_is_the_rank() -> None:
    assert relative_importance(torch.tensor([5.0, 0.1, 0.2])).tolist() == [1.0, 0.0, 0.5]
    assert relative_importance(torch.tensor([0.0])).tolist() == [1.0]
