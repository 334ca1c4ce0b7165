# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
A student that crashes learns what its teacher would have done before.

A small network must err somewhere, and one that learns from what it meets errs before a crash as
often as elsewhere: it drives like its teacher, but for the crashes. The few states in a thousand
that led to one are where its errors cost, so

    repeat:
        the student drives; the states before its crashes are kept on their own
        the teacher labels them, and the student learns with a share of every minibatch from them

It takes a student that drives well already: the crashes of a poor one are of its own kind. And it
takes thousands of such states, which is a million steps of a policy that crashes in one drive of
sixty: so tasks have to ask for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.distillation.dataset import DistillationDataset
from drl_prune_ros.pruning.distillation.distiller import follow_cosine
from drl_prune_ros.pruning.distillation.rollouts import Rollout
from drl_prune_ros.pruning.settings import SettingsBase
from drl_prune_ros.pruning.structured.input_masking import only_inputs
from drl_prune_ros.training.networks.mlp import MlpView

KEPT_EVERY = 3
"""Of the states that the student meets, every so many join all others: there are plenty."""


@dataclass(frozen=True)
class CrashReplaySettings(SettingsBase):
    """How much is made of a student's crashes."""

    LABEL = 'crashes'

    replays: int = 0
    """How often a student drives and learns; 0 leaves it as distillation left it."""
    steps: int = 900_000
    """Environment steps that it drives before each replay, at most."""
    minibatches: int = 15_000
    """Minibatches of a replay."""
    crash_share: float = 0.3
    """Part of a minibatch that is drawn from states before a crash."""
    learning_rate: float = 3e-3
    """Adam's step size at the start of a replay; it falls to 0 along a cosine."""

    def check(self) -> None:
        """Raise DrlPruneError if a value cannot teach anything."""
        if self.replays < 0:
            raise DrlPruneError(f'crashes: replays must be at least 0, got {self.replays}')
        if not 0 < self.crash_share < 1:
            raise DrlPruneError('crashes: crash_share must lie between 0 and 1, got '
                                f'{self.crash_share}')
        for name in ('steps', 'minibatches', 'learning_rate'):
            value = getattr(self, name)
            if not value > 0:
                raise DrlPruneError(f'crashes: {name} must be above 0, got {value}')


class CrashReplay:
    """
    A student on its way; give it what it meets and let it learn, in turn.

    :param student: the network, changed in place.
    :param dataset: the teacher and the states that it has labeled; more are added.
    :param inputs: (n,) bool, which observation values the student reads.
    """

    def __init__(self, student: MlpView, dataset: DistillationDataset, inputs: torch.Tensor,
                 settings: CrashReplaySettings, batch_size: int) -> None:
        self.student = student
        self.dataset = dataset
        self.crashes = DistillationDataset(dataset.teacher, dataset.temperature)
        self.masks = only_inputs(student, inputs)
        self.settings = settings
        self.batch_size = batch_size
        self.done_so_far = 0

    @property
    def done(self) -> bool:
        """Whether the student has done all its replays."""
        return self.done_so_far >= self.settings.replays

    def add(self, rollout: Rollout) -> None:
        """Label the states of `rollout`, those before crashes on their own too."""
        self.dataset.add(rollout.states[::KEPT_EVERY])
        if rollout.before_crash.any():
            self.crashes.add(rollout.states[rollout.before_crash])

    def learn(self) -> float:
        """Do one replay; return the divergence of its last tenth, of all states met."""
        settings = self.settings
        crashes = round(settings.crash_share * self.batch_size) if len(self.crashes.states) else 0
        part = crashes / self.batch_size
        optimizer = torch.optim.Adam(self.student.parameters(), lr=settings.learning_rate)
        recent = torch.zeros(settings.minibatches)
        for i in range(settings.minibatches):
            follow_cosine(optimizer, settings.learning_rate, i / settings.minibatches)
            imitation = self.dataset.loss(self.student, self.batch_size - crashes)
            recent[i] = imitation.detach()
            loss = (1.0 - part) * imitation
            if crashes:
                loss = loss + part * self.crashes.loss(self.student, crashes)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            self.masks.apply(self.student)
        self.done_so_far += 1
        return float(recent[-max(1, settings.minibatches // 10):].mean())

    def state(self) -> dict[str, Any]:
        """Return what a resume between two replays needs beside the labeled states."""
        return {'done_so_far': self.done_so_far, 'crashes': self.crashes.states,
                'student': [p.detach() for p in self.student.parameters()]}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Resume from `state`."""
        self.done_so_far = state['done_so_far']
        if len(state['crashes']):
            self.crashes.add(state['crashes'])
        self.student.copy_from(state['student'])
