# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The budget: how it falls, holds and goes back, and which units it takes."""

from collections.abc import Callable

import pytest
import torch

from drl_prune_ros.pruning.methods.dsp.budget import (
    choose_units,
    RollbackSettings,
    Threshold,
    Verdict,
)
from drl_prune_ros.pruning.structured.masks import Masks
from drl_prune_ros.training.networks.mlp import MlpView


def make_threshold() -> Threshold:
    return Threshold(dense=70_000, target=700, ramp=(0.2, 0.6), rollback=RollbackSettings())


def test_budget_falls_geometrically_over_the_ramp() -> None:
    threshold = make_threshold()
    threshold.advance(0.1, verdicts=4)
    assert threshold.budget == 70_000
    budgets = []
    for progress in (0.2, 0.3, 0.4, 0.5):
        threshold.advance(progress, verdicts=4)
        budgets.append(threshold.budget)
    assert budgets == pytest.approx([22136, 7000, 2214, 700], abs=1)
    assert threshold.reached


def test_a_held_budget_catches_up_at_no_more_than_twice_the_pace() -> None:
    threshold = make_threshold()
    threshold.advance(0.55, verdicts=4)
    assert threshold.position == pytest.approx(0.5)
    threshold.advance(0.9, verdicts=4)
    assert threshold.reached


def test_after_a_roll_back_it_tries_half_the_step_and_speeds_up_again() -> None:
    threshold = make_threshold()
    threshold.advance(0.2, verdicts=4)
    accepted = threshold.position
    threshold.advance(0.3, verdicts=4)
    step = threshold.position - accepted
    threshold.back_off(accepted)
    assert threshold.position == pytest.approx(accepted + step / 2)
    threshold.back_off(accepted)
    assert threshold.position == pytest.approx(accepted + step / 4)
    threshold.advance(0.5, verdicts=4)
    assert threshold.position == pytest.approx(accepted + step / 2)
    threshold.advance(0.5, verdicts=4)
    assert threshold.position == pytest.approx(accepted + step * (1 / 2 + 3 / 8)), 'and faster'


@pytest.mark.parametrize(('skill', 'crash_rate', 'verdict'), [
    (1.0, 0.01, Verdict.GO_ON), (0.91, 0.01, Verdict.GO_ON), (0.89, 0.01, Verdict.HOLD),
    (0.95, 0.04, Verdict.HOLD), (0.79, 0.0, Verdict.ROLL_BACK), (1.2, 0.5, Verdict.GO_ON),
])
def test_verdict_compares_with_the_best_so_far(
        skill: float, crash_rate: float, verdict: Verdict) -> None:
    threshold = make_threshold()
    threshold.judge(1.0, 0.01)
    assert threshold.judge(skill, crash_rate) is verdict


def test_state_round_trip() -> None:
    threshold, other = make_threshold(), make_threshold()
    threshold.judge(0.7, 0.02)
    threshold.advance(0.3, verdicts=10)
    other.dense = 1
    other.set_state(threshold.state())
    assert other.state() == threshold.state()
    assert other.budget == threshold.budget


def test_a_checkpoint_that_says_nothing_of_a_largest_step_limits_none() -> None:
    state = make_threshold().state()
    del state['largest_step']
    threshold = make_threshold()
    threshold.back_off(-1.0)
    threshold.set_state(state)
    assert threshold.state() == make_threshold().state()


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


def test_a_skill_that_is_no_number_rolls_back() -> None:
    threshold = Threshold(dense=70_000, target=700, ramp=(0.2, 0.6), rollback=RollbackSettings())
    threshold.judge(1.0, None)
    assert threshold.judge(float('nan'), None) is Verdict.ROLL_BACK
    assert threshold.best_skill == 1.0
