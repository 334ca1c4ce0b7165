# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The controller sparsity rises while the return grows or holds, and falls when it drops."""

import pytest

from drl_prune_ros.pruning.methods.gst.sparsity_controller import (
    SparsityController,
    SparsityDecision,
)

RISE, STAY, FALL = SparsityDecision.RISE, SparsityDecision.STAY, SparsityDecision.FALL


def decisions_of(controller: SparsityController, *returns: float) -> list[SparsityDecision]:
    return [controller.decide(each) for each in returns]


def test_it_rises_to_its_highest_and_stays_while_the_return_holds() -> None:
    controller = SparsityController(0.25, 0.1, 0.5, 0.1, 1)
    assert decisions_of(controller, -500.0, -400.0, 100.0, 50.0) == [RISE, RISE, RISE, STAY]
    assert controller.value == 0.25


def test_it_falls_by_what_the_return_lost_of_what_was_gained() -> None:
    controller = SparsityController(0.9, 0.1, 0.5, 0.1, 1)
    decisions_of(controller, -500.0, 500.0)
    assert decisions_of(controller, 400.0) == [RISE], 'a tenth of the 1,000 gained may be lost'
    assert decisions_of(controller, 399.0) == [FALL]
    assert controller.value == pytest.approx(0.15)
    assert decisions_of(controller, 0.0, 0.0, 0.0) == [FALL, FALL, STAY]
    assert controller.value == 0.0
    assert decisions_of(controller, 450.0) == [RISE]


def test_it_rises_slowly_while_the_return_holds_and_does_not_grow() -> None:
    controller = SparsityController(0.9, 0.04, 0.25, 0.1, 1)
    decisions_of(controller, 0.0, 1000.0)
    assert controller.value == pytest.approx(0.08)
    decisions_of(controller, 1000.0, 950.0, 990.0)
    assert controller.value == pytest.approx(0.11), 'as good as the best is not better'
    decisions_of(controller, 1001.0)
    assert controller.value == pytest.approx(0.15)


def test_a_shift_of_all_returns_changes_nothing() -> None:
    returns = [0.0, 90.0, 100.0, 88.0, 60.0, 99.0, 93.0]
    decisions = [decisions_of(SparsityController(0.5, 0.1, 0.5, 0.1, 2),
                              *(each + shift for each in returns))
                 for shift in (0.0, -1000.0, 1000.0)]
    assert decisions[0] == decisions[1] == decisions[2]
    assert FALL in decisions[0]


def test_returns_are_averaged_over_the_window() -> None:
    controller = SparsityController(0.9, 0.1, 0.5, 0.1, 3)
    decisions_of(controller, 0.0, 0.0, 0.0, 90.0, 90.0, 90.0)
    assert controller.mean == controller.best == 90.0
    assert decisions_of(controller, 70.0) == [RISE], 'one bad return weighs a third'
    assert decisions_of(controller, 70.0) == [FALL]
    assert controller.mean == pytest.approx(230 / 3)


def test_its_state_goes_on() -> None:
    one, other = (SparsityController(0.9, 0.1, 0.5, 0.1, 3) for _ in range(2))
    decisions_of(one, 0.0, 50.0, 90.0, 10.0)
    other.set_state(one.state())
    assert vars(other) == vars(one)
    assert decisions_of(one, 5.0, 80.0, 90.0) == decisions_of(other, 5.0, 80.0, 90.0)
    assert other.value == one.value
