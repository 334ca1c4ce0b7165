# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The learners of Stable-Baselines3, as this project sets them up, saves and loads them."""

import io
from pathlib import Path
from pickle import UnpicklingError
from typing import Any
import warnings
from zipfile import BadZipFile

import numpy as np
from stable_baselines3 import DQN, PPO, SAC, TD3
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.noise import NormalActionNoise
from stable_baselines3.common.vec_env import VecEnv
from torch import nn

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.training.algorithms import LEARNERS
from drl_prune_ros.training.model_file import read_values
from drl_prune_ros.training.networks.circulant_policy import CirculantTD3Policy
from drl_prune_ros.training.schedule import LearningRateSchedule, LINEAR
from drl_prune_ros.training.settings import (
    DQNSettings,
    OffPolicySettings,
    PPOSettings,
    SACSettings,
    SETTINGS,
    TD3Settings,
    TrainSettings,
)

ACTIVATIONS: dict[str, type[nn.Module]] = {'relu': nn.ReLU, 'tanh': nn.Tanh}
TELLTALE = {'ppo': 'clip_range', 'dqn': 'exploration_fraction', 'td3': 'policy_delay',
            'sac': 'target_entropy'}
"""An attribute of a saved model that only this learner has."""
OWN_POLICIES: dict[str, tuple[type, ...]] = {'td3': (CirculantTD3Policy,)}
"""Policy classes of this project, beside those that a learner brings along."""


def make_learner(settings: TrainSettings, env: VecEnv, seed: int,
                 schedule: LearningRateSchedule = LINEAR) -> BaseAlgorithm:
    """
    Make the learner that `settings` describe; actor and critics share no layer.

    :param schedule: of the learning rate, relative to the one in `settings`.
    """
    hidden = list(settings.hidden)
    critic = hidden if settings.critic_hidden is None else list(settings.critic_hidden)
    policy: dict[str, Any] = {'activation_fn': ACTIVATIONS[settings.activation]}
    common: dict[str, Any] = {
        'env': env,
        'learning_rate': schedule.scaled(settings.learning_rate),
        'batch_size': settings.batch_size,
        'gamma': settings.gamma,
        'policy_kwargs': policy,
        'seed': seed,
        'device': 'cpu',
    }
    if isinstance(settings, PPOSettings):
        policy['net_arch'] = {'pi': hidden, 'vf': list(critic)}
        policy['log_std_init'] = settings.log_std_init
        return PPO(
            'MlpPolicy', **common, n_steps=settings.n_steps, n_epochs=settings.n_epochs,
            gae_lambda=settings.gae_lambda, clip_range=settings.clip_range,
            ent_coef=settings.ent_coef)
    assert isinstance(settings, OffPolicySettings)
    common |= {
        'buffer_size': settings.buffer_size, 'learning_starts': settings.learning_starts,
        'train_freq': settings.train_freq, 'gradient_steps': settings.gradient_steps,
        'tau': settings.tau,
        'replay_buffer_kwargs': {'handle_timeout_termination': not settings.time_limit_ends}}
    if isinstance(settings, DQNSettings):
        policy['net_arch'] = hidden
        return DQN(
            'MlpPolicy', **common, n_steps=settings.n_steps,
            target_update_interval=settings.target_update_interval,
            exploration_fraction=settings.exploration_fraction,
            exploration_final_eps=settings.exploration_final_eps,
            exploration_initial_eps=settings.exploration_initial_eps)
    policy['net_arch'] = {'pi': hidden, 'qf': list(critic)}
    if isinstance(settings, TD3Settings):
        size = env.action_space.shape
        noise = NormalActionNoise(np.zeros(size), np.full(size, settings.action_noise))
        if settings.block_sizes is None:
            return TD3('MlpPolicy', **common, action_noise=noise)
        policy['block_sizes'] = settings.block_sizes
        return TD3(CirculantTD3Policy, **common, action_noise=noise)
    assert isinstance(settings, SACSettings)
    return SAC(
        'MlpPolicy', **common,
        ent_coef='auto' if settings.ent_coef is None else settings.ent_coef,
        target_entropy='auto' if settings.target_entropy is None else settings.target_entropy)


def saved_data(file: Path) -> dict[str, Any]:
    """Return the attributes in the model file `file`; raise DrlPruneError for any other file."""
    return read_values(file)[1]


def saved_algo(file: Path) -> str:
    """Return which learner saved the model file `file`."""
    return _algo_in(saved_data(file), file)


def _algo_in(data: dict[str, Any], file: Path) -> str:
    for algo in SETTINGS:
        if TELLTALE[algo] in data:
            policy = data.get('policy_class')
            known = (*LEARNERS[algo].policy_aliases.values(), *OWN_POLICIES.get(algo, ()))
            if policy not in known:
                raise DrlPruneError(f'{file} has a policy of its own, '
                                    f'{getattr(policy, "__name__", policy)}: only MlpPolicy can '
                                    'be pruned')
            return algo
    raise DrlPruneError(f'{file} was not saved by PPO, DQN, TD3 or SAC: only these can be pruned')


def saved_steps(file: Path) -> int:
    """Return how many environment steps the model in the SB3 file `file` has trained for."""
    return int(saved_data(file).get('num_timesteps', 0))


def load_model(file: Path, env: VecEnv | None = None, **kwargs: Any) -> BaseAlgorithm:
    """
    Load the model file `file` with its optimizer state, whichever learner saved it.

    :param kwargs: see `BaseAlgorithm.load`.
    """
    content, values = read_values(file)
    learner = LEARNERS[_algo_in(values, file)]
    # Whatever is a pickle in the file is given here, so that SB3 unpickles nothing.
    unread = {name: value for name, value in without_schedules().items()
              if name in values and values[name] is None}
    if getattr(values.get('replay_buffer_class'), '__name__', None) == 'HerReplayBuffer':
        raise DrlPruneError(
            f'{file} was trained with HerReplayBuffer, on observations with goals: only a policy '
            'of a flat vector can be pruned')
    given = {**values, **unread, **kwargs.pop('custom_objects', {})}
    try:
        with warnings.catch_warnings():
            # SB3 takes the buffer that n_steps led to, and that is saved, for one that was given.
            warnings.filterwarnings('ignore', '`n_steps=')
            return learner.load(
                io.BytesIO(content), env=env, device='cpu', custom_objects=given, **kwargs)
    except (ValueError, KeyError, EOFError, BadZipFile, RuntimeError, TypeError, AttributeError,
            IndexError, AssertionError, NotImplementedError, UnpicklingError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DrlPruneError(f'{file} cannot be loaded ({reason}): remove it if it is damaged, '
                            'and continue from the checkpoint before') from error


def without_schedules() -> dict[str, Any]:
    """Return SB3's `custom_objects` for a model that only lends its weights, not its schedules."""
    constant = LearningRateSchedule(0.0)
    return {'learning_rate': 0.0, 'lr_schedule': constant, 'clip_range': constant,
            'exploration_schedule': constant}
