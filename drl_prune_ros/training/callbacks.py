# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What happens between two updates of a training run: anneal, judge, checkpoint."""

from collections.abc import Callable
import time
from typing import Any

from stable_baselines3.common.callbacks import BaseCallback

from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.tasks.evaluation import Episodes
from drl_prune_ros.training.actor import greedy
from drl_prune_ros.training.checkpoint import drop_old_checkpoints, save_checkpoint
from drl_prune_ros.training.run_folder import RunFolder

Judge = Callable[[Callable[..., Any]], Episodes]
"""Plays the guard episodes of a task with a greedy policy."""


class BetweenUpdates(BaseCallback):
    """
    A callback that acts after one update and before the next rollout.

    PPO ends a rollout before it trains on it, so anything that changes the policy belongs here:
    at the end of a rollout it would change the policy under the stored log-probabilities.
    """

    def _on_step(self) -> bool:
        return True

    @property
    def progress(self) -> float:
        """Fraction of the run that lies behind, 0 to 1."""
        return 1.0 - self.model._current_progress_remaining


class AnnealEntropy(BetweenUpdates):
    """Let PPO's entropy bonus follow `schedule`, from progress remaining (1 to 0) to the bonus."""

    def __init__(self, schedule: Callable[[float], float]) -> None:
        super().__init__()
        self.schedule = schedule

    def _on_rollout_start(self) -> None:
        self.model.ent_coef = self.schedule(1.0 - self.progress)  # type: ignore[attr-defined]


class GuardAndCheckpoint(BetweenUpdates):
    """
    Every `every_steps` steps: play the guard episodes, log them, and write a checkpoint.

    It goes before every callback that acts at the start of a rollout: a resumed run starts with
    that rollout, and what acted before the checkpoint would act twice.

    The checkpoint with the best mean return over the guard episodes is kept in `best/`, once
    `may_select` allows it. `extra_state` returns what else a resume needs.
    """

    def __init__(self, run: RunFolder, task: Task, judge: Judge, every_steps: int,
                 extra_state: Callable[[], dict[str, Any]] = dict,
                 may_select: Callable[[], bool] = lambda: True) -> None:
        super().__init__()
        self.run = run
        self.task = task
        self.judge = judge
        self.every_steps = every_steps
        self.extra_state = extra_state
        self.may_select = may_select
        self.next_step = every_steps
        self.best_return = float('-inf')
        self._started = time.monotonic()

    def state(self) -> dict[str, Any]:
        """Return what a resume needs to go on."""
        return {'next_step': self.next_step, 'best_return': self.best_return,
                'pruner': self.extra_state()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from `state`."""
        self.next_step = state['next_step']
        self.best_return = state['best_return']

    def _on_rollout_start(self) -> None:
        if self.num_timesteps >= self.next_step:
            self._checkpoint()

    def _on_training_end(self) -> None:
        self._checkpoint()

    def _checkpoint(self) -> None:
        while self.next_step <= self.num_timesteps:
            self.next_step += self.every_steps
        episodes = self.judge(greedy(self.model))
        figures = {'step': self.num_timesteps, 'guard_return': episodes.return_mean,
                   'guard_crash_rate': episodes.crash_rate,
                   'guard_speed': episodes.speed_mean,
                   'seconds_since_last': round(time.monotonic() - self._started, 3)}
        self._started = time.monotonic()
        self.run.log(**figures)
        for name in ('guard_return', 'guard_crash_rate', 'guard_speed'):
            if figures[name] is not None:
                self.logger.record(f'guard/{name[6:]}', figures[name])
        name = f'{self.num_timesteps:012d}'
        better = self.may_select() and episodes.return_mean > self.best_return
        if better:
            self.best_return = episodes.return_mean
            save_checkpoint(self.run.best / name, self.model, self.state())
        save_checkpoint(self.run.checkpoints / name, self.model, self.state())
        # Only now: a kill before this leaves the best one that the last checkpoint knows of.
        if better:
            drop_old_checkpoints(self.run.best, kept=1)
        drop_old_checkpoints(self.run.checkpoints)
