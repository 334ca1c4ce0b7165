# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a run starts from: nothing, or a policy trained before, here or elsewhere."""

from dataclasses import replace
from pathlib import Path
import sys
from typing import Any

import numpy as np
from stable_baselines3 import PPO, SAC, TD3
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm
from stable_baselines3.common.vec_env import VecEnv, VecNormalize
import torch
from torch import nn

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.training.algorithms import algo_of
from drl_prune_ros.training.learner import load_model, make_learner, without_schedules
from drl_prune_ros.training.model_file import statistics_in
from drl_prune_ros.training.networks.circulant_policy import CirculantTD3Policy
from drl_prune_ros.training.networks.greedy_policy import bounds_of
from drl_prune_ros.training.networks.mlp import actor_of, critics_of, MlpView, require_hidden
from drl_prune_ros.training.schedule import LearningRateSchedule
from drl_prune_ros.training.settings import DQNSettings, OffPolicySettings, TrainSettings

TWINS = 2
"""Critics of SAC and TD3."""
NORMALIZER_EPSILON = 1e-4
"""
Added to the variance of an observation before dividing by its square root (VecNormalize).

An observation value that never changes, such as a mass, has a variance of next to nothing, and
divided by its root the rounding of a float32 looks like a signal, in each runtime another one.
"""


def normalized(env: VecEnv, settings: TrainSettings) -> VecEnv:
    """Normalize observations and rewards by running statistics, where the settings ask for it."""
    if not settings.normalize:
        return env
    return VecNormalize(env, gamma=settings.gamma, epsilon=NORMALIZER_EPSILON)


def teacher_settings(model_file: Path, task: Task) -> dict[str, Any]:
    """
    Return the settings that a run must share with the teacher `model_file`.

    These are learner, shape, discount, what a time limit means and SAC's entropy: critics know no
    other returns.
    :raises DrlPruneError: it is not for `task`, or cannot be pruned.
    """
    model = load_model(model_file, custom_objects=without_schedules())
    actor = actor_of(model)
    require_hidden(actor)
    if isinstance(model.policy, CirculantTD3Policy):
        raise DrlPruneError(f'{model_file} was trained by group-sparse training, which no run '
                            'continues from: give a dense teacher')
    _require_critics(model, model_file)
    given = (int(actor.widths[0]), int(actor.widths[-1]))
    if given != (task.observation.size, task.outputs):
        raise DrlPruneError(
            f'{model_file} maps {given[0]} observation values to {given[1]} outputs, {task.id} '
            f'needs {task.observation.size} and {task.outputs}: give a teacher of this task')
    if not _same_actions(model, task):
        raise DrlPruneError(f'{model_file} was trained for other actions ({model.action_space}) '
                            f'than {task.id} takes: give a teacher of this task')
    statistics = statistics_in(model_file)
    return {
        'algo': algo_of(model),
        'hidden': list(actor.widths[1:-1]),
        'critic_hidden': next(
            (list(critic.widths[1:-1]) for critic in critics_of(model)), None),
        'activation': 'relu' if isinstance(actor.activation, nn.ReLU) else 'tanh',
        'normalize': statistics is not None,
        'gamma': float(model.gamma),   # type: ignore[attr-defined]
        **({'time_limit_ends': not model.replay_buffer_kwargs.get(
            'handle_timeout_termination', True)} if isinstance(model, OffPolicyAlgorithm) else {}),
        **(_entropy_of(model) if isinstance(model, SAC) else {})}


def _entropy_of(model: SAC) -> dict[str, float]:
    """Return what was said of SAC's entropy temperature, beside what SAC does by itself."""
    said = {}
    if not str(model.ent_coef).startswith('auto'):
        said['ent_coef'] = float(model.ent_coef)
    target = float(model.target_entropy)
    if target != -float(np.prod(model.action_space.shape or ())):
        said['target_entropy'] = target
    return said


def _require_critics(model: BaseAlgorithm, model_file: Path) -> None:
    """Raise DrlPruneError if the critics are none that a learner of this project has."""
    critics = critics_of(model)
    if isinstance(model, (SAC, TD3)) and len(critics) != TWINS:
        ddpg = ' (DDPG has one)' if isinstance(model, TD3) and len(critics) == 1 else ''
        raise DrlPruneError(f'{model_file} has n_critics = {len(critics)}{ddpg}: only SAC and TD3 '
                            f'with {TWINS} critics can be pruned')
    if any(len(critic.linears) < 2 for critic in critics):
        raise DrlPruneError(f'{model_file} has a critic without hidden layers: train it with '
                            'hidden layers')


def _same_actions(model: BaseAlgorithm, task: Task) -> bool:
    bounds, low, high = bounds_of(model), task.action.low, task.action.high
    if bounds is None or low is None or high is None:
        return bounds is None and task.action.discrete
    return np.allclose(bounds[0], low) and np.allclose(bounds[1], high)


def learner_from(model_file: Path, settings: TrainSettings, env: VecEnv, seed: int,
                 schedule: LearningRateSchedule) -> BaseAlgorithm:
    """
    Make a learner that continues from weights, Adam moments and statistics of `model_file`.

    Adam is the optimizer of every learner here; the moments of another one are left behind.

    A replay buffer starts empty, and the policy itself fills it: see `callbacks.FillReplay`.
    """
    trained = load_model(model_file, custom_objects=without_schedules())
    model = make_learner(
        started_by_teacher(settings), with_statistics(env, model_file), seed, schedule)
    try:
        model.policy.load_state_dict(trained.policy.state_dict())
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise DrlPruneError(f'{model_file} has layers of another shape than this run ({reason}): '
                            'give the hidden widths it was trained with') from None
    if _adam_goes_on(trained, model_file):
        theirs, ours = trained.get_parameters(), model.get_parameters()
        model.set_parameters({**ours, **{name: values for name, values in theirs.items()
                                         if 'optimizer' in name and name in ours}})
    _copy_temperature(trained, model)
    return model


def _adam_goes_on(trained: BaseAlgorithm, model_file: Path) -> bool:
    """Return whether the moments of a teacher are Adam's; one line says so where they are not."""
    kind = trained.policy.optimizer_class
    if kind is torch.optim.Adam:
        return True
    print(f'drl-prune: {model_file} was trained by {kind.__name__}: Adam goes on, with moments of '
          'its own', file=sys.stderr)
    return False


def started_by_teacher(settings: TrainSettings) -> TrainSettings:
    """Return `settings` without the random actions of a policy that knows nothing yet."""
    if isinstance(settings, DQNSettings):
        return replace(settings, learning_starts=0, exploration_initial_eps=(
            settings.exploration_final_eps))
    if isinstance(settings, OffPolicySettings):
        return replace(settings, learning_starts=0)
    return settings


def with_statistics(env: VecEnv, model_file: Path) -> VecEnv:
    """Normalize as the model in `model_file` does, from its running statistics on."""
    statistics = statistics_in(model_file)
    if statistics is None:
        return env
    statistics.set_venv(env)
    statistics.training = True
    return statistics


def student_learner(model_file: Path, settings: TrainSettings, env: VecEnv, seed: int,
                    schedule: LearningRateSchedule) -> BaseAlgorithm:
    """
    Make a learner with a new actor, of the shape in `settings`, and the critics of `model_file`.

    The critics keep their targets, and start without Adam's moments; exploration noise and entropy
    temperature are the teacher's. `set_actor` gives it the weights of a student.
    """
    trained = load_model(model_file, custom_objects=without_schedules())
    model = make_learner(
        started_by_teacher(settings), with_statistics(env, model_file), seed, schedule)
    for ours, theirs in zip(critics_of(model), critics_of(trained), strict=True):
        ours.copy_from(theirs.parameters())
        for target, source in zip(ours.targets, theirs.targets, strict=True):
            target.copy_from(source.parameters())
    if isinstance(model, PPO) and hasattr(model.policy, 'log_std'):
        model.policy.log_std.data.copy_(trained.policy.log_std.data)   # type: ignore
    _copy_temperature(trained, model)
    return model


def set_actor(model: BaseAlgorithm, student: MlpView) -> None:
    """Give the actor of `model` and its targets the weights of `student`, of the same shape."""
    actor = actor_of(model)
    for network in (actor, *actor.targets):
        network.copy_from(student.parameters())


def _copy_temperature(trained: BaseAlgorithm, model: BaseAlgorithm) -> None:
    """SAC: take over the entropy temperature that was learned, and its Adam moments."""
    if not (isinstance(trained, SAC) and isinstance(model, SAC)):
        return
    if trained.ent_coef_optimizer is None or model.ent_coef_optimizer is None:
        return
    model.log_ent_coef.data.copy_(trained.log_ent_coef.data)
    model.ent_coef_optimizer.load_state_dict(trained.ent_coef_optimizer.state_dict())
