# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The one measure of distance: what it is to second order, and what it does not see."""

from collections.abc import Callable

import pytest
import torch

from drl_prune_ros.pruning.divergence import comparable, divergence, metric, variances
from drl_prune_ros.training.networks.mlp import MlpView, OutputKind

KINDS = [(OutputKind.SCORES, 4, False), (OutputKind.VALUES, 4, False),
         (OutputKind.VALUES, 1, False),
         (OutputKind.SQUASHED, 3, False), (OutputKind.SQUASHED, 3, True),
         (OutputKind.ACTIONS, 3, False)]
MakeActor = Callable[..., MlpView]


def distance(actor: MlpView, now: torch.Tensor, then: torch.Tensor) -> float:
    """Return how far `now` lies from `then`, on the scale of `then`."""
    wanted = comparable(actor, then)
    return float(divergence(actor, now, wanted, variances(wanted)))


def case(make_actor: MakeActor, output_kind: OutputKind, outputs: int,
         log_std: bool) -> tuple[MlpView, torch.Tensor]:
    actor = make_actor(5, 12, outputs, output_kind=output_kind, log_std=log_std,
                       dtype=torch.float64)
    said = 2 * actor.outputs(torch.randn(60, 5, dtype=torch.float64)).detach()
    return actor, said


@pytest.mark.parametrize(('output_kind', 'outputs', 'log_std'), KINDS)
def test_twice_the_divergence_is_the_metric_to_second_order(
        make_actor: MakeActor, output_kind: OutputKind, outputs: int, log_std: bool) -> None:
    actor, said = case(make_actor, output_kind, outputs, log_std)
    change = torch.randn_like(said)
    predicted = float((metric(actor, said) @ change[:, :, None]).square().sum(dim=(1, 2)).mean())
    for size, tolerance in ((1e-2, 0.05), (1e-4, 1e-3)):
        measured = 2 * distance(actor, said + size * change, said) / size**2
        assert measured == pytest.approx(predicted, rel=tolerance)
    assert predicted > 0
    assert distance(actor, said, said) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ('output_kind', 'factor'), [(OutputKind.VALUES, 100), (OutputKind.ACTIONS, 30)])
def test_the_scale_of_rewards_and_actions_does_not_count(
        make_actor: MakeActor, output_kind: OutputKind, factor: float) -> None:
    actor, said = case(make_actor, output_kind, 3, False)
    now = said + torch.randn_like(said)
    assert distance(actor, factor * now, factor * said) == pytest.approx(
        distance(actor, now, said))


def test_a_shift_of_all_scores_is_no_change_and_one_of_all_values_is(
        make_actor: MakeActor) -> None:
    actor, said = case(make_actor, OutputKind.SCORES, 3, False)
    assert distance(actor, said + 5, said) == pytest.approx(0, abs=1e-12)
    actor, said = case(make_actor, OutputKind.VALUES, 3, False)
    assert distance(actor, said + 5, said) > 1, 'a learner of values goes on from their mean'


def test_a_part_that_does_not_vary_leaves_room_for_the_others(make_actor: MakeActor) -> None:
    actor, said = case(make_actor, OutputKind.SQUASHED, 3, log_std=True)
    said[:, 3:] = -2.0   # as that of a teacher from a policy file
    other_noise, other_action = said.clone(), said.clone()
    other_noise[:, 3:] += 0.1
    other_action[:, :3] += 0.1
    assert distance(actor, other_noise, said) == pytest.approx(3 * 0.5 * 0.1 ** 2)
    assert distance(actor, other_action, said) > 0.1 * distance(actor, other_noise, said)


def test_squashed_actions_at_their_bounds_hardly_count(make_actor: MakeActor) -> None:
    actor, said = case(make_actor, OutputKind.SQUASHED, 2, False)
    bounded = said.clone()
    bounded[:, 0] = 10.0
    inside, outside = bounded.clone(), bounded.clone()
    inside[:, 1] += 1
    outside[:, 0] += 1
    assert distance(actor, outside, bounded) < 1e-6 * distance(actor, inside, bounded)
