# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Distillation into a small network, and through a kill."""

from collections.abc import Callable
import json
from pathlib import Path
from typing import Any

import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning import method as method_module
from drl_prune_ros.pruning.distillation.distiller import Distillation
from drl_prune_ros.pruning.methods import distilled
from drl_prune_ros.training.run_folder import RunFolder

STEPS = 2048
"""What `prune` asks for."""


def result_of(run: RunFolder) -> dict[str, Any]:
    return json.loads((run.path / 'result.json').read_text())


def test_students_play_as_many_validation_episodes_as_their_method_asks_for(
        prune: Callable[..., RunFolder], monkeypatch: pytest.MonkeyPatch) -> None:
    played, play = [], method_module.validation_episodes

    def counted(*asked: Any) -> Any:
        played.append(play(*asked))
        return played[-1]
    monkeypatch.setattr(method_module, 'validation_episodes', counted)
    prune('distilled')
    assert {len(episodes) for episodes in played} == {7}, 'as in BRIEF_METHODS'
    with pytest.raises(DrlPruneError, match='validation_episodes must be at least 1'):
        distilled.DistilledSettings(STEPS, validation_episodes=0)


@pytest.mark.parametrize('turns', [2, 6])
def test_a_killed_distillation_goes_on(
        turns: int, prune: Callable[..., RunFolder], monkeypatch: pytest.MonkeyPatch) -> None:
    turn, taken = Distillation.turn, []

    def killed(distillation: Distillation) -> tuple[int, float]:
        if len(taken) == turns:
            raise KeyboardInterrupt
        taken.append(distillation.turns_done)
        return turn(distillation)

    def train_killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Distillation, 'turn', killed)
        patch.setattr('drl_prune_ros.pruning.methods.distilled.train', train_killed)
        with pytest.raises(AssertionError):
            prune('distilled+ft')
    assert not Path('run/result.json').exists()
    with monkeypatch.context() as patch:
        patch.setattr(Distillation, 'turn', lambda self: (taken.append(self.turns_done),
                                                          turn(self))[1])
        run = prune('distilled+ft', '--resume')
    assert taken == list(range(6)), 'no turn twice, none left out'
    steps = [row['step'] for row in run.metrics() if 'validation_return' in row]
    assert steps == sorted(steps)
    assert result_of(run)['cost']['environment_steps'] >= 1000 + STEPS
