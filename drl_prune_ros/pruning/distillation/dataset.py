# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The states that students learn from: those policies meet, and what the teacher says of them."""

import torch

from drl_prune_ros.pruning.divergence import comparable, divergence, variances
from drl_prune_ros.training.networks.mlp import MlpView, OutputKind


class DistillationDataset:
    """
    All states met so far, (n, inputs), and what the teacher says of them.

    :param temperature: what scores of actions (PPO) are divided by before they are compared, those
        of the teacher and those of a student alike (Hinton, Vinyals and Dean, 2015). A teacher
        that is nearly certain says more of its second choice so, which a small student needs to
        know where it cannot follow the first. 1 compares the policies as they are.
    """

    def __init__(self, teacher: MlpView, temperature: float = 1.0) -> None:
        self.teacher = teacher
        self.temperature = temperature if teacher.output_kind is OutputKind.SCORES else 1.0
        self.states = torch.empty(0, teacher.widths[0])
        self.answers: list[torch.Tensor] = []
        self.scale: list[torch.Tensor] = []

    @torch.no_grad()
    def add(self, states: torch.Tensor) -> None:
        """Ask the teacher about `states` and keep both."""
        said = comparable(self.teacher, self.teacher.outputs(states) / self.temperature)
        self.states = torch.cat([self.states, states])
        self.answers = [torch.cat([before, part]) for before, part in zip(
            self.answers, said, strict=True)] if self.answers else said
        self.scale = variances(self.answers)

    def loss(self, student: MlpView, batch_size: int) -> torch.Tensor:
        """
        Return the divergence of `student` on a random minibatch.

        To second order the temperature, squared, keeps it on the scale of scores as they are.
        """
        index = torch.randint(len(self.states), (batch_size,))
        outputs = student.outputs(self.states[index]) / self.temperature
        return self.temperature ** 2 * divergence(
            student, outputs, [part[index] for part in self.answers], self.scale)
