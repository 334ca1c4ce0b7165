# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A student that imitation did not bring far enough goes on learning from the environment."""

from collections.abc import Callable
from pathlib import Path
import shutil
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecNormalize

from drl_prune_ros.pruning.distillation import only_inputs
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.tasks.evaluation import Episodes
from drl_prune_ros.training.actor import actor_of
from drl_prune_ros.training.callbacks import Pruner
from drl_prune_ros.training.checkpoint import latest_checkpoint, save_checkpoint
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.settings import TrainSettings
from drl_prune_ros.training.start import wait_for_critic
from drl_prune_ros.training.train import state_at, train

COUNT_HELD = 1e18
"""Observations for which statistics count that nothing moves any more."""


class HoldInputs(Pruner):
    """Keeps the weights of observation values that the policy does not read at zero."""

    def _on_training_start(self) -> None:
        actor = actor_of(self.model)
        masks = only_inputs(actor, actor.linears[0].weight.any(dim=0))
        assert actor.optimizer is not None
        self.hook = actor.optimizer.register_step_post_hook(lambda *_: masks.apply(actor))

    def _on_training_end(self) -> None:
        self.hook.remove()

    def state(self) -> dict[str, Any]:
        """Return nothing: the inputs never change."""
        return {}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on."""


def hold_observations(normalizer: VecNormalize) -> None:
    """Let the statistics of rewards go on, and those of observations stay as the teacher's are."""
    normalizer.training = True
    if normalizer.norm_obs:
        rms: Any = normalizer.obs_rms
        rms.count = COUNT_HELD


def reinforce(path: Path, student: Callable[[], BaseAlgorithm], task: Task,
              settings: TrainSettings, seed: int, rate: float,
              steps_before: int, acceptable: Callable[[Episodes], bool],
              progress: bool) -> RunFolder:
    """
    Train a student in the run folder `path`, or go on with that; its candidates are in `best/`.

    :param student: makes the learner, whose actor is the student, with the teacher's critics.
    :param settings: with the student's hidden widths and the steps to train for.
    :param rate: share of the learning rate that it starts with; it falls to 0.
    :param steps_before: environment steps before, whose episodes are not met again.
    """
    if (path / 'run.yaml').is_file() and latest_checkpoint(path / 'checkpoints'):
        run = RunFolder.open(path)
    else:
        shutil.rmtree(path, ignore_errors=True)
        run = RunFolder.create(
            path, {'task': task.id, 'method': 'pops', 'train': settings.to_dict()}, seed)
        model = student()
        if hasattr(model, 'critic_until'):
            wait_for_critic(model, settings.total_steps)
        if normalizer := model.get_vec_normalize_env():
            hold_observations(normalizer)
        save_checkpoint(run.checkpoints / f'{0:012d}', model, state_at(0, settings))
    train(run, task, settings, seed, HoldInputs(), progress, (0.0, rate),
          acceptable=acceptable, steps_before=steps_before)
    return run
