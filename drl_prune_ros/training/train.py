# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Train one policy into a run folder, and go on with it after a kill."""

import errno
from pathlib import Path
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import configure, KVWriter, TensorBoardOutputFormat
from stable_baselines3.common.vec_env import VecEnv

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.tasks.catalogue import load_seeds, Task
from drl_prune_ros.tasks.evaluation import Act, Episodes, evaluate
from drl_prune_ros.tasks.gymnasium_env import make_vec_env
from drl_prune_ros.training.callbacks import (
    AnnealEntropy,
    FillReplay,
    Pruner,
)
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
from drl_prune_ros.training.eval_and_checkpoint import (
    callback_state,
    EvalAndCheckpointCallback,
)
from drl_prune_ros.training.learner import make_learner
from drl_prune_ros.training.refit import Refit
from drl_prune_ros.training.run_folder import append_line, RunFolder
from drl_prune_ros.training.schedule import LearningRateSchedule, LINEAR
from drl_prune_ros.training.selection import confirm, Margin, mean_return, no_limits
from drl_prune_ros.training.settings import (
    DQNSettings,
    OffPolicySettings,
    PPOSettings,
    TrainSettings,
)
from drl_prune_ros.training.start import learner_from, normalized
from drl_prune_ros.training.stopwatch import Stopwatch

VALIDATION_EPISODES = {'envpool': 1000}
SLOW_VALIDATION_EPISODES = 50
HELD_OUT_FACTOR = 5
VALIDATIONS_PER_RUN = 30
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class JsonLines(KVWriter):
    """Append the learner's own figures to a file that survives a resume."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, key_values: dict[str, Any], key_excluded: Any, step: int = 0) -> None:
        """Write one line."""
        plain = {key: value.item() if hasattr(value, 'item') else value
                 for key, value in sorted(key_values.items())}
        append_line(self.path, {'step': step, **plain})

    def close(self) -> None:
        """Nothing stays open between two lines."""


def environment_seed(seed: int, steps_done: int, taught: bool = False) -> int:
    """
    Return the first environment seed of a training run.

    A resumed run restarts its environments, and one that goes on from a teacher of the same seed
    starts its own; the shift keeps them from meeting the same first episodes again. Training never
    reaches the evaluation seeds, which start at 100 million.
    """
    shift = (24 if taught else 0) + (1 + steps_done // 1000 % 23 if steps_done else 0)
    return seed * 1000 + 2_000_000 * shift


def validation_episodes(task: Task, act: Act, settings: TrainSettings) -> Episodes:
    """Play the validation episodes of `task`, the same seeds every time."""
    return evaluate(task, act, load_seeds()['validation'].first,
                    _number_of_episodes(task, settings), task.engine)


def held_out_episodes(task: Task, act: Act, settings: TrainSettings) -> Episodes:
    """Play held-out validation episodes, five times as many, to confirm a choice."""
    seeds = load_seeds()['validation']
    episodes = HELD_OUT_FACTOR * _number_of_episodes(task, settings)
    return evaluate(task, act, (seeds.first + seeds.last) // 2, episodes, task.engine)


def confirm_smallest(run: RunFolder, task: Task, settings: TrainSettings) -> None:
    """Leave one candidate of `run`: of the smallest size, the best one on held-out seeds."""
    confirm(run, lambda act: held_out_episodes(task, act, settings), no_limits)


def _number_of_episodes(task: Task, settings: TrainSettings) -> int:
    return settings.validation_episodes or VALIDATION_EPISODES.get(
        task.engine, SLOW_VALIDATION_EPISODES)


def training_env(task: Task, settings: TrainSettings, seed: int) -> VecEnv:
    """Make the environments of a run; environment i starts from `seed + i`."""
    env = make_vec_env(task.in_training(), settings.num_envs, seed)
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


def steps_per_validation(settings: TrainSettings) -> int:
    return max(1, settings.total_steps // VALIDATIONS_PER_RUN)


def train(run: RunFolder, task: Task, settings: TrainSettings, seed: int,
          pruner: Pruner | None = None, progress: bool = True,
          schedule: LearningRateSchedule = LINEAR, start: Path | None = None,
          margin: Margin = mean_return,
          steps_before: int = 0, refit: bool = False) -> BaseAlgorithm:
    """
    Run a learner on `task` in `run`, from its last checkpoint if it has one.

    Every random state, weight, optimizer moment, running statistic and stored transition equals
    the checkpoint; environments restart. `pruner` acts between updates. Learning rate and entropy
    bonus follow `schedule`, relative to `settings`. A new run goes on from the model `start`, an
    SB3 file, where one is given. Of one size, the policies with the highest `margin` are kept.
    A run that is part of another one says how many steps lie before it: it meets other episodes.
    One that starts from nothing and prunes nothing may `refit`, as the settings of DQN have it.
    """
    checkpoint = latest_checkpoint(run.checkpoints)
    state = load_state(checkpoint) if checkpoint else None
    steps_done = int(checkpoint.name) if checkpoint else 0
    drop_later_checkpoints(run.best, steps_done)
    first_seed = environment_seed(
        seed, steps_before + steps_done, taught=start is not None or steps_before > 0)
    env = training_env(task, settings, first_seed)
    if checkpoint:
        model = load_checkpoint(checkpoint, env)
    elif start:
        model = learner_from(start, settings, env, seed, schedule)
    else:
        model = make_learner(settings, normalized(env, settings), seed, schedule)
    # The learner has just seeded its environments with its own seed.
    env.seed(first_seed)
    model.set_logger(_logger(run))
    warmup = (CriticWarmupCallback.from_checkpoint(state['extra'], model) if state
              else critic_warmup(settings, has_untrained_critic(start)))
    anew = Refit(settings) if (
        refit and isinstance(settings, DQNSettings) and settings.refit_minibatches) else None
    evaluation = EvalAndCheckpointCallback(
        run, lambda act: validation_episodes(task, act, settings),
        every_steps=steps_per_validation(settings), pruner=pruner, margin=margin,
        end_only=anew is not None, critic_warmup=warmup)
    watch = Stopwatch()
    callbacks: list[BaseCallback] = [evaluation]
    if isinstance(settings, PPOSettings):
        callbacks.insert(0, AnnealEntropy(schedule.scaled(settings.ent_coef)))
    elif isinstance(settings, OffPolicySettings):
        callbacks.insert(0, FillReplay(settings))
    if anew:
        callbacks.insert(0, anew)
    if pruner:
        callbacks.append(pruner)
    if warmup:
        callbacks.append(warmup)
    if state:
        evaluation.set_state(state['extra'])
        set_random_states(state['random'], model)
        cut_episodes(model)
    if steps_done < settings.total_steps:
        try:
            model.learn(settings.total_steps - steps_done, [watch.first, *callbacks, watch.last],
                        reset_num_timesteps=not checkpoint, progress_bar=progress)
        except (RuntimeError, ValueError):
            evaluation.require_finite()   # what draws an action or judges meets it first
            raise
        except OSError as error:
            if error.errno not in DISK_FULL:
                raise
            raise DrlPruneError(f'cannot write to {run.path}: {error.strerror}; free some space '
                                'and go on with --resume') from error
        run.log(step=model.num_timesteps, seconds_by_phase=watch.seconds)
    env.close()
    return model


def _logger(run: RunFolder) -> Any:
    logger = configure(None, [])
    logger.output_formats.append(JsonLines(run.path / 'learner.jsonl'))
    logger.output_formats.append(TensorBoardOutputFormat(str(run.path / 'tensorboard')))
    return logger
