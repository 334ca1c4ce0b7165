# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Importance against the divergence that really happens when a unit is replaced by its mean."""

from collections.abc import Callable

import pytest
from scipy.stats import spearmanr
import torch
from torch import nn

from drl_prune_ros.pruning.divergence import comparable, divergence, variances
from drl_prune_ros.pruning.structured.importance import (
    magnitude_importance,
    random_importance,
    RunningImportance,
    unit_importance,
)
from drl_prune_ros.training.networks.mlp import MlpView, OutputKind

KINDS = [(OutputKind.SCORES, False), (OutputKind.VALUES, False), (OutputKind.SQUASHED, False),
         (OutputKind.SQUASHED, True), (OutputKind.ACTIONS, False)]


def true_change(actor: MlpView, observations: torch.Tensor, layer: int, unit: int) -> float:
    """Return twice the divergence when one unit is replaced by its mean, all else recomputed."""
    reads, outputs = actor.activations(observations)
    values = reads[layer].clone()
    values[:, unit] = values[:, unit].mean()
    for linear in actor.linears[layer:-1]:
        values = actor.activation(linear(values))
    after = torch.cat([head(values) for head in actor.heads], dim=1)
    wanted = comparable(actor, outputs)
    return 2 * float(divergence(actor, after, wanted, variances(wanted)))


@pytest.mark.parametrize('activation', [nn.ReLU(), nn.Tanh()])
@pytest.mark.parametrize(('output_kind', 'log_std'), KINDS)
def test_importance_follows_the_true_divergence(
        make_actor: Callable[..., MlpView], activation: nn.Module, output_kind: OutputKind,
        log_std: bool) -> None:
    actor = make_actor(6, 20, 20, 4, activation=activation, output_kind=output_kind,
                       log_std=log_std)
    observations = torch.randn(4000, 6)
    importance = unit_importance(actor, observations)
    for layer, width in enumerate(actor.widths[:-1]):
        true = [true_change(actor, observations, layer, unit) for unit in range(width)]
        assert spearmanr(importance[layer], true).statistic > 0.95
        # The last hidden layer reads straight into the outputs: only second order is missing.
        assert importance[layer].sum() == pytest.approx(sum(true), rel=0.25)


def test_inputs_that_stay_are_not_measured(
        make_actor: Callable[..., MlpView], monkeypatch: pytest.MonkeyPatch) -> None:
    actor, observations = make_actor(6, 20, 20, 4), torch.randn(400, 6)
    measured = unit_importance(actor, observations)
    monkeypatch.setattr(MlpView, 'outputs', lambda *_: pytest.fail('an input was replaced'))
    inputs, *hidden = unit_importance(actor, observations, inputs=False)
    assert inputs.shape == (6,) and inputs.isposinf().all()
    assert all(torch.equal(*pair) for pair in zip(hidden, measured[1:], strict=True))


@pytest.mark.parametrize(('output_kind', 'log_std'), KINDS)
def test_constant_units_do_not_matter(
        make_actor: Callable[..., MlpView], output_kind: OutputKind, log_std: bool) -> None:
    actor = make_actor(3, 12, 12, 2, output_kind=output_kind, log_std=log_std)
    with torch.no_grad():
        actor.linears[0].weight[2] = 0.0
        actor.linears[0].bias[2] = 2.0
    observations = torch.randn(500, 3)
    observations[:, 1] = 7.0
    importance = unit_importance(actor, observations)
    assert importance[1][2] == pytest.approx(0, abs=1e-6)
    assert importance[0][1] == pytest.approx(0, abs=1e-6)
    assert importance[0][0] > 10 * importance[0][1]


@pytest.mark.parametrize('output_kind', [OutputKind.VALUES, OutputKind.ACTIONS])
def test_the_scale_of_the_reward_does_not_count(
        make_actor: Callable[..., MlpView], output_kind: OutputKind) -> None:
    actor, observations = make_actor(3, 12, 12, 2, output_kind=output_kind), torch.randn(500, 3)
    before = unit_importance(actor, observations)
    with torch.no_grad():
        actor.linears[-1].weight.mul_(100)
        actor.linears[-1].bias.mul_(100)
    for old, new in zip(before, unit_importance(actor, observations), strict=True):
        torch.testing.assert_close(new, old, rtol=1e-3, atol=1e-6)
        assert old.max() > 0.01


def test_scores_common_to_all_actions_do_not_matter(make_actor: Callable[..., MlpView]) -> None:
    actor = make_actor(3, 5, 2)
    with torch.no_grad():
        actor.linears[1].weight[:, 1] = 3.0
    assert unit_importance(actor, torch.randn(500, 3))[1][1] == pytest.approx(0, abs=1e-5)


def test_what_the_second_head_alone_reads_matters_too(make_actor: Callable[..., MlpView]) -> None:
    actor = make_actor(3, 5, 2, output_kind=OutputKind.SQUASHED, log_std=True)
    with torch.no_grad():
        actor.linears[1].weight[:, 1] = 0.0
    observations = torch.randn(500, 3)
    assert unit_importance(actor, observations)[1][1] > 0.01
    actor.log_std = None
    assert unit_importance(actor, observations)[1][1] == 0


def test_magnitude_counts_every_reader_and_inputs_never_go(
        make_actor: Callable[..., MlpView]) -> None:
    actor = make_actor(3, 5, 4, 2, log_std=True)
    inputs, first, last = magnitude_importance(actor)
    assert inputs.isposinf().all()
    assert (len(first), len(last)) == (5, 4)
    with torch.no_grad():
        actor.linears[0].weight[2] *= 4
        actor.linears[-1].weight[:, 1] = 0
        actor.log_std.weight[:, 1] = 0   # type: ignore[union-attr]
    assert magnitude_importance(actor)[1][2] == pytest.approx(2 * float(first[2]))
    assert magnitude_importance(actor)[2][1] == 0
    drawn = random_importance(actor)
    assert drawn[0].isposinf().all()
    assert [len(layer) for layer in drawn[1:]] == [5, 4]
    assert not torch.equal(drawn[1], random_importance(actor)[1])


def test_running_mean_blends_and_forgets() -> None:
    running = RunningImportance(decay=0.5)
    assert running.update([torch.tensor([1.0, 0.0])])[0].tolist() == [1, 0]
    assert running.update([torch.tensor([0.0, 1.0])])[0].tolist() == [0.5, 0.5]
    running.select([torch.tensor([False, True])])
    assert running.update([torch.tensor([1.5])])[0].tolist() == [1.0]
