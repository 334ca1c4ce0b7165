# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Rates that fall along two lines, and never below 0."""

import pytest

from drl_prune_ros.training.schedule import FallingRate


def test_it_falls_from_start_to_zero() -> None:
    rate = FallingRate(4.0)
    assert [rate(left) for left in (1.0, 0.5, 0.25, 0.0)] == [4, 2, 1, 0]


@pytest.mark.parametrize(('progress', 'wanted'), [
    (0.0, 1.0), (0.375, 0.6), (0.75, 0.2), (0.875, 0.1), (1.0, 0.0)])
def test_it_bends_at_the_knee(progress: float, wanted: float) -> None:
    assert FallingRate(1.0, (0.75, 0.2))(1.0 - progress) == pytest.approx(wanted)


@pytest.mark.parametrize('knee', [(0.0, 1.0), (0.5, 0.2)])
def test_the_rollout_that_overshoots_the_end_does_not_climb_the_loss(
        knee: tuple[float, float]) -> None:
    assert FallingRate(1.0, knee)(-0.7) == 0
