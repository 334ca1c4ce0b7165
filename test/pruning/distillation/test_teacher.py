# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The teacher: frozen, remembered, and pulled towards."""

from collections.abc import Callable
from typing import Any

import pytest
from stable_baselines3.common.base_class import BaseAlgorithm
import torch

from drl_prune_ros.pruning.distillation.teacher import loss_scale, Teacher
from drl_prune_ros.pruning.divergence import divergence, variances
from drl_prune_ros.training.networks.mlp import actor_of, MlpView, OutputKind

KINDS = [(OutputKind.SCORES, False), (OutputKind.VALUES, False), (OutputKind.SQUASHED, True),
         (OutputKind.ACTIONS, False)]


def same(ours: list[torch.Tensor], theirs: list[torch.Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize(('output_kind', 'log_std'), KINDS)
def test_the_teacher_does_not_move_with_the_actor(
        make_actor: Callable[..., MlpView], output_kind: OutputKind, log_std: bool) -> None:
    actor = make_actor(4, 8, 3, output_kind=output_kind, log_std=log_std)
    states = torch.randn(20, 4)
    teacher = Teacher(actor)
    before = teacher.answer(states)
    with torch.no_grad():
        actor.heads[-1].weight.add_(1.0)
    assert same(teacher.answer(states), before)
    random = torch.get_rng_state()
    again = Teacher.from_state(teacher.state(), actor)
    assert same(again.answer(states), before)
    assert torch.equal(torch.get_rng_state(), random), 'a resumed run draws what it would have'
    assert not same(Teacher(actor).answer(states), before)


@pytest.mark.parametrize(('output_kind', 'log_std'), KINDS)
def test_the_pull_alone_brings_a_student_to_the_teacher(
        make_actor: Callable[..., MlpView], output_kind: OutputKind, log_std: bool) -> None:
    teacher = Teacher(make_actor(4, 16, 3, seed=1, output_kind=output_kind, log_std=log_std))
    student = make_actor(4, 12, 3, seed=2, output_kind=output_kind, log_std=log_std)
    states = torch.randn(4000, 4)
    teacher.label(states)
    wanted = teacher.answer(states)

    def distance() -> float:
        return float(divergence(student, student.outputs(states), wanted, variances(wanted)))

    before = distance()
    optimizer = torch.optim.Adam(student.parameters(), lr=1e-2)
    for _ in range(200):
        for parameter in student.parameters():
            parameter.grad = torch.zeros_like(parameter)
        teacher.apply_regularizer(student, 1.0)
        optimizer.step()
    assert distance() < 0.1 * before


def test_no_strength_and_no_states_pull_nothing(make_actor: Callable[..., MlpView]) -> None:
    actor = make_actor(4, 8, 3)
    teacher = Teacher(make_actor(4, 8, 3, seed=5))
    for parameter in actor.parameters():
        parameter.grad = torch.zeros_like(parameter)
    teacher.apply_regularizer(actor, 1.0)
    teacher.label(torch.randn(50, 4))
    teacher.apply_regularizer(actor, 0.0)
    teacher.apply_regularizer(actor, -1.0)   # the run has overshot its end
    assert not any(parameter.grad.any() for parameter in actor.parameters())  # type: ignore
    teacher.apply_regularizer(actor, 1.0)
    once = [parameter.grad.clone() for parameter in actor.parameters()]  # type: ignore
    assert all(gradient.any() for gradient in once)


@pytest.mark.parametrize('kind', ['ppo', 'ppo-box', 'dqn', 'td3', 'sac'])
def test_the_regularizer_is_as_strong_as_the_loss_it_competes_with(
        make_model: Callable[..., BaseAlgorithm], kind: str) -> None:
    model: Any = make_model(kind)
    actor = actor_of(model)
    states = torch.randn(300, actor.widths[0])
    before = loss_scale(model, actor, states)
    for values in ([actor.linears[-1]] if kind == 'dqn' else [
            critic[-1] for critic in getattr(getattr(model, 'critic', None), 'q_networks', [])]):
        values.weight.data.mul_(1000)
        values.bias.data.mul_(1000)
    after = loss_scale(model, actor, states)
    # PPO normalizes its advantages; DQN's loss is quadratic in the values, the others' linear.
    grown = {'dqn': 1e6, 'td3': 1e3, 'sac': 1e3}.get(kind, 1.0)
    assert after == pytest.approx(grown * before, rel=1e-3)
