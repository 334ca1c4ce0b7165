# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What skill is measured by where the catalogue has no figures: the run's teacher."""

from collections.abc import Callable
import dataclasses
from pathlib import Path

import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.evaluation import reference as reference_module
from drl_prune_ros.pruning.evaluation.reference import (
    keep_reference,
    own_reference,
    reference_for,
    skill_reference,
)
from drl_prune_ros.reporting.result import reference_of
from drl_prune_ros.tasks.catalogue import load_task, Task
from drl_prune_ros.tasks.evaluation import Act, Episodes, evaluate
from drl_prune_ros.tasks.skill import load_reference
from drl_prune_ros.tasks.vehicle import Vehicle
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.settings import train_settings, TrainSettings


@pytest.fixture
def unknown() -> Task:
    """Return CartPole under a name that the catalogue does not know."""
    return dataclasses.replace(load_task('CartPole-v1'), id='elsewhere:CartPole-v1')


@pytest.fixture
def settings() -> TrainSettings:
    return train_settings({}, 'ppo', hidden=[8, 8], validation_episodes=20)


def test_the_teacher_is_measured_once_and_kept(
        unknown: Task, settings: TrainSettings, cartpole_teacher: Callable[..., Path],
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = reference_for(tmp_path / 'run', unknown, settings, cartpole_teacher(), 1500)
    assert reference.dense_steps == 1500, 'of the whole run of the teacher'
    assert reference.dense > 150 and reference.floor < 60
    assert reference.dense_episodes == 20
    assert reference.skill(reference.dense) == 1.0
    run = RunFolder.create(tmp_path / 'run', {'task': unknown.id}, 1)
    keep_reference(run, reference)
    kept = (run.path / 'reference.json').read_bytes()
    monkeypatch.setattr(reference_module, 'measure', lambda *_: pytest.fail('measured again'))
    assert reference_for(run.path, unknown, settings, None) == reference == own_reference(run.path)
    keep_reference(run, dataclasses.replace(reference, dense=1.0))
    assert (run.path / 'reference.json').read_bytes() == kept
    result = {'task': unknown.id, 'reference': dataclasses.asdict(reference)}
    assert reference_of(result, 'envpool') == reference
    assert reference_of(result, 'gymnasium') is None


def test_the_catalogue_comes_before_the_teacher(
        settings: TrainSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference_module, 'measure', lambda *_: pytest.fail('measured'))
    task = load_task('CartPole-v1')
    reference = reference_for(tmp_path / 'run', task, settings, Path('model.zip'))
    assert reference.dense == 500.0
    keep_reference(RunFolder.create(tmp_path / 'run', {'task': task.id}, 1), reference)
    assert own_reference(tmp_path / 'run') is None


def test_a_teacher_at_the_floor_is_no_reference(
        unknown: Task, settings: TrainSettings, cartpole_teacher: Callable[..., Path],
        tmp_path: Path) -> None:
    with pytest.raises(DrlPruneError, match='train a policy that stands clearly above it'):
        reference_for(tmp_path, unknown, settings, cartpole_teacher(wits=0.0))


def test_without_a_teacher_it_says_what_to_run(
        unknown: Task, settings: TrainSettings, tmp_path: Path) -> None:
    with pytest.raises(DrlPruneError, match='drl-prune train elsewhere:CartPole-v1, then '
                                            'drl-prune prune elsewhere:CartPole-v1 --teacher'):
        reference_for(tmp_path, unknown, settings, None)
    bare = dataclasses.replace(load_task('CartPole-v1'), engines={'gymnasium': 'CartPole-v1'})
    with pytest.raises(DrlPruneError, match='drl-prune reference CartPole-v1'):
        reference_for(tmp_path, bare, settings, None)
    driven = load_task('highway-fast-v0').on(Vehicle('passenger_car'))
    with pytest.raises(DrlPruneError, match='drl-prune prune highway-fast-v0 --teacher RUN'):
        reference_for(tmp_path, driven, settings, None)


@pytest.mark.parametrize(('content', 'message'), [
    ('{', 'is damaged'), ('[]', 'is damaged'), ('{"version": 1, "floor": 2}', 'is damaged'),
    ('{"version": 9}', 'has version 9')])
def test_a_damaged_reference_is_refused(content: str, message: str, tmp_path: Path) -> None:
    (tmp_path / 'reference.json').write_text(content)
    with pytest.raises(DrlPruneError, match=message):
        own_reference(tmp_path)


def test_a_slow_engine_holds_a_policy_against_the_teacher_in_the_same_episodes(
        settings: TrainSettings, cartpole_teacher: Callable[..., Path]) -> None:
    task = load_task('CartPole-v1')
    slow = dataclasses.replace(task, engines={'gymnasium': 'CartPole-v1'})
    known = dataclasses.replace(load_reference('CartPole-v1', 'envpool'), dense=490.0)
    teacher = cartpole_teacher()
    played: list[Episodes] = []

    def play(act: Act) -> Episodes:
        played.append(evaluate(slow, act, 5, 3, 'gymnasium'))
        return played[-1]

    paired = skill_reference(known, slow, teacher, play)
    assert paired.dense == played[0].return_mean != known.dense
    assert paired.dense_episodes == 3
    assert paired.dense - paired.floor == pytest.approx(known.dense - known.floor)
    assert skill_reference(known, task, teacher, play) is known, 'EnvPool plays enough'
    assert skill_reference(known, slow, None, play) is known
    assert len(played) == 1


def test_beside_a_teacher_below_the_floor_less_is_not_more(
        cartpole_teacher: Callable[..., Path]) -> None:
    slow = dataclasses.replace(load_task('CartPole-v1'), engines={'gymnasium': 'CartPole-v1'})
    known = dataclasses.replace(load_reference('CartPole-v1', 'envpool'), floor=400.0)
    paired = skill_reference(known, slow, cartpole_teacher(wits=0.0),
                            lambda act: evaluate(slow, act, 5, 3, 'gymnasium'))
    assert paired.dense < known.floor
    assert paired.skill(paired.dense) == pytest.approx(1.0)
    assert paired.skill(paired.dense - 50.0) == pytest.approx(0.5)
