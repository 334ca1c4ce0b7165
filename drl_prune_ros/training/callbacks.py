# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What happens between two updates of a training run: anneal, judge, checkpoint."""

from collections.abc import Callable
import time
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.tasks.evaluation import Episodes
from drl_prune_ros.training.checkpoint import drop_old_checkpoints, save_checkpoint
from drl_prune_ros.training.networks.greedy_policy import greedy
from drl_prune_ros.training.networks.mlp import actor_of
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.selection import (
    deployed_weights,
    keep_best,
    Margin,
    mean_return,
    save_candidate,
)
from drl_prune_ros.training.settings import OffPolicySettings

Evaluator = Callable[[Callable[..., Any]], Episodes]
"""Plays the validation episodes of a task with a greedy policy."""


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


class Pruner(BetweenUpdates):
    """A method that takes a network apart while it trains; its state goes into checkpoints."""

    def weights(self, model: BaseAlgorithm) -> int:
        """Count the weights that `model` would deploy now: whole matrices, unless overridden."""
        return deployed_weights(model)

    @property
    def evaluates(self) -> bool:
        """
        Whether the pruner itself judges now, and keeps what may be deployed.

        Further validation episodes would cost time, and choose nothing.
        """
        return False

    def state(self) -> dict[str, Any]:
        """Return what a resume needs to go on."""
        raise NotImplementedError

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from `state` when training starts."""
        raise NotImplementedError


class AnnealEntropy(BetweenUpdates):
    """Let PPO's entropy bonus follow `schedule`, from progress remaining (1 to 0) to the bonus."""

    def __init__(self, schedule: Callable[[float], float]) -> None:
        super().__init__()
        self.schedule = schedule

    def _on_rollout_start(self) -> None:
        self.model.ent_coef = self.schedule(1.0 - self.progress)  # type: ignore[attr-defined]


class FillReplay(BetweenUpdates):
    """
    Let a taught policy fill its empty replay buffer before anything is learned from it.

    Stable-Baselines3 would fill it with random actions, which is what a policy that knows nothing
    does; the pruner would then measure importance on states that the policy never visits.
    """

    def __init__(self, settings: OffPolicySettings) -> None:
        super().__init__()
        self.settings = settings

    def _on_rollout_start(self) -> None:
        model: Any = self.model
        transitions = model.replay_buffer.size() * model.n_envs
        filled = transitions >= self.settings.learning_starts
        model.gradient_steps = self.settings.gradient_steps if filled else 0


class WaitForCritic(BetweenUpdates):
    """
    Let a critic that knows nothing yet learn before the policy moves.

    The policy acts meanwhile, with its exploration, but no step of an optimizer changes it. Until
    which step stands on the learner, as `critic_until`, and so goes with its checkpoints.
    """

    def _on_training_start(self) -> None:
        # SAC's temperature waits too: it would chase the entropy of a policy that cannot follow.
        optimizers = (actor_of(self.model).optimizer,
                      getattr(self.model, 'ent_coef_optimizer', None))
        self.hooks = [optimizer.register_step_pre_hook(lambda *_: self._hold())
                      for optimizer in optimizers if optimizer is not None]

    def _on_training_end(self) -> None:
        for hook in self.hooks:
            hook.remove()

    def _hold(self) -> None:
        """Leave the optimizer nothing to move the policy by."""
        if self.num_timesteps > getattr(self.model, 'critic_until', 0):
            return
        noise = getattr(self.model.policy, 'log_std', None)
        temperature = getattr(self.model, 'log_ent_coef', None)
        for parameter in (*actor_of(self.model).parameters(), noise, temperature):
            if parameter is not None:
                parameter.grad = None


class EvalAndCheckpointCallback(BetweenUpdates):
    """
    Every `every_steps` steps: play the validation episodes, log them, and write a checkpoint.

    While a pruner is `judging`, only the checkpoint is written, and so it is all along where only
    what comes out in the end can be deployed (`end_only`); the end of a run is judged.

    It goes before every callback that acts at the start of a rollout: a resumed run starts with
    that rollout, and what acted before the checkpoint would act twice.

    The best policies of every size are kept in `best/` beside it, see `selection`. `pruner` says
    the size of a policy, and its state goes into the checkpoints; `margin` says how good it is.
    """

    def __init__(self, run: RunFolder, judge: Evaluator, every_steps: int,
                 pruner: Pruner | None = None,
                 margin: Margin = mean_return, end_only: bool = False) -> None:
        super().__init__()
        self.run = run
        self.judge = judge
        self.every_steps = every_steps
        self.pruner = pruner
        self.margin = margin
        self.end_only = end_only
        self.next_step = every_steps
        self._started = time.monotonic()

    def state(self) -> dict[str, Any]:
        """Return what a resume needs to go on."""
        return {'next_step': self.next_step, 'pruner': self.pruner.state() if self.pruner else {}}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from `state`."""
        self.next_step = state['next_step']
        if self.pruner:
            self.pruner.set_state(state['pruner'])

    def _on_rollout_start(self) -> None:
        if self.num_timesteps >= self.next_step:
            self.refuse_nan()
            if self.end_only or (self.pruner and self.pruner.evaluates):
                # What a run costs is the sum of these: one that is killed must not lose them.
                self.run.log(step=self.num_timesteps, seconds_since_last=self._lap())
            else:
                self._judge()
            self._checkpoint()

    def _on_training_end(self) -> None:
        self.refuse_nan()
        self._judge()
        self._checkpoint()

    def _judge(self) -> None:
        trained = time.monotonic()
        episodes = self.judge(greedy(self.model))
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

    def refuse_nan(self) -> None:
        """Raise DrlPruneError where a weight of the learner is not a number any more."""
        if any(not parameter.isfinite().all() for parameter in self.model.policy.parameters()):
            raise DrlPruneError(
                f'training diverged before step {self.num_timesteps}: a weight is not a number; '
                'the last good checkpoint is kept, start again with a smaller learning_rate')
