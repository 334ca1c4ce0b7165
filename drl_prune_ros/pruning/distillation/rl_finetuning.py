# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
A student that imitation did not bring far enough goes on learning from the environment.

A regularizer holds it to its teacher meanwhile, on the states that it visits, and fades: what the
student can do as the teacher does stays so, and the reward decides the rest. On its own, the
reward trades speed for fewer crashes, or the other way round.
"""

from collections.abc import Callable
from pathlib import Path
import shutil
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecNormalize

from drl_prune_ros.pruning.distillation.teacher import loss_scale, REGULARIZER_STATES, Teacher
from drl_prune_ros.pruning.method import RunContext
from drl_prune_ros.pruning.structured.input_masking import HoldInputs
from drl_prune_ros.pruning.structured.recent_states import RecentStates
from drl_prune_ros.training.checkpoint import latest_checkpoint, save_checkpoint
from drl_prune_ros.training.networks.mlp import MlpView
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.schedule import LearningRateSchedule
from drl_prune_ros.training.selection import Margin
from drl_prune_ros.training.train import state_at, train, TrainOptions

COUNT_HELD = 1e18
"""Observations for which statistics count that nothing moves any more."""


class TeacherRegularizer(HoldInputs):
    """
    Holds the student to its teacher besides, by a regularizer that fades to 0 over the run.

    :param teacher: the dense actor, which reads what the student reads.
    :param strength: of the regularizer at first, beside the learner's own loss; 0 for none.
    """

    def __init__(self, teacher: MlpView, strength: float) -> None:
        super().__init__()
        self.teacher = Teacher(teacher)
        self.strength = strength
        self.next_label = 0
        self.resumed: dict[str, Any] | None = None

    def _on_training_start(self) -> None:
        super()._on_training_start()
        self.states = RecentStates(self.model, self.actor.widths[0])
        if self.resumed:
            self.next_label = self.resumed['next_label']
            self.states.remembered = self.resumed['remembered']
            self.teacher.restore(self.resumed['labeled'])
        assert self.actor.optimizer is not None
        self.hooks.append(self.actor.optimizer.register_step_pre_hook(
            lambda *_: self.teacher.apply_regularizer(
                self.actor, self.strength * (1.0 - self.progress))))

    def _on_rollout_end(self) -> None:
        self.states.remember()

    def _on_rollout_start(self) -> None:
        if not self.strength or self.num_timesteps < self.next_label:
            return
        states = self.states.shuffled()[:REGULARIZER_STATES]
        if len(states):
            self.next_label = self.num_timesteps + len(states)
            self.teacher.label(states, loss_scale(self.model, self.actor, states))

    def state(self) -> dict[str, Any]:
        """Return what a resume needs to go on."""
        return {'next_label': self.next_label, 'remembered': self.states.remembered,
                'labeled': self.teacher.labeled()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Resume from `state` when training starts."""
        self.resumed = state


def hold_observations(normalizer: VecNormalize) -> None:
    """Update the statistics of rewards, and hold those of observations as the teacher's are."""
    normalizer.training = True
    if normalizer.norm_obs:
        rms: Any = normalizer.obs_rms
        rms.count = COUNT_HELD


def reinforce(context: RunContext[Any], path: Path, student: Callable[[], BaseAlgorithm],
              regularizer: TeacherRegularizer, rate: float, steps_before: int, margin: Margin,
              untrained_critic: bool = False) -> RunFolder:
    """
    Train a student in the run folder `path`, or go on with that; its candidates are in `best/`.

    :param context: its training settings have the student's hidden widths and steps.
    :param student: makes the learner, whose actor is the student, with the teacher's critics.
    :param regularizer: its teacher, and how strongly it is held to it.
    :param rate: share of the learning rate that it starts with; it falls to 0.
    :param steps_before: environment steps before, whose episodes are not met again.
    :param untrained_critic: whether the critics have learned nothing yet.
    """
    task, settings, seed = context.task, context.train, context.seed
    if (path / 'run.yaml').is_file() and latest_checkpoint(path / 'checkpoints'):
        run = RunFolder.open(path)
    else:
        shutil.rmtree(path, ignore_errors=True)
        run = RunFolder.create(path, {
            'task': task.id, 'method': context.run.config['method'],
            'train': settings.to_dict(), 'pruning': context.settings.to_dict()}, seed)
        model = student()
        if normalizer := model.get_vec_normalize_env():
            hold_observations(normalizer)
        save_checkpoint(run.checkpoints / f'{0:012d}', model, state_at(
            0, settings, untrained_critic))
    train(run, task, settings, seed, regularizer, TrainOptions(
        schedule=LearningRateSchedule(rate), margin=margin, steps_before=steps_before,
        progress=context.progress))
    return run
