# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The settings of a training run, one dataclass a learner, with their units and what they do."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, MISSING, replace
from typing import Any, Self

import yaml

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.resources import config_dir
from drl_prune_ros.training.networks.circulant import check_block_sizes

RESTART_SHARE = 0.2
"""Fraction of the learning rate at which a run starts that continues from a trained policy."""


@dataclass(frozen=True, kw_only=True)
class TrainSettings:
    """What every learner needs; the learning rate falls to 0 by the end of the run."""

    algo: str
    """Learner of Stable-Baselines3: 'ppo', 'dqn', 'td3' or 'sac'."""
    total_steps: int
    """Environment steps over all environments."""
    num_envs: int
    """Environments in parallel."""
    batch_size: int
    """Minibatch size; large ones are much faster on few cores."""
    learning_rate: float
    """Adam's step size at the start."""
    gamma: float
    """Discount factor per decision."""
    hidden: tuple[int, ...]
    """Widths of the hidden layers of the deployed network."""
    critic_hidden: tuple[int, ...] | None = None
    """Widths of the critic's hidden layers; those of the deployed network by default."""
    activation: str
    """'relu' or 'tanh'."""
    normalize: bool = False
    """Whether observations and rewards are normalized by running statistics (VecNormalize)."""
    validation_episodes: int | None = None
    """Episodes that a checkpoint is evaluated by; 1000 on EnvPool, 50 on Gymnasium by default."""
    validations_per_run: int | None = None
    """How often a run is validated and writes a checkpoint; 30 times by default."""
    crash_penalty: float = 0.0
    """Reward taken off at a crash while training; evaluation does not know it."""

    def check(self) -> None:
        """Raise DrlPruneError if a value cannot train."""
        if self.activation not in ('relu', 'tanh'):
            raise DrlPruneError(f'activation {self.activation!r} is not supported: relu or tanh')
        if min(self.hidden, default=1) < 1:
            raise DrlPruneError(f'hidden widths {list(self.hidden)} leave no prunable layer: '
                                'give at least one neuron per layer')
        for field in fields(self):
            value = getattr(self, field.name)
            if field.type in (int, int | None) and value is not None:
                least = 0 if field.name == 'learning_starts' else 1
                if field.name == 'gradient_steps' and value == -1:
                    continue
                if value < least:
                    raise DrlPruneError(f'{field.name} must be at least {least}, got {value}')
        if self.num_envs > 1000:
            raise DrlPruneError(f'num_envs is {self.num_envs}: a training seed has 1000 '
                                'environment seeds, give no more than that')

    def with_validation_episodes(self, episodes: int | None) -> Self:
        """Return the same with so many validation episodes; unchanged for None."""
        return self if episodes is None else replace(self, validation_episodes=episodes)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for YAML and JSON; what was left at its default is left out."""
        return {field.name: list(value) if isinstance(value, tuple) else value
                for field in fields(self)
                if (value := getattr(self, field.name)) != field.default}


@dataclass(frozen=True, kw_only=True)
class PPOSettings(TrainSettings):
    """Settings of PPO; the entropy bonus falls together with the learning rate."""

    n_steps: int
    """Steps an environment takes between two updates."""
    n_epochs: int
    """Passes over each rollout."""
    gae_lambda: float
    """Bias against variance of the advantage."""
    ent_coef: float
    """Entropy bonus at the start."""
    clip_range: float
    """How far one update may move the probability ratio."""
    log_std_init: float = 0.0
    """Logarithm of the first exploration noise, for continuous actions."""


@dataclass(frozen=True, kw_only=True)
class OffPolicySettings(TrainSettings):
    """What the learners with a replay buffer share."""

    buffer_size: int
    """Transitions the replay buffer holds."""
    learning_starts: int
    """Environment steps before the first update."""
    train_freq: int
    """Steps an environment takes between two updates."""
    gradient_steps: int
    """Minibatches of one update; -1 for one per environment step."""
    tau: float
    """How far the target networks follow at each of their updates."""
    time_limit_ends: bool = False
    """Whether the time limit ends an episode, so that no return is expected beyond it."""


@dataclass(frozen=True, kw_only=True)
class DQNSettings(OffPolicySettings):
    """Settings of DQN."""

    target_update_interval: int
    """Environment steps between two updates of the target network."""
    exploration_fraction: float
    """Part of the run over which random actions get rare."""
    exploration_final_eps: float
    """Part of random actions from then on."""
    exploration_initial_eps: float = 1.0
    """Part of random actions at the start."""
    n_steps: int = 1
    """Rewards that a target adds up before it asks the target network."""
    refit_minibatches: int | None = None
    """Minibatches by which a new network learns from the whole replay buffer in the end, see
    Refit; none by default."""


@dataclass(frozen=True, kw_only=True)
class TD3Settings(OffPolicySettings):
    """Settings of TD3."""

    action_noise: float
    """Standard deviation of the exploration noise, of actions in -1 to 1."""
    block_sizes: tuple[int, ...] | None = None
    """Size of the circulant blocks of each layer of actor and critics, 1 for a dense one."""

    def check(self) -> None:
        """Raise DrlPruneError if a value cannot train, or blocks do not fit the layers."""
        super().check()
        for hidden in (self.hidden, self.critic_hidden):
            if self.block_sizes is not None and hidden is not None:
                check_block_sizes(self.block_sizes, hidden)


@dataclass(frozen=True, kw_only=True)
class SACSettings(OffPolicySettings):
    """Settings of SAC."""

    ent_coef: float | None = None
    """Entropy temperature; learned by default."""
    target_entropy: float | None = None
    """Entropy that the temperature is learned towards; minus the action dimensions by default."""


SETTINGS: dict[str, type[TrainSettings]] = {
    'ppo': PPOSettings, 'dqn': DQNSettings, 'td3': TD3Settings, 'sac': SACSettings}


def learner_defaults(algo: str) -> dict[str, Any]:
    """Return the settings `algo` starts from where the catalogue has none of the task."""
    if algo not in SETTINGS:
        raise DrlPruneError(
            f'learner {algo!r} is not supported: choose from {", ".join(SETTINGS)}')
    entry = yaml.safe_load((config_dir() / 'learners' / f'{algo}.yaml').read_text())
    return {'algo': algo, **entry}


def require_learning(settings: TrainSettings) -> None:
    """Raise DrlPruneError if a run would end before its learner begins to learn."""
    if isinstance(settings, OffPolicySettings) and (
            settings.total_steps <= settings.learning_starts):
        raise DrlPruneError(
            f'{settings.total_steps} steps are too few: {settings.algo} fills its replay buffer '
            f'for {settings.learning_starts} steps before it learns (learning_starts): give more '
            '--steps')


def train_settings(entry: Mapping[str, Any], algo: str | None = None,
                   **overrides: Any) -> TrainSettings:
    """
    Read settings from a mapping.

    :param entry: the catalogue's settings of the task, possibly empty.
    :param algo: the learner; where the catalogue has another one, or none, the learner's own
        defaults stand in.
    :param overrides: values that are not None replace those of the mapping.
    """
    algo = algo or entry.get('algo', 'ppo')
    if entry.get('algo') != algo:
        entry = learner_defaults(algo)
    settings_of = SETTINGS.get(algo)
    if settings_of is None:
        raise DrlPruneError(
            f'learner {algo!r} is not supported: choose from {", ".join(SETTINGS)}')
    values = {**entry, **{name: value for name, value in overrides.items() if value is not None}}
    known = {field.name for field in fields(settings_of)}
    needed = {field.name for field in fields(settings_of) if field.default is MISSING}
    if unknown := sorted(set(values) - known):
        raise DrlPruneError(f'unknown training setting {unknown[0]!r}: choose from '
                            f'{", ".join(sorted(known))}')
    if missing := sorted(needed - set(values)):
        raise DrlPruneError(f'training setting {missing[0]!r} is missing')
    for name in ('hidden', 'critic_hidden', 'block_sizes'):
        if values.get(name) is not None:
            values[name] = tuple(values[name])
    settings = settings_of(**values)
    settings.check()
    return settings
