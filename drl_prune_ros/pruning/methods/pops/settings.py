# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The settings of policy pruning and shrinking, and what ablations turn off."""

from dataclasses import dataclass, field

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.distillation.crash_replay import CrashReplaySettings
from drl_prune_ros.pruning.distillation.distiller import DistillationSettings
from drl_prune_ros.pruning.settings import SettingsBase
from drl_prune_ros.training.settings import RESTART_SHARE

EVALUATED_ROUNDS = 2
"""Rounds at the end of a distillation in which students are evaluated; two, as every round
of the search pays for them."""
ROUND_SHARE = 0.25
"""Part of all steps that one distillation may take, or a replay of crashes."""


@dataclass(frozen=True)
class PopsSettings(SettingsBase):
    """Settings of policy pruning and shrinking."""

    LABEL = 'pops settings'
    ABLATIONS = {
        'shape-trials': {'shape_trials': False},
        'dagger': {'distillation.dagger': False},
        'restarts': {'distillation.restarts': 1},
        'crash-replay': {'crashes.replays': 0},
        'rl': {'rl': False},
        'teacher-regularizer': {'teacher_regularization': 0.0},
    }

    total_steps: int
    """Environment steps of all rounds together, at most."""
    max_skill_loss: float = 0.03
    """Skill that a student may lack and still meets the objective."""
    lower_bound: float = 0.8
    """Skill below which it is not worth while to let a student learn from the environment."""
    validation_episodes: int | None = None
    """Validation episodes of a student; as many as of a checkpoint by default. The search ends
    close to what it is allowed, where the noise of few episodes would choose."""
    tolerance: float = 0.05
    """The search ends where a round would shrink the network by less than this part of it."""
    distillation: DistillationSettings = field(default_factory=lambda: DistillationSettings(
        rounds=6, states=40_000, minibatches=12_000))
    """How each round distills; the labeled states of all rounds are kept."""
    shape_trials: bool = True
    """Whether a round tries other proportions of its widths before it distills."""
    crashes: CrashReplaySettings = field(default_factory=CrashReplaySettings)
    """What a student that misses the objective learns from its own crashes."""
    pruning_minibatches: int = 8000
    """Minibatches in which a student goes from dense to the final sparsity."""
    final_sparsity: float = 0.99
    """Part of a student's weights that is gone in the end, if skill lasts that long."""
    validations: int = 20
    """How often a student is validated on its way there."""
    patience: int = 8
    """Validations that miss the objective, one after the other, that end it."""
    pruning_rate: float = 1e-3
    """Adam's step size while weights leave."""
    rl: bool = True
    """Whether a student that misses the objective goes on learning from the environment."""
    rl_share: float = 0.25
    """Part of all steps that one student may learn for."""
    teacher_regularization: float = 1.0
    """How strongly it is held to the teacher at first, which falls to 0; 0 lets it go at once."""
    rate_at_start: float = RESTART_SHARE
    """Share of the learning rate that it starts with."""
    dsp_share: float = 0.5
    """Part of all steps that goes to DSP, where it comes first."""

    def check(self) -> None:
        """Raise DrlPruneError if a value cannot shrink anything."""
        for name in ('max_skill_loss', 'tolerance', 'final_sparsity', 'rl_share', 'dsp_share'):
            value = getattr(self, name)
            if not 0 < value < 1:
                raise DrlPruneError(f'pops settings: {name} must lie between 0 and 1, got '
                                    f'{value}')
        if not self.teacher_regularization >= 0:
            raise DrlPruneError('pops settings: teacher_regularization must be at least 0, got '
                                f'{self.teacher_regularization}')
        for name in ('total_steps', 'pruning_minibatches', 'validations', 'patience'):
            value = getattr(self, name)
            if value < 1:
                raise DrlPruneError(f'pops settings: {name} must be at least 1, got {value}')
        if self.validation_episodes is not None and self.validation_episodes < 1:
            raise DrlPruneError('pops settings: validation_episodes must be at least 1, got '
                                f'{self.validation_episodes}')
        if self.distillation.rounds <= EVALUATED_ROUNDS:
            # Where labels are there already, nobody acts in the first one.
            raise DrlPruneError('pops settings: a distillation needs more than '
                                f'{EVALUATED_ROUNDS} rounds, got {self.distillation.rounds}')
        if self.states < self.distillation.turns:
            raise DrlPruneError(f'{self.total_steps} steps are too few for the students of a '
                                'round of pops to take one in each of their turns: ask for more')

    @property
    def states(self) -> int:
        """Environment steps of a distillation: few where the steps are, to leave some."""
        return min(self.distillation.states, round(ROUND_SHARE * self.total_steps))

    @property
    def crash_steps(self) -> int:
        """Environment steps that a student drives before a replay of its crashes."""
        return min(self.crashes.steps, round(ROUND_SHARE * self.total_steps))

    @property
    def worth(self) -> float:
        """Skill from which on a student that misses the objective goes on learning."""
        return min(self.lower_bound, 1.0 - self.max_skill_loss)
