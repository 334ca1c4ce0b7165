# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Importance against the divergence that really happens when a unit is replaced by its mean."""

from collections.abc import Callable

import pytest
from scipy.stats import spearmanr
import torch
from torch import nn
from torch.nn import functional

from drl_prune_ros.pruning.importance import RunningImportance, unit_importance
from drl_prune_ros.training.actor import Actor


def true_change(actor: Actor, observations: torch.Tensor, layer: int, unit: int) -> float:
    """Return twice the divergence when one unit is replaced by its mean, all else recomputed."""
    reads, scores = actor.activations(observations)
    values = reads[layer].clone()
    values[:, unit] = values[:, unit].mean()
    for linear in actor.linears[layer:-1]:
        values = actor.activation(linear(values))
    after = actor.linears[-1](values).log_softmax(dim=1)
    return 2 * float(functional.kl_div(
        after, scores.log_softmax(dim=1), log_target=True, reduction='batchmean'))


@pytest.mark.parametrize('activation', [nn.ReLU(), nn.Tanh()])
def test_importance_follows_the_true_divergence(
        make_actor: Callable[..., Actor], activation: nn.Module) -> None:
    actor = make_actor(6, 20, 20, 4, activation=activation)
    observations = torch.randn(4000, 6)
    importance = unit_importance(actor, observations)
    for layer, width in enumerate(actor.widths[:-1]):
        true = [true_change(actor, observations, layer, unit) for unit in range(width)]
        assert spearmanr(importance[layer], true).statistic > 0.95
        # The last hidden layer reads straight into the scores: only second order is missing.
        assert importance[layer].sum() == pytest.approx(sum(true), rel=0.25)


def test_constant_units_do_not_matter(make_actor: Callable[..., Actor]) -> None:
    actor = make_actor(3, 12, 12, 2)
    with torch.no_grad():
        actor.linears[0].weight[2] = 0.0
        actor.linears[0].bias[2] = 2.0
    observations = torch.randn(500, 3)
    observations[:, 1] = 7.0
    importance = unit_importance(actor, observations)
    assert importance[1][2] == pytest.approx(0, abs=1e-6)
    assert importance[0][1] == pytest.approx(0, abs=1e-6)
    assert importance[0][0] > 10 * importance[0][1]


def test_scores_common_to_all_actions_do_not_matter(make_actor: Callable[..., Actor]) -> None:
    actor = make_actor(3, 5, 2)
    with torch.no_grad():
        actor.linears[1].weight[:, 1] = 3.0
    assert unit_importance(actor, torch.randn(500, 3))[1][1] == pytest.approx(0, abs=1e-5)


def test_running_mean_blends_and_forgets() -> None:
    running = RunningImportance(decay=0.5)
    assert running.update([torch.tensor([1.0, 0.0])])[0].tolist() == [1, 0]
    assert running.update([torch.tensor([0.0, 1.0])])[0].tolist() == [0.5, 0.5]
    running.select([torch.tensor([False, True])])
    assert running.update([torch.tensor([1.5])])[0].tolist() == [1.0]
