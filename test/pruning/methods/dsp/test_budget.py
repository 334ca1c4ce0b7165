# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The budget: how it falls, holds and goes back."""

import pytest

from drl_prune_ros.pruning.methods.dsp.budget import (
    PruningDecision,
    RollbackSettings,
    WeightBudget,
)


def make_budget() -> WeightBudget:
    return WeightBudget(dense=70_000, target=700, ramp=(0.2, 0.6), rollback=RollbackSettings())


def test_budget_falls_geometrically_over_the_ramp() -> None:
    budget = make_budget()
    budget.advance(0.1, decisions=4)
    assert budget.weights == 70_000
    budgets = []
    for progress in (0.2, 0.3, 0.4, 0.5):
        budget.advance(progress, decisions=4)
        budgets.append(budget.weights)
    assert budgets == pytest.approx([22136, 7000, 2214, 700], abs=1)
    assert budget.reached


def test_a_held_budget_catches_up_at_no_more_than_twice_the_pace() -> None:
    budget = make_budget()
    budget.advance(0.55, decisions=4)
    assert budget.position == pytest.approx(0.5)
    budget.advance(0.9, decisions=4)
    assert budget.reached


def test_after_a_roll_back_it_tries_half_the_step_and_speeds_up_again() -> None:
    budget = make_budget()
    budget.advance(0.2, decisions=4)
    accepted = budget.position
    budget.advance(0.3, decisions=4)
    step = budget.position - accepted
    budget.back_off(accepted)
    assert budget.position == pytest.approx(accepted + step / 2)
    budget.back_off(accepted)
    assert budget.position == pytest.approx(accepted + step / 4)
    budget.advance(0.5, decisions=4)
    assert budget.position == pytest.approx(accepted + step / 2)
    budget.advance(0.5, decisions=4)
    assert budget.position == pytest.approx(accepted + step * (1 / 2 + 3 / 8)), 'and faster'


@pytest.mark.parametrize(('skill', 'crash_rate', 'decision'), [
    (1.0, 0.01, PruningDecision.GO_ON), (0.91, 0.01, PruningDecision.GO_ON),
    (0.89, 0.01, PruningDecision.HOLD), (0.95, 0.04, PruningDecision.HOLD),
    (0.79, 0.0, PruningDecision.ROLL_BACK), (1.2, 0.5, PruningDecision.GO_ON),
])
def test_verdict_compares_with_the_best_so_far(
        skill: float, crash_rate: float, decision: PruningDecision) -> None:
    budget = make_budget()
    budget.decide(1.0, 0.01)
    assert budget.decide(skill, crash_rate) is decision


def test_state_round_trip() -> None:
    budget, other = make_budget(), make_budget()
    budget.decide(0.7, 0.02)
    budget.advance(0.3, decisions=10)
    other.dense = 1
    other.set_state(budget.state())
    assert other.state() == budget.state()
    assert other.weights == budget.weights


def test_a_checkpoint_that_says_nothing_of_a_largest_step_limits_none() -> None:
    state = make_budget().state()
    del state['largest_step']
    budget = make_budget()
    budget.back_off(-1.0)
    budget.set_state(state)
    assert budget.state() == make_budget().state()


def test_a_skill_that_is_no_number_rolls_back() -> None:
    budget = WeightBudget(dense=70_000, target=700, ramp=(0.2, 0.6), rollback=RollbackSettings())
    budget.decide(1.0, None)
    assert budget.decide(float('nan'), None) is PruningDecision.ROLL_BACK
    assert budget.best_skill == 1.0
