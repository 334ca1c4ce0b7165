# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A search starts with what the teacher reads, and goes on from its file."""

from collections.abc import Callable
from pathlib import Path

import pytest
from stable_baselines3.common.base_class import BaseAlgorithm
import torch

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.methods.pops.search import Search, Stage
from drl_prune_ros.pruning.resume_file import load_progress, save_progress
from drl_prune_ros.training.networks.mlp import actor_of


def test_students_read_no_more_than_their_teacher(
        make_model: Callable[..., BaseAlgorithm], tmp_path: Path) -> None:
    teacher = actor_of(make_model('ppo'))
    with torch.no_grad():
        teacher.linears[0].weight[:, 1] = 0.0
    search = Search(tmp_path / 'search.pt', teacher)
    assert search.next_round(0.05)
    assert search.now.inputs == tuple(i for i in range(teacher.widths[0]) if i != 1)
    assert search.now.hidden == teacher.widths[1:-1]


def test_a_search_goes_on_from_its_file(
        make_model: Callable[..., BaseAlgorithm], tmp_path: Path) -> None:
    teacher = actor_of(make_model('ppo'))
    search = Search(tmp_path / 'search.pt', teacher)
    search.next_round(0.05)
    search.dataset.add(torch.randn(7, teacher.widths[0]))
    search.steps = 7
    search.note(met=True, left=(5, 5, 5))
    search.go_on(Stage.PRUNE)
    again = Search(tmp_path / 'search.pt', teacher)
    assert (again.rounds, again.steps, again.stage) == (search.rounds, 7, Stage.PRUNE)
    assert torch.equal(again.dataset.states, search.dataset.states)
    drawn = torch.rand(3)
    again.restore_random()
    assert torch.equal(torch.rand(3), drawn)


def test_a_search_of_an_earlier_version_is_refused_in_one_line(
        make_model: Callable[..., BaseAlgorithm], tmp_path: Path) -> None:
    teacher = actor_of(make_model('ppo'))
    file = tmp_path / 'search.pt'
    Search(file, teacher).next_round(0.05)
    state = load_progress(file)
    assert state
    del state['version']
    save_progress(file, state)
    with pytest.raises(DrlPruneError, match='of an earlier version: start a new run') as refused:
        Search(file, teacher)
    assert '\n' not in str(refused.value)
