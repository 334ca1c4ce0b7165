# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Stable-Baselines3's PPO, as this project sets it up."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecEnv
from torch import nn

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.training.settings import TrainSettings

ACTIVATIONS: dict[str, type[nn.Module]] = {'relu': nn.ReLU, 'tanh': nn.Tanh}


@dataclass
class FallingRate:
    """
    A rate that falls from `start` to 0 along two straight lines.

    :param knee: (part of the run, share of `start`) where the first line meets the second.
    """

    start: float
    knee: tuple[float, float] = (0.0, 1.0)

    def __call__(self, progress_remaining: float) -> float:
        """Return the rate when `progress_remaining` (1 to 0) of the run lies ahead."""
        part, share = self.knee
        progress = 1.0 - progress_remaining
        if progress < part:
            return self.start * (1.0 - (1.0 - share) * progress / part)
        return self.start * share * progress_remaining / (1.0 - part)


def make_ppo(settings: TrainSettings, env: VecEnv, seed: int,
             knee: tuple[float, float] = (0.0, 1.0)) -> PPO:
    """
    Make a PPO with separate actor and critic of `settings.hidden` neurons each.

    :param knee: see FallingRate, for the learning rate.
    """
    hidden = list(settings.hidden)
    return PPO(
        'MlpPolicy', env,
        learning_rate=FallingRate(settings.learning_rate, knee),
        n_steps=settings.n_steps,
        batch_size=settings.batch_size,
        n_epochs=settings.n_epochs,
        gamma=settings.gamma,
        gae_lambda=settings.gae_lambda,
        clip_range=settings.clip_range,
        ent_coef=settings.ent_coef,
        policy_kwargs={
            'net_arch': {'pi': hidden, 'vf': list(hidden)},
            'activation_fn': ACTIVATIONS[settings.activation]},
        seed=seed,
        device='cpu',
    )


def ppo_from(checkpoint: Path, settings: TrainSettings, env: VecEnv, seed: int,
             knee: tuple[float, float]) -> PPO:
    """Make a PPO that goes on from the weights and Adam moments of `checkpoint`."""
    trained = load_ppo(checkpoint, env=None)
    widths = trained.policy_kwargs['net_arch']
    if any(list(widths[part]) != list(settings.hidden) for part in ('pi', 'vf')):
        raise DrlPruneError(f'{checkpoint} has hidden layers {widths}, this run needs '
                            f'{list(settings.hidden)}: give a dense run of the task')
    model = make_ppo(settings, env, seed, knee)
    model.policy.load_state_dict(trained.policy.state_dict())
    model.policy.optimizer.load_state_dict(trained.policy.optimizer.state_dict())
    return model


def load_ppo(checkpoint: Path, env: VecEnv | None, **kwargs: Any) -> PPO:
    """Load the PPO of a checkpoint folder, its optimizer state included."""
    try:
        return PPO.load(checkpoint / 'model.zip', env=env, device='cpu', **kwargs)
    except (ValueError, KeyError, EOFError, BadZipFile) as error:
        raise DrlPruneError(f'the checkpoint {checkpoint} is damaged: remove it, and the run goes '
                            'on from the one before') from error
