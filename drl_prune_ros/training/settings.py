# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The settings of a training run, with their units and what they do."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from drl_prune_ros.errors import DrlPruneError

RESTART_SHARE = 0.2
"""Share of the learning rate that a run starts with which goes on from a trained policy."""


@dataclass(frozen=True)
class TrainSettings:
    """Settings of one PPO run; learning rate and entropy bonus fall to 0 by its end."""

    algo: str
    """Learner of Stable-Baselines3: 'ppo'."""
    total_steps: int
    """Environment steps over all environments."""
    num_envs: int
    """Environments in parallel."""
    n_steps: int
    """Steps an environment takes between two updates."""
    batch_size: int
    """Minibatch size; large ones are much faster on few cores."""
    n_epochs: int
    """Passes over each rollout."""
    learning_rate: float
    """Adam's step size at the start."""
    gamma: float
    """Discount a decision."""
    gae_lambda: float
    """Bias against variance of the advantage."""
    ent_coef: float
    """Entropy bonus at the start; it falls together with the learning rate."""
    clip_range: float
    """How far one update may move the probability ratio."""
    hidden: tuple[int, ...]
    """Widths of the hidden layers, of actor and critic alike."""
    activation: str
    """'relu' or 'tanh'."""

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any], **overrides: Any) -> 'TrainSettings':
        """Read settings from a mapping; an unknown or missing name is refused by name."""
        values = {**entry, **{name: v for name, v in overrides.items() if v is not None}}
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(values) - known):
            raise DrlPruneError(f'unknown training setting {unknown[0]!r}: choose from '
                                f'{", ".join(sorted(known))}')
        if missing := sorted(known - set(values)):
            raise DrlPruneError(f'training setting {missing[0]!r} is missing')
        settings = cls(**{**values, 'hidden': tuple(values['hidden'])})
        settings.check()
        return settings

    def check(self) -> None:
        """Refuse values that cannot train."""
        if self.algo != 'ppo':
            raise DrlPruneError(f'learner {self.algo!r} is not supported: use ppo')
        if self.activation not in ('relu', 'tanh'):
            raise DrlPruneError(f'activation {self.activation!r} is not supported: relu or tanh')
        if not self.hidden or min(self.hidden) < 1:
            raise DrlPruneError(f'hidden widths {list(self.hidden)} leave no prunable layer: '
                                'give at least one layer of one neuron')
        for name in ('total_steps', 'num_envs', 'n_steps', 'batch_size', 'n_epochs'):
            if getattr(self, name) < 1:
                raise DrlPruneError(f'{name} must be at least 1, got {getattr(self, name)}')
        if self.num_envs > 1000:
            raise DrlPruneError(f'num_envs is {self.num_envs}: a training seed has 1000 '
                                'environment seeds, give no more than that')

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for YAML and JSON."""
        return {**asdict(self), 'hidden': list(self.hidden)}
