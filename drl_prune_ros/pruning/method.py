# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
What a pruning method is: its settings, the network that it starts from, and how it runs.

A method is one class, in one module or folder under `methods/`, and one line in `registry.py`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import Enum
from pathlib import Path
from typing import Any, cast, ClassVar, Generic, TypeVar

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.evaluation.acceptance import acceptance
from drl_prune_ros.pruning.evaluation.compression import booked_compression
from drl_prune_ros.pruning.evaluation.reference import skill_reference
from drl_prune_ros.pruning.settings import SettingsBase
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.tasks.evaluation import Act, Episodes
from drl_prune_ros.tasks.skill import Reference
from drl_prune_ros.training.callbacks import Pruner
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.schedule import LearningRateSchedule
from drl_prune_ros.training.selection import confirm, Margin
from drl_prune_ros.training.settings import RESTART_SHARE, TrainSettings
from drl_prune_ros.training.train import train, TrainOptions
from drl_prune_ros.training.validation import held_out_episodes, validation_episodes

SettingsT = TypeVar('SettingsT', bound=SettingsBase)
OtherT = TypeVar('OtherT', bound=SettingsBase)

COMMON = ('total_steps', 'without')
"""What every method can be given, or checks by itself."""


class TeacherUse(Enum):
    """Whether a method starts from a dense policy."""

    NEEDED = 'needed'
    OPTIONAL = 'optional'
    NONE = 'none'


@dataclass(frozen=True)
class CliOverrides:
    """What was given on the command line; None where nothing was."""

    total_steps: int | None = None
    target_weights: int | None = None
    max_skill_loss: float | None = None
    prune_critics: bool | None = None
    without: tuple[str, ...] = ()
    sparsity: float | None = None
    block_sizes: tuple[int, ...] | None = None
    grouped: float | None = None

    def given(self) -> list[str]:
        """Return the options that were given, of those that not every method takes."""
        return [f'--{field.name.replace("_", "-")}' for field in fields(self)
                if field.name not in COMMON and getattr(self, field.name) is not None]

    def values(self) -> dict[str, Any]:
        """Return the settings that were given, by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)
                if field.name != 'without' and getattr(self, field.name) is not None}


@dataclass(frozen=True)
class RunContext(Generic[SettingsT]):
    """
    Everything that a method runs with; passed whole.

    run        folder of the run, which it writes to and resumes from
    task       what is learned
    train      settings of the learner, with the hidden widths of the initial network
    settings   the method's own
    seed       training seed
    reference  what skill is measured by; None where nothing asks for skill
    teacher    SB3 file of a dense policy to start from; None from scratch
    progress   whether to show progress bars
    """

    run: RunFolder
    task: Task
    train: TrainSettings
    settings: SettingsT
    seed: int
    reference: Reference | None = None
    teacher: Path | None = None
    progress: bool = True

    def with_settings(self, settings: OtherT, train: TrainSettings | None = None,
                      run: RunFolder | None = None) -> 'RunContext[OtherT]':
        """Return the same context for another method, learner or folder."""
        return RunContext(run or self.run, self.task, train or self.train, settings, self.seed,
                          self.reference, self.teacher, self.progress)

    def validate(self, act: Act) -> Episodes:
        """Play the validation episodes, the same seeds every time."""
        return validation_episodes(self.task, act, self.train)

    def validate_held_out(self, act: Act) -> Episodes:
        """Play held-out validation episodes, to confirm a choice."""
        return held_out_episodes(self.task, act, self.train)

    def acceptance(self, play: Callable[[Act], Episodes], max_skill_loss: float) -> Margin:
        """Return how far within the limits episodes of `play` are, see `acceptance`."""
        assert self.reference is not None
        return acceptance(skill_reference(self.reference, self.task, self.teacher, play),
                          max_skill_loss)

    def train_and_confirm(self, pruner: Pruner, max_skill_loss: float) -> None:
        """
        Train with `pruner`, from the teacher if there is one, or resume.

        The candidate that is left is the smallest within the limits on held-out episodes.
        """
        schedule = LearningRateSchedule(RESTART_SHARE if self.teacher else 1.0)
        margin = self.acceptance(self.validate, max_skill_loss)
        train(self.run, self.task, self.train, self.seed, pruner, TrainOptions(
            start=self.teacher, schedule=schedule, margin=margin, progress=self.progress))
        confirm(self.run, self.validate_held_out,
                self.acceptance(self.validate_held_out, max_skill_loss))


class Method(ABC, Generic[SettingsT]):
    """A pruning method, or a baseline; a name, settings and `run` are what it must define."""

    name: ClassVar[str]
    """What `--method` calls it."""
    settings_type: ClassVar[type[SettingsBase]]
    """The class of its settings."""
    teacher: ClassVar[TeacherUse] = TeacherUse.OPTIONAL
    """Whether it starts from a dense policy."""
    options: ClassVar[frozenset[str]] = frozenset()
    """Options of `drl-prune prune` that it takes beyond those that every method takes."""
    ablations: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """What `--without` can turn off; the ABLATIONS of its settings."""
    needs_reference: ClassVar[bool] = False
    """Whether it asks how skilled a policy is, also where it starts from scratch."""
    wider_limits: ClassVar[str] = 'a larger --target-weights'
    """What to give where no policy of a run was good enough."""

    def settings(self, task: Task, dense: TrainSettings, from_teacher: bool,
                 overrides: CliOverrides) -> SettingsT:
        """
        Return its settings: its own defaults, the catalogue's values, then what was given.

        :param dense: settings of the learner of the task's dense policy.
        :param from_teacher: whether a run starts from a dense policy.
        """
        entry = {'total_steps': steps_of(task, dense, from_teacher),
                 **task.prune.get(self.name, {})}
        settings = self.settings_type.from_dict(entry, **overrides.values())
        return cast(SettingsT, settings.without(overrides.without))

    def initial_network(self, task: Task, dense: TrainSettings,
                        settings: SettingsT) -> TrainSettings:
        """
        Return the learner's settings, with the network that it starts to train; the dense one.

        :raises DrlPruneError: its target cannot be reached.
        """
        return dense

    @abstractmethod
    def run(self, context: RunContext[SettingsT]) -> None:
        """
        Train and prune, or resume from the last checkpoint of `context.run`.

        In the end `context.run.best` holds one candidate, the policy to deploy.
        """

    def compression(self, run: RunFolder) -> dict[str, Any] | None:
        """Return the compression while training of a run that has ended; None if not booked."""
        return booked_compression(run)

    def run_name(self, from_teacher: bool, without: tuple[str, ...] = ()) -> str:
        """Return what tables call a run of it."""
        started = from_teacher and self.teacher is TeacherUse.OPTIONAL
        return '-without-'.join([f'{self.name}-teacher' if started else self.name, *without])

    def check_use(self, from_teacher: bool, overrides: CliOverrides) -> None:
        """Raise DrlPruneError if the teacher is missing, or something is given for nothing."""
        for part in overrides.without:
            if part not in self.ablations:
                can = (f'choose from {", ".join(self.ablations)}' if self.ablations
                       else 'leave it out')
                raise DrlPruneError(f'{self.name} has no use for --without {part}: {can}')
        if unknown := [option for option in overrides.given() if option not in self.options]:
            raise DrlPruneError(f'{self.name} has no use for {unknown[0]}: leave it out')
        if self.teacher is TeacherUse.NEEDED and not from_teacher:
            raise DrlPruneError(f'{self.name} needs a teacher: give --teacher RUN, a dense run, '
                                'a policy file, or a model that Stable-Baselines3 saved')
        if self.teacher is TeacherUse.NONE and from_teacher:
            raise DrlPruneError(f'{self.name} trains from scratch: leave --teacher out')


def steps_of(task: Task, dense: TrainSettings, from_teacher: bool) -> int:
    """
    Return the environment steps of a run of any method, where nothing else was given.

    Those are the steps of `dsp-teacher`, or as many as the dense policy has where the catalogue
    does not know the task. The steps of the dense policy lie behind a run that starts from it, and
    are added where a run starts from nothing.
    """
    own: int = task.prune.get('dsp-teacher', {}).get('total_steps', dense.total_steps)
    return own if from_teacher else dense.total_steps + own


def entry_of(task: Task, dense: TrainSettings, from_teacher: bool, name: str) -> dict[str, Any]:
    """
    Return the settings of the method `name` in the catalogue, or else the target of DSP.

    A task without any has no target.
    """
    entry: dict[str, Any] = {'total_steps': steps_of(task, dense, from_teacher)}
    if own := task.prune.get(name):
        return entry | own
    model = task.prune.get('dsp-teacher') or task.prune.get('dsp') or {}
    if 'target_weights' in model:
        entry['target_weights'] = model['target_weights']
    return entry


def with_target(values: dict[str, Any], overrides: CliOverrides) -> dict[str, Any]:
    """Return `values` with the steps and the target that were given; a target must be there."""
    for name in ('total_steps', 'target_weights'):
        if getattr(overrides, name) is not None:
            values[name] = getattr(overrides, name)
    if 'target_weights' not in values:
        raise DrlPruneError('the catalogue has no target for this task: give --target-weights')
    return values


def require_prunable_critics(dense: TrainSettings) -> None:
    """Raise DrlPruneError if the learner has no critic beside the deployed network."""
    if dense.algo == 'dqn':
        raise DrlPruneError('DQN has no critic beside the network that is actions: leave '
                            '--prune-critics out')
