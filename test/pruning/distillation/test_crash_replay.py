# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A student that crashed learns what its teacher would have done before."""

from collections.abc import Callable
import dataclasses

import pytest
import torch

from drl_prune_ros.pruning.distillation.crash_replay import (
    CrashReplay,
    CrashReplaySettings,
    KEPT_EVERY,
)
from drl_prune_ros.pruning.distillation.dataset import DistillationDataset
from drl_prune_ros.pruning.distillation.distiller import new_student
from drl_prune_ros.pruning.distillation.rollouts import Rollout
from drl_prune_ros.training.networks.mlp import MlpView

SHORT = CrashReplaySettings(replays=2, minibatches=150, learning_rate=0.01)
INPUTS = torch.tensor([True, True, False, True])


@pytest.fixture
def teacher(make_actor: Callable[..., MlpView]) -> MlpView:
    teacher = make_actor(4, 16, 16, 3)
    with torch.no_grad():
        teacher.linears[-1].weight.mul_(20.0)
    return teacher


def drive(seed: int = 0) -> Rollout:
    """States of a road where crashes come from a corner of their own, one in twenty."""
    states = torch.randn(2000, 4, generator=torch.Generator().manual_seed(seed))
    crashed = torch.arange(2000) % 20 == 0
    states[crashed] = 0.2 * states[crashed] + 2.0
    return Rollout(states, crashed)


def replay_for(teacher: MlpView, settings: CrashReplaySettings) -> CrashReplay:
    torch.manual_seed(0)
    replay = CrashReplay(new_student(teacher, (3,), INPUTS), DistillationDataset(teacher),
                         INPUTS, settings, 64)
    replay.add(drive())
    return replay


def test_states_before_crashes_are_kept_apart(teacher: MlpView) -> None:
    replay = replay_for(teacher, SHORT)
    assert len(replay.crashes.states) == 100
    assert len(replay.dataset.states) == -(-2000 // KEPT_EVERY)
    replay.add(Rollout(torch.randn(30, 4), torch.zeros(30, dtype=torch.bool)))
    assert len(replay.crashes.states) == 100, 'no crash, nothing to add'


def test_a_share_of_the_replay_is_about_crashes(teacher: MlpView) -> None:
    def distance(share: float) -> float:
        replay = replay_for(teacher, dataclasses.replace(SHORT, crash_share=share))
        replay.learn()
        with torch.no_grad():
            return float(replay.crashes.loss(replay.student, 400))

    assert distance(0.5) < 0.7 * distance(0.001), 'which rounds to none'


def test_inputs_that_the_student_does_not_read_stay_unread(teacher: MlpView) -> None:
    replay = replay_for(teacher, SHORT)
    replay.learn()
    assert not replay.student.linears[0].weight[:, 2].any()
    assert replay.student.linears[0].weight[:, 3].all()


def test_a_student_without_crashes_learns_from_what_it_met(teacher: MlpView) -> None:
    replay = replay_for(teacher, SHORT)
    fresh = CrashReplay(new_student(teacher, (3,), INPUTS), DistillationDataset(teacher), INPUTS,
                         SHORT, 64)
    fresh.add(Rollout(drive().states, torch.zeros(2000, dtype=torch.bool)))
    with torch.no_grad():
        before = float(fresh.dataset.loss(fresh.student, 400))
    assert fresh.learn() < 0.5 * before
    assert not len(fresh.crashes.states) and len(replay.crashes.states)


def test_a_killed_student_goes_on_between_two_replays(teacher: MlpView) -> None:
    replay = replay_for(teacher, SHORT)
    replay.learn()
    assert not replay.done
    again = CrashReplay(new_student(teacher, (3,), INPUTS), replay.dataset, INPUTS, SHORT, 64)
    again.set_state(replay.state())
    for one in (replay, again):
        torch.manual_seed(1)
        one.learn()
        assert one.done
    assert torch.equal(replay.crashes.states, again.crashes.states)
    for before, after in zip(replay.student.parameters(), again.student.parameters(),
                             strict=True):
        assert torch.equal(before, after)
