# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Rates that fall along two lines, and never below 0."""

import pickle

import pytest

from drl_prune_ros.training.schedule import LearningRateSchedule


def test_it_falls_from_start_to_zero() -> None:
    rate = LearningRateSchedule(4.0)
    assert [rate(left) for left in (1.0, 0.5, 0.25, 0.0)] == [4, 2, 1, 0]


@pytest.mark.parametrize(('progress', 'wanted'), [
    (0.0, 1.0), (0.375, 0.6), (0.75, 0.2), (0.875, 0.1), (1.0, 0.0)])
def test_it_bends_at_the_breakpoint(progress: float, wanted: float) -> None:
    assert LearningRateSchedule(1.0, 0.75, 0.2)(1.0 - progress) == pytest.approx(wanted)


@pytest.mark.parametrize('schedule', [
    LearningRateSchedule(), LearningRateSchedule(breakpoint=0.5, slow_rate=0.2)])
def test_the_rollout_that_overshoots_the_end_does_not_climb_the_loss(
        schedule: LearningRateSchedule) -> None:
    assert schedule(-0.7) == 0


def test_a_start_is_relative_to_the_rate_of_the_settings() -> None:
    rate = LearningRateSchedule(start=0.2, breakpoint=0.5, slow_rate=0.5).scaled(10.0)
    assert [rate(left) for left in (1.0, 0.5, 0.0)] == [2, 1, 0]


def test_a_pickled_schedule_of_an_earlier_version_is_read() -> None:
    earlier = (b'\x80\x04cdrl_prune_ros.training.schedule\nFallingRate\n)\x81}(\x8c\x05startG?\xf0'
               b'\0\0\0\0\0\0\x8c\x04kneeG?\xe8\0\0\0\0\0\0G?\xc9\x99\x99\x99\x99\x99\x9a\x86ub.')
    assert pickle.loads(earlier) == LearningRateSchedule(1.0, 0.75, 0.2)
