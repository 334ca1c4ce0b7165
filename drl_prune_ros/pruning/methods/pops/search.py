# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How far a search by rounds has come: its rounds, its steps, and the stage it is in."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from drl_prune_ros.pruning.distillation.dataset import LabelledStates
from drl_prune_ros.pruning.methods.pops.shapes import next_shape, Round
from drl_prune_ros.pruning.resume_file import go_on_from, load_progress, save_progress
from drl_prune_ros.training.networks.mlp import MlpView


def inputs_of(actor: MlpView) -> tuple[int, ...]:
    """Return the indices of the observation values that `actor` reads."""
    return tuple(actor.linears[0].weight.any(dim=0).nonzero().flatten().tolist())


class Search:
    """
    The state of the search in `file`; a new one where there is no file.

    rounds     what the rounds before found, and the present one
    steps      environment steps so far
    begun      those before the present round
    stage      'audition', 'transfer', 'crashes', 'reinforce' or 'prune'; None between two rounds
    inside     what a resume of this stage needs
    labelled   all states met so far, and what the teacher says of them
    """

    def __init__(self, file: Path, teacher: MlpView, temperature: float = 1.0) -> None:
        self.file = file
        self.labelled = LabelledStates(teacher, temperature)
        self.rounds: list[Round] = []
        self.steps = self.begun = 0
        self.stage: str | None = None
        self.inside: dict[str, Any] | None = None
        self.saved = load_progress(file)
        if self.saved:
            self.rounds = [Round(**one) for one in self.saved['rounds']]
            self.steps, self.begun = self.saved['steps'], self.saved['begun']
            self.stage, self.inside = self.saved['stage'], self.saved['inside']
            self.labelled.add(self.saved['states'])

    def restore_random(self) -> None:
        """Go on with the random numbers of a search that was resumed; once, before it does."""
        if self.saved:
            go_on_from(self.saved)
            self.saved = None

    @property
    def now(self) -> Round:
        """The present round."""
        return self.rounds[-1]

    @property
    def inputs(self) -> torch.Tensor:
        """Which observation values the round's students read, (n,) bool."""
        inputs = torch.zeros(self.labelled.teacher.widths[0], dtype=torch.bool)
        inputs[list(self.now.inputs)] = True
        return inputs

    def next_round(self, tolerance: float) -> bool:
        """Enter the next round, the first one in the teacher's shape; False at the end."""
        widths = self.labelled.teacher.widths
        if not self.rounds:
            shape = widths[1:-1], inputs_of(self.labelled.teacher)
        elif (found := next_shape(self.rounds, tolerance)) is None:
            return False
        else:
            shape = found
        self.enter(Round(*shape, outputs=widths[-1], met=False),
                   'audition' if len(self.rounds) else 'transfer')
        return True

    def enter(self, entered: Round, stage: str) -> None:
        """Begin a round at one of its stages."""
        self.rounds.append(entered)
        self.begun = self.steps
        self.go_on(stage)

    def note(self, **found: Any) -> None:
        """Write down what the present round found."""
        self.rounds[-1] = replace(self.now, **found)

    def go_on(self, stage: str | None) -> None:
        """Begin the next stage of the round, or end the round."""
        self.stage, self.inside = stage, None
        self.save()

    def save(self) -> None:
        """Write the search down; what comes after is done again when it is killed."""
        save_progress(self.file, {
            'rounds': [asdict(one) for one in self.rounds], 'steps': self.steps,
            'begun': self.begun, 'stage': self.stage, 'inside': self.inside,
            'states': self.labelled.states})
