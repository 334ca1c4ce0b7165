# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A small network learns what a large one does, on the states it meets itself."""

from collections.abc import Callable
import dataclasses
from itertools import pairwise
from pathlib import Path

import pytest
from stable_baselines3.common.base_class import BaseAlgorithm
import torch

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.distillation.dataset import DistillationDataset
from drl_prune_ros.pruning.distillation.distiller import (
    Distillation,
    DistillationSettings,
    new_student,
)
from drl_prune_ros.pruning.distillation.rollouts import Rollout, RolloutCollector
from drl_prune_ros.training.networks.greedy_policy import bounds_of
from drl_prune_ros.training.networks.mlp import actor_of, MlpView

QUICK = DistillationSettings(restarts=2, rounds=3, minibatches=240, batch_size=128)


class Drawn(RolloutCollector):
    """States drawn at random instead of met; remembers who asked for them."""

    def __init__(self, inputs: int) -> None:
        self.inputs = inputs
        self.actors: list[MlpView] = []

    def collect(self, actor: MlpView, steps: int) -> Rollout:
        self.actors.append(actor)
        return Rollout(torch.randn(steps, self.inputs), torch.zeros(steps, dtype=torch.bool))


def distill(teacher: MlpView, hidden: tuple[int, ...], collector: RolloutCollector,
            states: int) -> MlpView:
    distillation = Distillation(DistillationDataset(teacher), hidden, collector, states, QUICK)
    divergences = {}
    while not distillation.done:
        index, divergences[index] = distillation.turn()
    return distillation.students[min(divergences, key=lambda index: divergences[index])]


@pytest.mark.parametrize('kind', ['ppo', 'ppo-box', 'dqn', 'td3', 'sac'])
def test_a_student_comes_near_its_teacher(
        kind: str, make_model: Callable[..., BaseAlgorithm]) -> None:
    model = make_model(kind, normalize=kind == 'ppo-box')
    teacher = actor_of(model)
    with torch.no_grad():
        teacher.linears[-1].weight.mul_(20.0)   # it has made up its mind
    env = model.get_env()
    assert env is not None
    collector = RolloutCollector(env, bounds_of(model))
    student = distill(teacher, (6, 6), collector, 600)
    assert student.widths == (teacher.widths[0], 6, 6, teacher.widths[-1])
    assert bool(student.log_std) == bool(teacher.log_std)
    fresh = DistillationDataset(teacher)
    fresh.add(collector.collect(student, 400).states)
    untaught = new_student(teacher, (6, 6))
    torch.manual_seed(0)
    with torch.no_grad():
        assert fresh.loss(student, 400) < 0.5 * fresh.loss(untaught, 400)
    env.close()


def test_the_teacher_acts_first_and_each_student_later(make_actor: Callable[..., MlpView]) -> None:
    teacher, collector = make_actor(4, 8, 8, 2), Drawn(4)
    distillation = Distillation(DistillationDataset(teacher), (3,), collector, 100, QUICK)
    indices = []
    while not distillation.done:
        index, distance = distillation.turn()
        indices.append(index)
        assert distance >= 0
    assert indices == [0, 1, 0, 1, 0, 1]
    students = distillation.students
    assert collector.actors == [teacher, teacher, *students, *students]
    assert distillation.steps_done == 6 * 17, '100 steps in six turns, rounded up'
    first, second = (student.linears[0].weight for student in students)
    assert not torch.equal(first, second)


def test_half_of_the_students_leave_after_a_round_down_to_two(
        make_actor: Callable[..., MlpView]) -> None:
    settings = dataclasses.replace(QUICK, restarts=5)
    distillation = Distillation(
        DistillationDataset(make_actor(4, 8, 8, 2)), (3,), Drawn(4), 100, settings)
    rounds: list[dict[int, float]] = [{}]
    while not distillation.done:
        index, distance = distillation.turn()
        rounds[-1][index] = distance
        if distillation.between_rounds:
            rounds.append({})
    assert [len(turns) for turns in rounds] == [5, 3, 2, 0]
    for turns, later in pairwise(rounds[:3]):
        nearest = sorted(turns, key=lambda index: turns[index])[:len(later)]
        assert list(later) == sorted(nearest)
    assert distillation.turns_done == settings.turns == 10
    assert distillation.steps_done == 10 * 10, '100 steps over all turns'


def test_a_linear_student_has_one_layer(make_actor: Callable[..., MlpView]) -> None:
    student = distill(make_actor(4, 8, 8, 2), (), Drawn(4), 60)
    assert [linear.weight.shape for linear in student.linears] == [(2, 4)]


def test_a_distillation_goes_on_as_if_nothing_had_happened(
        make_actor: Callable[..., MlpView], tmp_path: Path) -> None:
    teacher, settings = make_actor(4, 8, 8, 2), dataclasses.replace(QUICK, restarts=4)
    whole = Distillation(DistillationDataset(teacher), (3, 3), Drawn(4), 160, settings)
    for _ in range(5):
        whole.turn()
    torch.save({'state': whole.state(), 'states': whole.dataset.states,
                'random': torch.get_rng_state()}, tmp_path / 'file')
    rest = [whole.turn() for _ in range(3)]
    dataset = DistillationDataset(teacher)
    saved = torch.load(tmp_path / 'file')
    dataset.add(saved['states'])
    resumed = Distillation(dataset, (3, 3), Drawn(4), 160, settings)
    resumed.set_state(saved['state'])
    torch.set_rng_state(saved['random'])
    assert (resumed.turns_done, resumed.steps_done, resumed.round) == (5, 100, 1)
    assert [resumed.turn() for _ in range(3)] == rest and resumed.done
    for ours, theirs in zip(resumed.students, whole.students, strict=True):
        for parameter, other in zip(ours.parameters(), theirs.parameters(), strict=True):
            assert torch.equal(parameter, other)


@pytest.mark.parametrize('change', [{'restarts': 0}, {'rounds': 0}, {'learning_rate': 0.0}])
def test_bad_settings_are_refused(change: dict) -> None:
    with pytest.raises(DrlPruneError, match=f'{next(iter(change))} must be above 0'):
        DistillationSettings(**change)


def test_students_count_what_they_deploy(make_actor: Callable[..., MlpView]) -> None:
    student = new_student(make_actor(25, 64, 64, 5), (8, 8))
    weights = sum(a * b for a, b in pairwise(student.widths))
    assert weights == 25 * 8 + 8 * 8 + 8 * 5
    assert weights == sum(linear.weight.numel() for linear in student.linears)


def test_labels_that_are_there_are_used_and_inputs_can_be_left_out(
        make_actor: Callable[..., MlpView]) -> None:
    teacher, collector = make_actor(4, 8, 8, 2), Drawn(4)
    dataset = DistillationDataset(teacher)
    dataset.add(torch.randn(50, 4))
    inputs = torch.tensor([True, False, True, True])
    distillation = Distillation(dataset, (3,), collector, 100, QUICK, inputs)
    while not distillation.done:
        distillation.turn()
    assert collector.actors == [*distillation.students, *distillation.students], 'no teacher again'
    assert distillation.steps_done == 100 and len(dataset.states) == 150
    for student in distillation.students:
        read = student.linears[0].weight.abs().sum(dim=0) > 0
        assert torch.equal(read, inputs)


def test_without_dagger_the_teacher_acts(make_actor: Callable[..., MlpView]) -> None:
    teacher, collector = make_actor(4, 8, 8, 2), Drawn(4)
    settings = dataclasses.replace(QUICK, dagger=False)
    distillation = Distillation(DistillationDataset(teacher), (3,), collector, 60, settings)
    while not distillation.done:
        distillation.turn()
    assert collector.actors == [teacher] * 6
