# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Baselines that take whole neurons by norm or at random."""

from collections.abc import Callable
from itertools import pairwise
import json
from typing import Any

import pytest

from drl_prune_ros.pruning.method import CliOverrides
from drl_prune_ros.pruning.registry import methods
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.settings import train_settings


def result_of(run: RunFolder) -> dict[str, Any]:
    return json.loads((run.path / 'result.json').read_text())


@pytest.mark.parametrize('importance', ['magnitude', 'random'])
@pytest.mark.parametrize('from_teacher', [True, False])
def test_neuron_baselines_are_dsp_without_what_heals(importance: str, from_teacher: bool) -> None:
    task = load_task('CartPole-v1')
    dense = train_settings(task.train)
    plan = methods()[f'{importance}-neurons'].settings(task, dense, from_teacher, CliOverrides())
    assert plan.importance == importance
    assert plan.rollback is None
    assert not (plan.strength or plan.reconstruction or plan.distillation_steps
                or plan.teacher_regularization or plan.regrowth)
    assert plan.ramp == ((0.0, 0.75) if from_teacher else (0.2, 0.75))


@pytest.mark.parametrize('method', ['magnitude-neurons', 'random-neurons'])
def test_neurons_leave_by_norm_or_at_random(method: str, prune: Callable[..., RunFolder]) -> None:
    # Nothing is decided before 2,048 states have been seen.
    run = prune(method, '--target-weights', '60', '--max-skill-loss', '0.99', '--steps', '6144')
    result = result_of(run)
    assert result['weights'] == sum(a * b for a, b in pairwise(result['widths'])) < 352
    assert [row for row in run.metrics() if 'decision' in row]
