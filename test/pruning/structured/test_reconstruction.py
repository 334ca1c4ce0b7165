# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Recovery: what the remaining units can take over, they do."""

from collections.abc import Callable

import pytest
import torch

from drl_prune_ros.pruning.divergence import comparable, divergence, variances
from drl_prune_ros.pruning.structured.masks import Masks
from drl_prune_ros.pruning.structured.reconstruction import distill_back, reconstruct
from drl_prune_ros.training.networks.mlp import MlpView, OutputKind


def test_a_duplicate_unit_leaves_without_a_trace(make_actor: Callable[..., MlpView]) -> None:
    actor = make_actor(4, 8, 6, 3)
    with torch.no_grad():
        actor.linears[0].weight[5] = actor.linears[0].weight[2]
        actor.linears[0].bias[5] = actor.linears[0].bias[2]
    observations = torch.randn(2000, 4)
    before = actor(observations)
    masks = Masks.all_kept(actor)
    masks.kept[1][5] = False
    reconstruct(actor, masks, observations)
    assert not actor.linears[1].weight[:, 5].any()
    assert (actor(observations) - before).abs().max() < 0.02


def test_both_heads_take_over_from_a_duplicate(make_actor: Callable[..., MlpView]) -> None:
    actor = make_actor(4, 8, 3, output_kind=OutputKind.SQUASHED, log_std=True)
    with torch.no_grad():
        actor.linears[0].weight[5] = actor.linears[0].weight[2]
        actor.linears[0].bias[5] = actor.linears[0].bias[2]
    observations = torch.randn(2000, 4)
    before = actor.outputs(observations)
    masks = Masks.all_kept(actor)
    masks.kept[1][5] = False
    reconstruct(actor, masks, observations)
    assert before.shape == (2000, 6)
    assert (actor.outputs(observations) - before).abs().max() < 0.02


def test_the_mean_of_an_unpredictable_unit_folds_into_the_bias(
        make_actor: Callable[..., MlpView]) -> None:
    actor = make_actor(2, 3, 2)
    observations = torch.randn(5000, 2) + torch.tensor([0.0, 5.0])
    with torch.no_grad():
        actor.linears[0].weight.zero_()
        actor.linears[0].weight[0, 0] = actor.linears[0].weight[1, 1] = 1.0
        actor.linears[0].bias.zero_()
        column = actor.linears[1].weight[:, 1].clone()
        bias = actor.linears[1].bias.clone()
    mean = observations[:, 1].clamp(min=0).mean()
    masks = Masks.all_kept(actor)
    masks.kept[1][1] = False
    reconstruct(actor, masks, observations)
    torch.testing.assert_close(actor.linears[1].bias, bias + column * mean, atol=0.05, rtol=0.05)


@pytest.mark.parametrize(('output_kind', 'log_std'), [
    (OutputKind.SCORES, False), (OutputKind.VALUES, False), (OutputKind.SQUASHED, True),
    (OutputKind.ACTIONS, False)])
def test_reconstruction_beats_masking_and_distillation_beats_both(
        make_actor: Callable[..., MlpView], output_kind: OutputKind, log_std: bool) -> None:
    observations = torch.randn(4000, 6)

    def make() -> MlpView:
        return make_actor(6, 40, 40, 4, output_kind=output_kind, log_std=log_std)

    masks = Masks.all_kept(make())
    masks.kept[1][::2] = False
    masks.kept[2][::3] = False
    with torch.no_grad():
        wanted = comparable(make(), make().outputs(observations))

    def distance(actor: MlpView) -> float:
        return float(divergence(actor, actor.outputs(observations), wanted, variances(wanted)))

    masked, cut = make(), make()
    masks.apply(masked)
    reconstruct(cut, masks, observations)
    after_reconstruction = distance(cut)
    said = distill_back(cut, masks, wanted, observations, steps=100, enough=0.0)
    assert distance(cut) < after_reconstruction < 0.5 * distance(masked)
    assert said == pytest.approx(distance(cut), rel=0.5)
    assert not cut.linears[0].weight[::2].any(), 'distillation keeps the masks'


def test_distillation_ends_when_there_is_nothing_to_win_back(
        make_actor: Callable[..., MlpView]) -> None:
    actor, observations = make_actor(4, 8, 3), torch.randn(500, 4)
    with torch.no_grad():
        wanted = comparable(actor, actor.outputs(observations))
    before = [parameter.detach().clone() for parameter in actor.parameters()]
    masks = Masks.all_kept(actor)
    # Adam's first steps are as large as any, so what counts is that few are made.
    distance = distill_back(actor, masks, wanted, observations, steps=10**9, enough=1e-2)
    assert distance < 1e-2
    moved = max(float((new - old).abs().max())
                for new, old in zip(actor.parameters(), before, strict=True))
    assert moved < 50 * 2e-3
