# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
What a run measures skill by, where the catalogue has no figures: its own floor and its teacher.

Both are played once on the validation episodes, before the run starts, and kept in its folder, so
that a resumed run measures by the same figures.
"""

from collections.abc import Callable
from dataclasses import asdict, replace
import json
from pathlib import Path

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.files import write_atomically
from drl_prune_ros.tasks.catalogue import BATCHED, load_seeds, Task, task_names
from drl_prune_ros.tasks.evaluation import Act, Episodes
from drl_prune_ros.tasks.floor import baseline_policies
from drl_prune_ros.tasks.skill import (
    figures_of,
    find_reference,
    load_reference,
    Reference,
    require_clear,
)
from drl_prune_ros.training.learner import load_model, without_schedules
from drl_prune_ros.training.model_file import statistics_in
from drl_prune_ros.training.networks.greedy_policy import greedy
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.settings import TrainSettings
from drl_prune_ros.training.validation import validation_episodes

FILE = 'reference.json'
VERSION = 1


def reference_for(folder: Path, task: Task, settings: TrainSettings,
                  teacher: Path | None, teacher_steps: int | None = None) -> Reference:
    """
    Return what the run in `folder` measures skill by; without a dense policy it is refused.

    That is what the folder holds, what the catalogue says, or else what the teacher does now.

    :param teacher_steps: environment steps of the teacher's whole run.
    """
    known = own_reference(folder) or find_reference(task.id, task.engine)
    if known:
        return known
    if teacher:
        return measure(task, settings, teacher, teacher_steps)
    if task.id in task_names() and task.vehicle is None:
        return load_reference(task.id, task.engine)   # says what to do
    raise DrlPruneError(
        f'no dense policy to measure the skill on {task.id} by: run drl-prune train {task.id}, '
        f'then drl-prune prune {task.id} --teacher RUN with the folder it wrote')


def measure(task: Task, settings: TrainSettings, teacher: Path,
            steps: int | None) -> Reference:
    """Play validation episodes with every baseline policy and with the SB3 file `teacher`."""
    played = validation_episodes(task, act_of(teacher, task), settings)
    baseline = baseline_policies(
        task, task.engine, load_seeds()['validation'].first, len(played))[0]
    dense, floor = figures_of(played), figures_of(baseline.episodes)
    require_clear(str(teacher), task.id, baseline.name, floor, dense)
    return Reference(
        task=task.id, engine=task.engine, floor=floor['return_mean'], floor_policy=baseline.name,
        floor_crash_rate=floor['crash_rate'], floor_speed=floor['speed_mean'],
        dense=dense['return_mean'], dense_error=dense['return_error'],
        dense_crash_rate=dense['crash_rate'], dense_episodes=dense['episodes'],
        dense_steps=steps)


def act_of(teacher: Path, task: Task) -> Act:
    """Return the greedy policy of the SB3 file `teacher`."""
    model = load_model(teacher, custom_objects=without_schedules())
    return greedy(model, statistics_in(teacher))


def skill_reference(reference: Reference, task: Task, teacher: Path | None,
                   play: Callable[[Act], Episodes]) -> Reference:
    """
    Return `reference` with what the SB3 file `teacher` does in the episodes of `play`.

    A slow engine plays few episodes, whose traffic differs more than the policies do: one that
    is to be as good as the teacher is held against it in the same ones. The floor moves along,
    which keeps what a skill of 1 is worth: a teacher below the floor would turn it upside down.
    A batched engine plays so many that the catalogue's figures serve, as without a teacher.
    """
    if teacher is None or task.engine in BATCHED:
        return reference
    figures = figures_of(play(act_of(teacher, task)))
    dense = figures['return_mean']
    return replace(
        reference, floor=reference.floor + dense - reference.dense, dense=dense,
        dense_error=figures['return_error'], dense_crash_rate=figures['crash_rate'],
        dense_episodes=figures['episodes'])


def keep_reference(run: RunFolder, reference: Reference) -> None:
    """Write `reference` into the folder of `run`, unless the catalogue has it."""
    file = run.path / FILE
    if not file.exists() and find_reference(reference.task, reference.engine) is None:
        content = {'version': VERSION, **asdict(reference)}
        write_atomically(file, (json.dumps(content, indent=1) + '\n').encode())


def own_reference(folder: Path) -> Reference | None:
    """Return the figures that a run measured itself, None where there are none."""
    file = folder / FILE
    if not file.is_file():
        return None
    try:
        content = json.loads(file.read_text())
        version = content.pop('version')
        if version == VERSION:
            return Reference(**content)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise DrlPruneError(f'{file} is damaged: start a new run') from None
    raise DrlPruneError(f'{file} has version {version}, this program reads {VERSION}: use the '
                        'release that wrote it')
