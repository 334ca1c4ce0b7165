# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The first of a round is evaluated on held-out episodes before it counts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stable_baselines3.common.base_class import BaseAlgorithm

from drl_prune_ros.pruning import method
from drl_prune_ros.pruning.method import RunContext
from drl_prune_ros.pruning.methods.pops import objective
from drl_prune_ros.pruning.methods.pops.objective import Objective
from drl_prune_ros.pruning.methods.pops.settings import PopsSettings
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.tasks.evaluation import Episodes
from drl_prune_ros.tasks.skill import Reference
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.selection import Candidate, save_candidate
from drl_prune_ros.training.settings import train_settings

REFERENCE = Reference('CartPole-v1', 'envpool', 0.0, 'constant', None, None, 500.0, 0.0, None, 10,
                      1000)
"""The objective is a return of 400: a skill of 0.8."""


def episodes(returned: float) -> Episodes:
    returns = np.full(10, returned)
    return Episodes('CartPole-v1', 'envpool', np.arange(10), returns, returns.astype(int),
                    None, None)


@pytest.fixture
def make_round(tmp_path: Path, make_model: Callable[..., BaseAlgorithm],
               monkeypatch: pytest.MonkeyPatch) -> Callable[..., Objective]:
    """Return a maker of rounds, from each student's validation and held-out returns."""
    task = load_task('CartPole-v1')
    run = RunFolder.create(tmp_path / 'run', {'task': task.id}, 1)
    context = RunContext(run, task, train_settings(task.train), PopsSettings(
        100_000, max_skill_loss=0.2), 1, REFERENCE, tmp_path / 'none')

    def make(*students: tuple[float, float]) -> Objective:
        students_objective = Objective(context)
        for step, (validated, _) in enumerate(students):
            save_candidate(run.best / f'{step:012d}', make_model('ppo'), episodes(validated),
                           students_objective.margin)
        held_out = {validated: again for validated, again in students}
        # A student is known by its validation return, which no two have in common.
        monkeypatch.setattr(objective, 'act_of', lambda path: Candidate.read(path).return_mean)
        monkeypatch.setattr(
            method, 'held_out_episodes',
            lambda task, act, settings: played.append(act) or episodes(held_out[act]))
        return students_objective

    played: list[Any] = []
    make.played = played   # type: ignore[attr-defined]
    return make


@pytest.mark.parametrize(('students', 'best', 'played'), [
    ([(480, 450), (470, 460), (300, 500)], (1, 460), [480, 470]),
    ([(480, 350), (470, 420), (460, 430)], (2, 430), [480, 470, 460]),
    ([(480, 350), (390, 480)], (1, 390), [480]),
    ([(480, 350), (300, 480)], (0, 350), [480]),
    ([(390, 500), (380, 500)], (0, 390), [])])
def test_the_best_of_a_round_is_the_best_afresh(
        students: list[tuple[float, float]], best: tuple[int, float], played: list[float],
        make_round: Callable[..., Objective]) -> None:
    students_objective = make_round(*students)
    found = students_objective.best_held_out(-1)
    assert (found.steps, found.return_mean) == best
    assert make_round.played == played   # type: ignore[attr-defined]
    assert students_objective.best_held_out(-1) == found, 'and nobody twice'
    assert make_round.played == played   # type: ignore[attr-defined]


def test_a_kill_between_two_looks_forgets_neither(make_round: Callable[..., Objective],
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    students_objective = make_round((480, 350), (470, 420))
    play = method.held_out_episodes

    def killed(task: Any, act: Any, settings: Any) -> Episodes:
        if act == 470:
            raise KeyboardInterrupt
        return play(task, act, settings)

    monkeypatch.setattr(method, 'held_out_episodes', killed)
    with pytest.raises(KeyboardInterrupt):
        students_objective.best_held_out(-1)
    monkeypatch.setattr(method, 'held_out_episodes', play)
    found = students_objective.best_held_out(-1)
    assert (found.steps, found.return_mean) == (1, 420)
    assert make_round.played == [480, 470]   # type: ignore[attr-defined]


def test_candidates_of_a_round_before_do_not_count(make_round: Callable[..., Objective]) -> None:
    students_objective = make_round((500, 490), (450, 440))
    assert students_objective.best_held_out(0).return_mean == 440
