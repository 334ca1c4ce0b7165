# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Train one policy into a run folder, and resume it after a kill."""

from collections.abc import Sequence
from dataclasses import dataclass
import errno
from pathlib import Path
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecEnv

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.tasks.gymnasium_env import make_vec_env
from drl_prune_ros.training.callbacks import AnnealEntropy, BetweenUpdates, FillReplay, Pruner
from drl_prune_ros.training.checkpoint import (
    cut_episodes,
    drop_later_checkpoints,
    latest_checkpoint,
    load_checkpoint,
    load_state,
    set_random_states,
)
from drl_prune_ros.training.crash_penalty import CrashPenalty
from drl_prune_ros.training.critic_warmup import (
    CriticWarmupCallback,
    has_untrained_critic,
    warmup_end,
)
from drl_prune_ros.training.eval_and_checkpoint import callback_state, EvalAndCheckpointCallback
from drl_prune_ros.training.export_check import ExportCheck
from drl_prune_ros.training.learner import make_learner
from drl_prune_ros.training.learner_log import learner_logger
from drl_prune_ros.training.refit import Refit
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.schedule import LearningRateSchedule, LINEAR
from drl_prune_ros.training.selection import Margin, mean_return
from drl_prune_ros.training.settings import (
    DQNSettings,
    OffPolicySettings,
    PPOSettings,
    TrainSettings,
)
from drl_prune_ros.training.start import learner_from, normalized
from drl_prune_ros.training.stopwatch import Stopwatch
from drl_prune_ros.training.validation import steps_per_validation, validation_episodes

DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def environment_seed(seed: int, steps_done: int, from_teacher: bool = False) -> int:
    """
    Return the first environment seed of a training run.

    A resumed run restarts its environments, and one that continues from a teacher of the same seed
    starts its own; the shift keeps them from meeting the same first episodes again. Training never
    reaches the evaluation seeds, which start at 100 million.
    """
    shift = (24 if from_teacher else 0) + (1 + steps_done // 1000 % 23 if steps_done else 0)
    return seed * 1000 + 2_000_000 * shift


def training_env(task: Task, settings: TrainSettings, seed: int) -> VecEnv:
    """Make the environments of a run; environment i starts from `seed + i`."""
    env = make_vec_env(task, settings.num_envs, seed)
    return CrashPenalty(env, settings.crash_penalty) if settings.crash_penalty else env


def state_at(steps: int, settings: TrainSettings, untrained_critic: bool) -> dict[str, Any]:
    """
    Return the callbacks' state in a checkpoint from which `train` continues after `steps`.

    :param untrained_critic: whether the policy waits for its critic first.
    """
    return callback_state(
        steps + steps_per_validation(settings), {},
        critic_warmup(settings, untrained_critic, steps))


def critic_warmup(settings: TrainSettings, untrained_critic: bool,
                  steps: int = 0) -> CriticWarmupCallback | None:
    """Return the warm-up of a critic after `steps`, None for one that has learned already."""
    if not untrained_critic:
        return None
    return CriticWarmupCallback(steps + warmup_end(settings.total_steps))


@dataclass(frozen=True)
class TrainOptions:
    """How a run trains, beside its settings."""

    start: Path | None = None
    """SB3 file that a new run continues from; None for a network that knows nothing."""
    schedule: LearningRateSchedule = LINEAR
    """Of learning rate and entropy bonus, relative to those of the settings."""
    margin: Margin = mean_return
    """How good episodes are: of each size, the policies with the highest margin are kept."""
    steps_before: int = 0
    """Environment steps before this run, of which it is a part: it meets other episodes."""
    refit: bool = False
    """Whether DQN may refit in the end, as its settings say: not with a start or a pruner."""
    progress: bool = True
    """Whether to show a progress bar."""


def train(run: RunFolder, task: Task, settings: TrainSettings, seed: int,
          pruner: Pruner | None = None, options: TrainOptions | None = None) -> BaseAlgorithm:
    """
    Train a learner on `task` in `run`, from its last checkpoint if it has one; return it.

    Every random state, weight, optimizer moment, running statistic and stored transition equals
    the checkpoint; environments restart.

    :param pruner: acts between updates.
    """
    options = options or TrainOptions()
    checkpoint = latest_checkpoint(run.checkpoints)
    state = load_state(checkpoint) if checkpoint else None
    steps_done = int(checkpoint.name) if checkpoint else 0
    for folder in (run.checkpoints, run.best):
        drop_later_checkpoints(folder, steps_done)   # also a damaged one
    start, steps_before = options.start, options.steps_before
    first_seed = environment_seed(
        seed, steps_before + steps_done, from_teacher=start is not None or steps_before > 0)
    env = training_env(task, settings, first_seed)
    if checkpoint:
        model = load_checkpoint(checkpoint, env)
    elif start:
        model = learner_from(start, settings, env, seed, options.schedule)
    else:
        model = make_learner(settings, normalized(env, settings), seed, options.schedule)
    # The learner has just seeded its environments with its own seed.
    env.seed(first_seed)
    model.set_logger(learner_logger(run))
    warmup = (CriticWarmupCallback.from_checkpoint(state['extra'], model) if state
              else critic_warmup(settings, has_untrained_critic(start)))
    refit = Refit(settings) if (options.refit and isinstance(settings, DQNSettings)
                                and settings.refit_minibatches) else None
    evaluation = EvalAndCheckpointCallback(
        run, lambda act: validation_episodes(task, act, settings),
        every_steps=steps_per_validation(settings), pruner=pruner, margin=options.margin,
        end_only=refit is not None, critic_warmup=warmup,
        check=None if task.vehicle else ExportCheck(task))
    callbacks = [refit, _between_updates(settings, options.schedule), evaluation, pruner, warmup]
    if state:
        evaluation.set_state(state['extra'])
        set_random_states(state['random'], model)
        cut_episodes(model)
    if steps_done < settings.total_steps:
        _learn(model, settings.total_steps - steps_done, callbacks, evaluation,
               anew=not checkpoint, progress=options.progress)
    env.close()
    return model


def _between_updates(settings: TrainSettings,
                     schedule: LearningRateSchedule) -> BetweenUpdates | None:
    """Return what a learner of these settings needs between two updates."""
    if isinstance(settings, PPOSettings):
        return AnnealEntropy(schedule.scaled(settings.ent_coef))
    return FillReplay(settings) if isinstance(settings, OffPolicySettings) else None


def _learn(model: BaseAlgorithm, steps: int, callbacks: Sequence[BaseCallback | None],
           evaluation: EvalAndCheckpointCallback, anew: bool, progress: bool) -> None:
    """Train for so many steps, and log where the time went; raise DrlPruneError if it fails."""
    run, watch = evaluation.run, Stopwatch()
    try:
        model.learn(
            steps, [watch.first, *(one for one in callbacks if one is not None), watch.last],
            reset_num_timesteps=anew, progress_bar=progress)
    except (RuntimeError, ValueError):
        evaluation.require_finite()   # what draws an action or evaluates meets it first
        raise
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        raise DrlPruneError(f'cannot write to {run.path}: {error.strerror}; free some space '
                            'and continue with --resume') from error
    run.log(step=model.num_timesteps, seconds_by_phase=watch.seconds)
