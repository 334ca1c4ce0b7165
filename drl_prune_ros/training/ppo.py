# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Stable-Baselines3's PPO, as this project sets it up."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecEnv
from torch import nn

from drl_prune_ros.training.settings import TrainSettings

ACTIVATIONS: dict[str, type[nn.Module]] = {'relu': nn.ReLU, 'tanh': nn.Tanh}


@dataclass
class FallingRate:
    """
    A rate that stays at `start` for a while and then falls linearly to 0 at the end of the run.

    :param fall_from: part of the run, 0 to 1, after which it falls.
    """

    start: float
    fall_from: float = 0.0

    def __call__(self, progress_remaining: float) -> float:
        """Return the rate when `progress_remaining` (1 to 0) of the run lies ahead."""
        return self.start * min(1.0, progress_remaining / (1.0 - self.fall_from))


def make_ppo(settings: TrainSettings, env: VecEnv, seed: int, fall_from: float = 0.0) -> PPO:
    """
    Make a PPO with separate actor and critic of `settings.hidden` neurons each.

    :param fall_from: part of the run after which the learning rate falls.
    """
    hidden = list(settings.hidden)
    return PPO(
        'MlpPolicy', env,
        learning_rate=FallingRate(settings.learning_rate, fall_from),
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


def load_ppo(checkpoint: Path, env: VecEnv | None, **kwargs: Any) -> PPO:
    """Load the PPO of a checkpoint folder, its optimizer state included."""
    return PPO.load(checkpoint / 'model.zip', env=env, device='cpu', **kwargs)
