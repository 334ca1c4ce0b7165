# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a run is started from and resumed with."""

import argparse
from pathlib import Path
from typing import Any

import pytest

from drl_prune_ros.cli.run_arguments import open_or_create, teacher_of
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.training.run_folder import RunFolder


def asked(**more: Any) -> argparse.Namespace:
    return argparse.Namespace(**{
        'run': None, 'seed': 1, 'resume': True, 'final_episodes': None, 'threads': None, **more})


@pytest.mark.parametrize('name', ['teacher', 'vehicle'])
def test_what_a_run_was_started_with_is_said_before_what_follows_from_it(
        name: str, tmp_path: Path) -> None:
    config = {'task': 'highway-fast-v0', 'train': {'total_steps': 30_000}}
    RunFolder.create(tmp_path / 'run', {**config, name: {'profile': 'passenger_car'}}, 1)
    with pytest.raises(DrlPruneError, match=f'was started with --{name}: give the same one'):
        open_or_create(asked(run=tmp_path / 'run'), {**config, 'train': {'total_steps': 9}}, '')


@pytest.mark.parametrize(('method', 'settings', 'refusal'), [
    ('dense', {}, 'has not ended'), ('fine-tuned', {}, 'has not ended'),
    ('dsp-teacher', {'pruning': {'total_steps': 9}},
     'is a run by dsp-teacher: give one by drl-prune train, or the policy file'),
])
def test_what_was_trained_is_a_teacher(
        method: str, settings: dict[str, Any], refusal: str, tmp_path: Path) -> None:
    RunFolder.create(tmp_path / 'run', {
        'task': 'CartPole-v1', 'method': method, 'train': {'total_steps': 9}, **settings}, 1)
    with pytest.raises(DrlPruneError, match=refusal):
        teacher_of(asked(teacher=tmp_path / 'run'), load_task('CartPole-v1'))
