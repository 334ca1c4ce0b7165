# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What could not be exported is told at the first checkpoint, not at the end."""

from pathlib import Path

import numpy as np
import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.parity import ParityError
from drl_prune_ros.tasks.catalogue import load_task, Task
from drl_prune_ros.training import export_check
from drl_prune_ros.training.export_check import ExportCheck
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.settings import train_settings
from drl_prune_ros.training.train import train


def run_of(folder: Path, task: Task) -> tuple[RunFolder, object]:
    settings = train_settings(task.train, 'ppo', total_steps=512, num_envs=2, n_steps=32,
                              batch_size=32, validations_per_run=4, validation_episodes=2)
    config = {'task': task.id, 'method': 'dense', 'train': settings.to_dict()}
    return RunFolder.create(folder, config, 1), settings


@pytest.mark.reaction('large numbers', 'what cannot be exported',
                      'the run ends at its first checkpoint, in one line')
def test_it_is_told_at_the_first_checkpoint(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ParityError('numpy and torch disagree')
    monkeypatch.setattr(export_check, 'export_actor', refuse)
    task = load_task('CartPole-v1')
    run, settings = run_of(tmp_path / 'run', task)
    with pytest.raises(DrlPruneError, match='cannot be exported, since numpy and torch') as said:
        train(run, task, settings, 1)
    assert '\n' not in str(said.value)
    assert max(row.get('step', 0) for row in run.metrics()) <= 192


def test_every_checkpoint_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[int] = []
    exact = ExportCheck.__call__

    def count(self: ExportCheck, model: object) -> None:
        checked.append(model.num_timesteps)
        exact(self, model)
    monkeypatch.setattr(ExportCheck, '__call__', count)
    task = load_task('CartPole-v1')
    run, settings = run_of(tmp_path / 'run', task)
    train(run, task, settings, 1)
    assert len(checked) >= 4 and checked[0] <= 192 and checked[-1] == 512


def test_observations_of_each_engine_are_raw() -> None:
    for name, size in (('CartPole-v1', 4), ('Pendulum-v1', 3), ('highway-fast-v0', 25)):
        task = load_task(name)
        seen = export_check.random_observations(task)
        assert seen.shape == (200, size) and seen.dtype == np.float32
