# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The baselines that start small and are taught: `distilled`, `distilled+ft` and `linear`.

    distil the teacher into several students of the target size, half of which leave each round
    judge them on validation episodes in the last rounds
    fine-tune: the learner goes on with the best of them as its actor, and the teacher's critic,
               at a learning rate that falls to 0, for the rest of the steps
    confirm the best policy of the run on held-out seeds
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
import time
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm
from tqdm import tqdm

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.distillation.dataset import LabelledStates
from drl_prune_ros.pruning.distillation.distiller import Distillation, DistillationSettings
from drl_prune_ros.pruning.distillation.session import classroom
from drl_prune_ros.pruning.resume_file import go_on_from, load_progress, save_progress
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
from drl_prune_ros.training.validation import confirm_smallest, validation_episodes

JUDGED_ROUNDS = 3
"""Rounds at the end of a distillation in which students are judged."""
DISTILLATION = 'distillation.pt'


@dataclass(frozen=True)
class DistilledSettings:
    """Settings of a small network that is taught."""

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
    """Episodes that judge a student; as many as judge a checkpoint by default."""

    def __post_init__(self) -> None:
        """Refuse to judge by nothing."""
        if self.validation_episodes is not None and self.validation_episodes < 1:
            raise DrlPruneError('distillation settings: validation_episodes must be at least 1, '
                                f'got {self.validation_episodes}')

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any], **overrides: Any) -> 'DistilledSettings':
        """Read settings from a mapping; an unknown name is refused by name."""
        values = {**entry, **{name: v for name, v in overrides.items() if v is not None}}
        try:
            values['distillation'] = DistillationSettings(**values.get('distillation', {}))
            return cls(**values)
        except TypeError as error:
            raise DrlPruneError(f'distillation settings: {error}') from None

    @property
    def states(self) -> int:
        """Environment steps of the distillation."""
        share = self.distilled_share if self.fine_tune else 1.0
        return min(self.distillation.states, round(share * self.total_steps))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for YAML and JSON."""
        return asdict(self)


def teach(run: RunFolder, task: Task, settings: TrainSettings, plan: DistilledSettings,
          seed: int, teacher: Path, progress: bool = True) -> None:
    """
    Distil `teacher` into a network of the hidden widths in `settings`, and fine-tune it.

    Goes on from where the run was killed: inside the distillation after its last round.

    :param teacher: SB3 file of the dense policy.
    """
    settings = settings.with_validation_episodes(plan.validation_episodes)
    if latest_checkpoint(run.checkpoints) is None:
        _distil(run, task, settings, plan, seed, teacher, progress)
    if plan.fine_tune:
        train(run, task, settings, seed, options=TrainOptions(
            schedule=LearningRateSchedule(start=plan.rate_at_start), progress=progress))
    confirm_smallest(run, task, settings)


def _distil(run: RunFolder, task: Task, settings: TrainSettings, plan: DistilledSettings,
            seed: int, teacher: Path, progress: bool) -> None:
    """Fill `run.best` with judged students, and write the checkpoint to fine-tune from."""
    file = run.path / DISTILLATION
    state = load_progress(file)
    steps_done = state['distillation']['steps_done'] if state else 0
    drop_later_checkpoints(run.best, steps_done)
    first_seed = environment_seed(seed, steps_done)
    with classroom(teacher, task, settings, seed, first_seed, plan.rate_at_start) as room:
        trained = load_model(teacher, custom_objects=without_schedules())
        labelled = LabelledStates(actor_of(trained), plan.distillation.temperature)
        distillation = Distillation(
            labelled, settings.hidden, room.play, plan.states, plan.distillation)
        if state:
            labelled.add(state['states'])
            distillation.set_state(state['distillation'])
            go_on_from(state)
        with tqdm(total=distillation.turns, initial=distillation.turns_done, unit='turn',
                  disable=not progress) as bar:
            while not distillation.done:
                _turn(run, task, settings, room.model, distillation)
                bar.update()
                if distillation.between_rounds:
                    save_progress(file, {'distillation': distillation.state(),
                                         'states': labelled.states})
                    # Only now: a kill before this leaves the candidates that the file knows of.
                    keep_best(run.best)
        if plan.fine_tune:
            if room.normalizer:
                room.normalizer.training = True
            _hand_over(run, settings, room.model, distillation.steps_done, room.untrained_critic)
            file.unlink()   # the checkpoint has come instead


def _turn(run: RunFolder, task: Task, settings: TrainSettings, model: BaseAlgorithm,
          distillation: Distillation) -> None:
    """Let one student learn, and judge it if the end is near."""
    started = time.monotonic()
    final_rounds = distillation.round >= distillation.settings.rounds - JUDGED_ROUNDS
    index, apart = distillation.turn()
    figures: dict[str, Any] = {'step': distillation.steps_done, 'student': index,
                               'divergence': apart}
    if final_rounds:
        set_actor(model, distillation.students[index])
        episodes = validation_episodes(task, greedy(model), settings)
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
