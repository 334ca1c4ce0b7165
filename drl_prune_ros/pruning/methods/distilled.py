# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The baselines that start small and are distilled: `distilled`, `distilled+ft` and `linear`.

    distill the teacher into several students of the target size, half of which leave each round
    evaluate them on validation episodes in the last rounds
    fine-tune: the learner goes on with the best of them as its actor, and the teacher's critic,
               at a learning rate that falls to 0, for the rest of the steps
    confirm the best policy of the run on held-out seeds
"""

from dataclasses import dataclass, field, replace
import time
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm
from tqdm import tqdm

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.distillation.dataset import DistillationDataset
from drl_prune_ros.pruning.distillation.distiller import Distillation, DistillationSettings
from drl_prune_ros.pruning.distillation.session import distillation_session
from drl_prune_ros.pruning.method import (
    CliOverrides,
    entry_of,
    Method,
    RunContext,
    TeacherUse,
    with_target,
)
from drl_prune_ros.pruning.resume_file import (
    drop_progress,
    load_progress,
    restore_random_states,
    save_progress,
)
from drl_prune_ros.pruning.settings import SettingsBase
from drl_prune_ros.pruning.widths import small_network
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.training.checkpoint import (
    drop_later_checkpoints,
    latest_checkpoint,
    load_checkpoint,
    save_checkpoint,
)
from drl_prune_ros.training.learner import load_model, without_schedules
from drl_prune_ros.training.networks.greedy_policy import greedy
from drl_prune_ros.training.networks.mlp import actor_of
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.schedule import LearningRateSchedule
from drl_prune_ros.training.selection import candidates, keep_best, save_candidate
from drl_prune_ros.training.settings import RESTART_SHARE, TrainSettings
from drl_prune_ros.training.start import set_actor
from drl_prune_ros.training.train import environment_seed, state_at, train, TrainOptions
from drl_prune_ros.training.validation import confirm_smallest

EVALUATED_ROUNDS = 3
"""Rounds at the end of a distillation in which students are evaluated; three, as fine-tuning
starts from the best of them."""
DISTILLATION = 'distillation.pt'


@dataclass(frozen=True)
class DistilledSettings(SettingsBase):
    """Settings of a small network that is distilled."""

    LABEL = 'distillation settings'

    total_steps: int
    """Environment steps of the run, those of the distillation included."""
    target_weights: int | None = None
    """Weights of the student, at most; None for a linear one."""
    distillation: DistillationSettings = field(default_factory=DistillationSettings)
    """How the teacher is distilled."""
    fine_tune: bool = True
    """Whether the learner goes on with the best student."""
    distilled_share: float = 0.3
    """Part of the steps that the distillation may take where fine-tuning follows."""
    rate_at_start: float = RESTART_SHARE
    """Share of the learning rate that fine-tuning starts with."""
    validation_episodes: int | None = None
    """Validation episodes of a student; as many as of a checkpoint by default."""

    def check(self) -> None:
        """Raise DrlPruneError if students would be validated by nothing."""
        if self.validation_episodes is not None and self.validation_episodes < 1:
            raise DrlPruneError('distillation settings: validation_episodes must be at least 1, '
                                f'got {self.validation_episodes}')

    @property
    def states(self) -> int:
        """Environment steps of the distillation."""
        share = self.distilled_share if self.fine_tune else 1.0
        return min(self.distillation.states, round(share * self.total_steps))


class DistilledFineTuned(Method[DistilledSettings]):
    """Distill the teacher into a small network, and fine-tune it."""

    name = 'distilled+ft'
    teacher = TeacherUse.NEEDED
    options = frozenset({'--target-weights'})

    def settings(self, task: Task, dense: TrainSettings, from_teacher: bool,
                 overrides: CliOverrides) -> DistilledSettings:
        """Return the catalogue's settings, or the target of DSP."""
        return DistilledSettings.from_dict(
            with_target(entry_of(task, dense, from_teacher, self.name), overrides))

    def initial_network(self, task: Task, dense: TrainSettings,
                        settings: DistilledSettings) -> TrainSettings:
        """Return a dense network of the target size."""
        return small_network(task, dense, settings.target_weights)

    def run(self, context: RunContext[DistilledSettings]) -> None:
        """Distill, fine-tune where the settings say so, and keep the best on held-out episodes."""
        teach(context)


class Distilled(DistilledFineTuned):
    """Distill the teacher into a small network, and leave it at that."""

    name = 'distilled'

    def settings(self, task: Task, dense: TrainSettings, from_teacher: bool,
                 overrides: CliOverrides) -> DistilledSettings:
        """Return the same without fine-tuning."""
        return replace(super().settings(task, dense, from_teacher, overrides), fine_tune=False)


class Linear(DistilledFineTuned):
    """Distill the teacher into a linear policy, and fine-tune it."""

    name = 'linear'
    options = frozenset()
    wider_limits = 'another --method'

    def settings(self, task: Task, dense: TrainSettings, from_teacher: bool,
                 overrides: CliOverrides) -> DistilledSettings:
        """Return the catalogue's settings, without a target."""
        values = {**entry_of(task, dense, from_teacher, self.name), 'target_weights': None}
        return DistilledSettings.from_dict(values, total_steps=overrides.total_steps)


def teach(context: RunContext[DistilledSettings]) -> None:
    """
    Distill the teacher into a network of the hidden widths in `context.train`, and fine-tune it.

    Resumes where the run was killed: inside the distillation after its last round.
    """
    run, settings = context.run, context.settings
    context = replace(context, train=context.train.with_validation_episodes(
        settings.validation_episodes))
    if latest_checkpoint(run.checkpoints) is None:
        _distill(context)
    if settings.fine_tune:
        train(run, context.task, context.train, context.seed, options=TrainOptions(
            schedule=LearningRateSchedule(settings.rate_at_start), progress=context.progress))
    confirm_smallest(run, context.task, context.train)


def _distill(context: RunContext[DistilledSettings]) -> None:
    """Fill `run.best` with evaluated students, and write the checkpoint to fine-tune from."""
    run, settings = context.run, context.settings
    assert context.teacher is not None
    file = run.path / DISTILLATION
    state = load_progress(file)
    steps_done = state['distillation']['steps_done'] if state else 0
    drop_later_checkpoints(run.best, steps_done)
    first_seed = environment_seed(context.seed, steps_done)
    with distillation_session(context, first_seed, settings.rate_at_start) as session:
        trained = load_model(context.teacher, custom_objects=without_schedules())
        dataset = DistillationDataset(actor_of(trained), settings.distillation.temperature)
        distillation = Distillation(dataset, context.train.hidden, session.collector,
                                    settings.states, settings.distillation)
        if state:
            dataset.add(state['states'])
            distillation.set_state(state['distillation'])
            restore_random_states(state)
        with tqdm(total=distillation.turns, initial=distillation.turns_done, unit='turn',
                  disable=not context.progress) as bar:
            while not distillation.done:
                _turn(context, session.model, distillation)
                bar.update()
                if distillation.between_rounds:
                    save_progress(file, {'distillation': distillation.state(),
                                         'states': dataset.states})
                    # Only now: a kill before this leaves the candidates that the file knows of.
                    keep_best(run.best)
        if settings.fine_tune:
            if session.normalizer:
                session.normalizer.training = True
            _hand_over(run, context.train, session.model, distillation.steps_done,
                       session.untrained_critic)
            drop_progress(file)   # the checkpoint has come instead


def _turn(context: RunContext[DistilledSettings], model: BaseAlgorithm,
          distillation: Distillation) -> None:
    """Train one student for a turn, and evaluate it in the last rounds."""
    run = context.run
    started = time.monotonic()
    final_rounds = distillation.round >= distillation.settings.rounds - EVALUATED_ROUNDS
    index, divergence = distillation.turn()
    figures: dict[str, Any] = {'step': distillation.steps_done, 'student': index,
                               'divergence': divergence}
    if final_rounds:
        set_actor(model, distillation.students[index])
        episodes = context.validate(greedy(model))
        save_candidate(run.best / f'{distillation.steps_done:012d}', model, episodes)
        figures |= {'validation_return': episodes.return_mean,
                    'validation_speed': episodes.speed_mean,
                    'validation_crash_rate': episodes.crash_rate}
    run.log(**figures, seconds_since_last=round(time.monotonic() - started, 3))


def _hand_over(run: RunFolder, settings: TrainSettings, model: BaseAlgorithm,
               steps: int, untrained_critic: bool) -> None:
    """Write the checkpoint of a learner whose actor is the best student, for `train` to go on."""
    best = max(candidates(run.best), key=lambda one: one.return_mean)
    set_actor(model, actor_of(load_checkpoint(best.path)))
    model.num_timesteps = steps
    if isinstance(model, OffPolicyAlgorithm):
        # Its replay buffer is empty still.
        model.learning_starts += steps
    save_checkpoint(run.checkpoints / f'{steps:012d}', model, state_at(
        steps, settings, untrained_critic))
