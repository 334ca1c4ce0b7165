# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Distill a teacher into small students, on the states that the students themselves visit.

DAgger (Ross, Gordon and Bagnell, 2011), with several students that share their states:

    first round    the teacher acts, unless labels are there already
    every other    each student acts in turn
    every turn     the teacher labels the states met; the student whose turn it is learns from
                   all labels so far, by minibatches of the divergence
    after a round  the half that is farther from the teacher leaves, down to the last two

A small network often stops in a poor corner that another start avoids: the students differ in
nothing but their first weights, and whoever asked for them keeps the best. Who is in a poor corner
shows early, so many starts cost little (successive halving, Jamieson and Talwalkar, 2016).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
import math
from typing import Any

import numpy as np
import torch
from torch import nn

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.distillation.dataset import DistillationDataset
from drl_prune_ros.pruning.distillation.rollouts import RolloutCollector
from drl_prune_ros.pruning.settings import SettingsBase
from drl_prune_ros.pruning.structured.input_masking import only_inputs
from drl_prune_ros.training.networks.mlp import MlpView

LAST_STUDENTS = 2
"""Students that stay to the last round: the one nearest to the teacher need not drive best."""


@dataclass(frozen=True)
class DistillationSettings(SettingsBase):
    """How much a distillation may do."""

    LABEL = 'distillation'

    restarts: int = 8
    """Students at first, each from first weights of its own."""
    rounds: int = 10
    """Turns of a student that stays to the end."""
    states: int = 300_000
    """States that are labeled, over all turns: the environment steps it takes, at most."""
    minibatches: int = 20_000
    """Minibatches for a student that stays to the end."""
    batch_size: int = 1024
    """States of a minibatch."""
    learning_rate: float = 4e-3
    """Adam's step size at the start; it falls to 0 along a cosine."""
    temperature: float = 2.0
    """What scores are divided by before they are compared, see DistillationDataset."""
    dagger: bool = True
    """Whether students act in their turns; otherwise the teacher always does."""

    def check(self) -> None:
        """Raise DrlPruneError if a value cannot distill."""
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, bool) and value <= 0:
                raise DrlPruneError(f'distillation: {field.name} must be above 0, got {value}')

    @property
    def turns(self) -> int:
        """Turns of all students together."""
        students, turns = self.restarts, 0
        for _ in range(self.rounds):
            turns += students
            students = stay(students)
        return turns


def stay(students: int) -> int:
    """Return how many of so many students stay after a round."""
    return min(students, max(LAST_STUDENTS, -(-students // 2)))


def new_student(teacher: MlpView, hidden: Sequence[int],
                inputs: torch.Tensor | None = None) -> MlpView:
    """
    Return a network of random weights that answers what `teacher` does, through `hidden`.

    :param inputs: (n,) bool, which observation values it may read; all by default.
    """
    widths = (teacher.widths[0], *hidden, teacher.widths[-1])
    linears = [nn.Linear(inputs, outputs) for inputs, outputs in pairwise(widths)]
    log_std = nn.Linear(widths[-2], widths[-1]) if teacher.log_std else None
    student = MlpView(linears, teacher.activation, teacher.output_kind, log_std=log_std)
    only_inputs(student, inputs).apply(student)
    return student


def follow_cosine(optimizer: torch.optim.Optimizer, learning_rate: float, part: float) -> None:
    """Set the step size at `part` (0 to 1) of a cosine from `learning_rate` to 0."""
    for group in optimizer.param_groups:
        group['lr'] = learning_rate * 0.5 * (1.0 + math.cos(math.pi * part))


class Distillation:
    """
    Students on their way; call `turn` until `done`.

    :param dataset: the teacher, and the states it has labeled before; more are added.
    :param hidden: hidden widths of every student, none for a linear one.
    :param collector: where states come from; None where one round learns from labels that are
        there.
    :param states: environment steps over all turns, rounded up to whole steps of all environments.
    :param inputs: (n,) bool, which observation values students may read; all by default.
    """

    def __init__(self, dataset: DistillationDataset, hidden: Sequence[int],
                 collector: RolloutCollector | None, states: int, settings: DistillationSettings,
                 inputs: torch.Tensor | None = None) -> None:
        self.dataset = dataset
        self.collector = collector
        self.settings = settings
        self.students = [new_student(dataset.teacher, hidden, inputs)
                         for _ in range(settings.restarts)]
        self.masks = only_inputs(self.students[0], inputs)
        self.optimizers = [torch.optim.Adam(student.parameters(), lr=settings.learning_rate)
                           for student in self.students]
        self.turns = settings.turns
        # Labels that are there already make the teacher's own round needless.
        self.first_visit = settings.restarts if len(dataset.states) else 0
        self.steps_a_turn = -(-states // max(1, self.turns - self.first_visit))
        self.turns_done = 0
        self.steps_done = 0
        self.round = 0
        self.present = list(range(settings.restarts))
        self.divergences: list[float] = []

    @property
    def done(self) -> bool:
        """Whether every student that is left has had all its turns."""
        return self.round >= self.settings.rounds

    @property
    def between_rounds(self) -> bool:
        """Whether no student has had a turn in this round."""
        return not self.divergences

    def turn(self) -> tuple[int, float]:
        """Take one turn of the next student: act, then learn; return its index and divergence."""
        index = self.present[len(self.divergences)]
        student = self.students[index]
        if self.turns_done >= self.first_visit:
            assert self.collector is not None
            acts = self.round and self.settings.dagger
            states = self.collector.collect(
                student if acts else self.dataset.teacher, self.steps_a_turn).states
            self.dataset.add(states)
            self.steps_done += len(states)
        divergence = self._learn(student, self.optimizers[index])
        self.turns_done += 1
        self.divergences.append(divergence)
        if len(self.divergences) == len(self.present):
            self._end_round()
        return index, divergence

    def _end_round(self) -> None:
        """Drop the half of the students that is farthest from the teacher."""
        nearest = np.argsort(self.divergences, kind='stable')[:stay(len(self.present))]
        self.present = [self.present[place] for place in sorted(nearest)]
        self.round += 1
        self.divergences = []

    def _learn(self, student: MlpView, optimizer: torch.optim.Optimizer) -> float:
        settings = self.settings
        minibatches = max(1, settings.minibatches // settings.rounds)
        recent = torch.zeros(minibatches)
        for i in range(minibatches):
            part = (self.round + i / minibatches) / settings.rounds
            follow_cosine(optimizer, settings.learning_rate, part)
            loss = self.dataset.loss(student, settings.batch_size)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            self.masks.apply(student)
            recent[i] = loss.detach()
        return float(recent[-max(1, minibatches // 10):].mean())

    def state(self) -> dict[str, Any]:
        """Return what a resume needs beside the labeled states; environments restart."""
        return {'turns_done': self.turns_done, 'steps_done': self.steps_done,
                'round': self.round, 'present': list(self.present),
                'divergences': list(self.divergences),
                'first_visit': self.first_visit, 'steps_a_turn': self.steps_a_turn,
                'students': [[p.detach() for p in student.parameters()]
                             for student in self.students],
                'optimizers': [optimizer.state_dict() for optimizer in self.optimizers]}

    def set_state(self, state: dict[str, Any]) -> None:
        """Resume from `state`; the labeled states of that moment are there already."""
        for name in ('turns_done', 'steps_done', 'round', 'first_visit', 'steps_a_turn'):
            setattr(self, name, state[name])
        self.present, self.divergences = list(state['present']), list(state['divergences'])
        for student, values in zip(self.students, state['students'], strict=True):
            student.copy_from(values)
        for optimizer, values in zip(self.optimizers, state['optimizers'], strict=True):
            optimizer.load_state_dict(values)
