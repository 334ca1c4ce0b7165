# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Validate and write checkpoints every so many steps of a training run."""

from collections.abc import Callable
import time
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.tasks.evaluation import Act, Episodes
from drl_prune_ros.training.callbacks import BetweenUpdates, Pruner
from drl_prune_ros.training.checkpoint import (
    drop_old_checkpoints,
    latest_checkpoint,
    save_checkpoint,
)
from drl_prune_ros.training.critic_warmup import CriticWarmupCallback
from drl_prune_ros.training.networks.greedy_policy import greedy
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.selection import keep_best, Margin, mean_return, save_candidate

Evaluator = Callable[[Act], Episodes]
"""Plays the validation episodes of a task with a greedy policy."""


def callback_state(next_step: int, pruner: dict[str, Any],
                   critic_warmup: CriticWarmupCallback | None) -> dict[str, Any]:
    """
    Return the callbacks' state in a checkpoint.

    :param next_step: environment step of the next validation.
    :param pruner: state of the pruner, empty without one.
    """
    warmup = {'critic_warmup': critic_warmup.state()} if critic_warmup else {}
    return {'next_step': next_step, 'pruner': pruner, **warmup}


class EvalAndCheckpointCallback(BetweenUpdates):
    """
    Every `every_steps` steps: play the validation episodes, log them, and write a checkpoint.

    Add it before every callback that acts at the start of a rollout: a resumed run starts with
    that rollout, and what acted before the checkpoint would act twice. The best policies of every
    size are kept as candidates in `run.best`, see `selection`.

    :param evaluate: plays the validation episodes with a greedy policy.
    :param pruner: counts the weights of a policy; its state goes into the checkpoints. While it
        evaluates by itself, only checkpoints are written.
    :param margin: how good the episodes of a policy are.
    :param end_only: whether to validate at the end of the run alone, where nothing before it can
        be deployed.
    :param critic_warmup: its state goes into the checkpoints.
    :param check: raises where what is learned cannot be deployed, at every checkpoint.
    """

    def __init__(self, run: RunFolder, evaluate: Evaluator, every_steps: int,
                 pruner: Pruner | None = None,
                 margin: Margin = mean_return, end_only: bool = False,
                 critic_warmup: CriticWarmupCallback | None = None,
                 check: Callable[[BaseAlgorithm], None] | None = None) -> None:
        super().__init__()
        self.run = run
        self.evaluate = evaluate
        self.every_steps = every_steps
        self.pruner = pruner
        self.margin = margin
        self.end_only = end_only
        self.critic_warmup = critic_warmup
        self.check = check
        self.next_step = every_steps
        self._started = time.monotonic()

    def state(self) -> dict[str, Any]:
        """Return what a resume needs to continue."""
        return callback_state(self.next_step, self.pruner.state() if self.pruner else {},
                              self.critic_warmup)

    def set_state(self, state: dict[str, Any]) -> None:
        """Continue from `state`."""
        self.next_step = state['next_step']
        if self.pruner:
            self.pruner.set_state(state['pruner'])

    def _on_rollout_start(self) -> None:
        if self.num_timesteps >= self.next_step:
            self.require_finite()
            if self.end_only or (self.pruner and self.pruner.evaluates):
                # What a run costs is the sum of these: one that is killed must not lose them.
                self.run.log(step=self.num_timesteps, seconds_since_last=self._lap())
            else:
                self._validate()
            self._checkpoint()

    def _on_training_end(self) -> None:
        self.require_finite()
        self._validate()
        self._checkpoint()

    def _validate(self) -> None:
        trained = time.monotonic()
        episodes = self.evaluate(greedy(self.model))
        figures = {'step': self.num_timesteps, 'validation_return': episodes.return_mean,
                   'validation_crash_rate': episodes.crash_rate,
                   'validation_speed': episodes.speed_mean,
                   'validation_seconds': round(time.monotonic() - trained, 3),
                   'seconds_since_last': self._lap()}
        self.run.log(**figures)
        for name in ('validation_return', 'validation_crash_rate', 'validation_speed'):
            if figures[name] is not None:
                self.logger.record(f'validation/{name[11:]}', figures[name])
        save_candidate(self.run.best / self._name(), self.model, episodes, self.margin,
                       self.pruner.weights(self.model) if self.pruner else None)

    def _checkpoint(self) -> None:
        while self.next_step <= self.num_timesteps:
            self.next_step += self.every_steps
        if self.check:
            self.check(self.model)
        save_checkpoint(self.run.checkpoints / self._name(), self.model, self.state())
        # Only now: a kill before this leaves the candidates that the last checkpoint knows of.
        keep_best(self.run.best)
        drop_old_checkpoints(self.run.checkpoints)

    def _lap(self) -> float:
        """Return the seconds since this was last asked, or since the start."""
        now = time.monotonic()
        seconds, self._started = round(now - self._started, 3), now
        return seconds

    def _name(self) -> str:
        return f'{self.num_timesteps:012d}'

    def require_finite(self) -> None:
        """Raise DrlPruneError where a weight of the learner is not a number any more."""
        if any(not parameter.isfinite().all() for parameter in self.model.policy.parameters()):
            kept = latest_checkpoint(self.run.checkpoints)
            raise DrlPruneError(
                f'training diverged before step {self.num_timesteps}: a weight is not a number; '
                + (f'the checkpoint of step {int(kept.name)} is kept' if kept
                   else 'there is no checkpoint yet')
                + ': start again with a smaller learning_rate')
