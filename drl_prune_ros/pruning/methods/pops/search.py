# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How far a search by rounds has come: its rounds, its steps, and the stage it is in."""

from dataclasses import asdict, replace
from enum import Enum
from pathlib import Path
from typing import Any

import torch

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.distillation.dataset import DistillationDataset
from drl_prune_ros.pruning.methods.pops.shapes import next_shape, Round
from drl_prune_ros.pruning.resume_file import load_progress, restore_random_states, save_progress
from drl_prune_ros.training.networks.mlp import MlpView

VERSION = 2
"""Of the file that a search is saved in; 1 had no version, and other words."""


class Stage(Enum):
    """The stages of a round, in their order."""

    SHAPE_TRIALS = 'shape-trials'
    TRANSFER = 'transfer'
    CRASH_REPLAY = 'crash-replay'
    REINFORCE = 'reinforce'
    PRUNE = 'prune'


def inputs_of(actor: MlpView) -> tuple[int, ...]:
    """Return the indices of the observation values that `actor` reads."""
    return tuple(actor.linears[0].weight.any(dim=0).nonzero().flatten().tolist())


class Search:
    """
    The state of the search in `file`; a new one where there is no file.

    rounds     what the rounds before found, and the present one
    steps      environment steps so far
    begun      those before the present round
    stage      which of the stages of a round it is in; None between two rounds
    inside     what a resume of this stage needs
    dataset    all states met so far, and what the teacher says of them
    """

    def __init__(self, file: Path, teacher: MlpView, temperature: float = 1.0) -> None:
        self.file = file
        self.dataset = DistillationDataset(teacher, temperature)
        self.rounds: list[Round] = []
        self.steps = self.begun = 0
        self.stage: Stage | None = None
        self.inside: dict[str, Any] | None = None
        self.saved = load_progress(file)
        if self.saved:
            if self.saved.get('version') != VERSION:
                raise DrlPruneError(f'{file} is of an earlier version: start a new run, or go on '
                                    'with the release that began it')
            self.rounds = [Round(**one) for one in self.saved['rounds']]
            self.steps, self.begun = self.saved['steps'], self.saved['begun']
            stage, self.inside = self.saved['stage'], self.saved['inside']
            self.stage = stage and Stage(stage)
            self.dataset.add(self.saved['states'])

    def restore_random(self) -> None:
        """Restore the random states of a search that was resumed; once, before it continues."""
        if self.saved:
            restore_random_states(self.saved)
            self.saved = None

    @property
    def now(self) -> Round:
        """The present round."""
        return self.rounds[-1]

    @property
    def inputs(self) -> torch.Tensor:
        """Which observation values the round's students read, (n,) bool."""
        inputs = torch.zeros(self.dataset.teacher.widths[0], dtype=torch.bool)
        inputs[list(self.now.inputs)] = True
        return inputs

    def next_round(self, tolerance: float) -> bool:
        """Enter the next round, the first one in the teacher's shape; False at the end."""
        widths = self.dataset.teacher.widths
        if not self.rounds:
            shape = widths[1:-1], inputs_of(self.dataset.teacher)
        elif (found := next_shape(self.rounds, tolerance)) is None:
            return False
        else:
            shape = found
        self.enter(Round(*shape, outputs=widths[-1], met=False),
                   Stage.SHAPE_TRIALS if len(self.rounds) else Stage.TRANSFER)
        return True

    def enter(self, entered: Round, stage: Stage) -> None:
        """Begin a round at one of its stages."""
        self.rounds.append(entered)
        self.begun = self.steps
        self.go_on(stage)

    def note(self, **found: Any) -> None:
        """Write down what the present round found."""
        self.rounds[-1] = replace(self.now, **found)

    def go_on(self, stage: Stage | None) -> None:
        """Begin the next stage of the round, or end the round."""
        self.stage, self.inside = stage, None
        self.save()

    def save(self) -> None:
        """Write the search down; what comes after is done again when it is killed."""
        save_progress(self.file, {
            'version': VERSION,
            'rounds': [asdict(one) for one in self.rounds], 'steps': self.steps,
            'begun': self.begun, 'stage': self.stage and self.stage.value, 'inside': self.inside,
            'states': self.dataset.states})
