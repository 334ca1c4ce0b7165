# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a teacher does is told before anything is pruned from it."""

from dataclasses import replace
from pathlib import Path

import gymnasium
import pytest
from stable_baselines3 import DQN, PPO

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.pruning.evaluation import teacher_figure
from drl_prune_ros.pruning.evaluation.teacher_figure import tell_teacher
from drl_prune_ros.resources import models_dir
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.tasks.skill import load_reference
from drl_prune_ros.training.policy_teacher import write_teacher

FAST = load_task('highway-fast-v0')
REFERENCE = load_reference('highway-fast-v0', FAST.engine)


@pytest.mark.reaction('teacher figure', 'a teacher as good as the dense policy',
                      'return and crashes are told beside floor and dense')
def test_a_good_teacher_is_told_in_one_line(
        tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    teacher = write_teacher(
        read_policy(models_dir() / 'highway-fast-v0-dense.onnx'), FAST, None, tmp_path)
    tell_teacher(teacher, 'dense.onnx', FAST, REFERENCE)
    said = capsys.readouterr().err
    assert said.count('\n') == 1
    assert 'dense.onnx returns 23.' in said and '(100 validation episodes), crashes ' in said
    assert 'floor 20.78, dense 23.32, crashes 1.4%' in said


@pytest.mark.reaction('teacher figure', 'a teacher far below the dense policy of the catalogue',
                      'a warning with its skill, and the crashes that it adds')
def test_a_weak_teacher_is_warned_of(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    teacher = write_teacher(
        read_policy(models_dir() / 'highway-fast-v0-dense.onnx'), FAST, None, tmp_path)
    tell_teacher(teacher, 'it', FAST, replace(REFERENCE, dense=30.0, dense_crash_rate=-0.5))
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert 'warning: the teacher has a skill of 0.' in said[1]
    assert 'points more than dense' in said[1]


@pytest.mark.reaction('teacher figure', 'a teacher below the floor', 'refused before the run')
def test_a_teacher_below_the_floor_is_refused(tmp_path: Path) -> None:
    model = DQN('MlpPolicy', gymnasium.make('CartPole-v1'), buffer_size=10, seed=1)
    model.save(tmp_path / 'model.zip')
    task = load_task('CartPole-v1')
    with pytest.raises(DrlPruneError, match="below 'uniform random', which does not look: train"):
        tell_teacher(tmp_path / 'model.zip', 'it', task, load_reference(task.id, task.engine))


@pytest.mark.reaction('teacher figure', 'a slow environment',
                      'fewer episodes: a few seconds, which the line says')
def test_a_slow_environment_plays_few_episodes(
        tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teacher_figure, 'PATIENCE_S', 0.0)
    PPO('MlpPolicy', gymnasium.make('Pendulum-v1'), seed=1).save(tmp_path / 'model.zip')
    task = load_task('Pendulum-v1')
    tell_teacher(tmp_path / 'model.zip', 'it', task, replace(
        REFERENCE, task=task.id, floor=-9000.0, dense=-100.0, dense_crash_rate=None))
    assert '(5 validation episodes); floor -9000.00, dense -100.00' in capsys.readouterr().err
