# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The teacher: frozen, remembered, and pulled towards."""

from collections.abc import Callable

import torch

from drl_prune_ros.pruning.anchor import Teacher
from drl_prune_ros.training.actor import Actor


def test_the_teacher_does_not_move_with_the_actor(make_actor: Callable[..., Actor]) -> None:
    actor, states = make_actor(4, 8, 3), torch.randn(20, 4)
    teacher = Teacher(actor)
    before = teacher.log_probabilities(states)
    with torch.no_grad():
        actor.linears[0].weight.add_(1.0)
    assert torch.equal(teacher.log_probabilities(states), before)
    again = Teacher.from_state(teacher.state(), actor.activation)
    assert torch.equal(again.log_probabilities(states), before)


def test_the_pull_alone_brings_a_student_to_the_teacher(
        make_actor: Callable[..., Actor]) -> None:
    teacher, student = Teacher(make_actor(4, 16, 3, seed=1)), make_actor(4, 12, 3, seed=2)
    states = torch.randn(4000, 4)
    teacher.look_at(states)

    def divergence() -> float:
        wanted = teacher.log_probabilities(states)
        return float((wanted.exp() * (wanted - student(states).log_softmax(dim=1))).sum(1).mean())

    before = divergence()
    optimizer = torch.optim.Adam(student.parameters(), lr=1e-2)
    for _ in range(200):
        for parameter in student.parameters():
            parameter.grad = torch.zeros_like(parameter)
        teacher.pull(student, 1.0)
        optimizer.step()
    assert divergence() < 0.1 * before


def test_no_strength_and_no_states_pull_nothing(make_actor: Callable[..., Actor]) -> None:
    actor = make_actor(4, 8, 3)
    teacher = Teacher(make_actor(4, 8, 3, seed=5))
    for parameter in actor.parameters():
        parameter.grad = torch.zeros_like(parameter)
    teacher.pull(actor, 1.0)
    teacher.look_at(torch.randn(50, 4))
    teacher.pull(actor, 0.0)
    assert not any(parameter.grad.any() for parameter in actor.parameters())  # type: ignore
    teacher.pull(actor, 1.0)
    assert all(parameter.grad.any() for parameter in actor.parameters())  # type: ignore
