# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The settings of dynamic structured pruning, and what ablations turn off."""

from dataclasses import dataclass, field

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.methods.dsp.budget import RollbackSettings
from drl_prune_ros.pruning.schedules import check_ramp
from drl_prune_ros.pruning.settings import SettingsBase
from drl_prune_ros.pruning.widths import check_target
from drl_prune_ros.training.settings import RESTART_SHARE

IMPORTANCES = ('policy', 'magnitude', 'random')


@dataclass(frozen=True)
class DSPSettings(SettingsBase):
    """Settings of dynamic structured pruning."""

    ABLATIONS = {
        'importance': {'importance': 'random'},
        'regularizer': {'strength': 0.0},
        'rollback': {'rollback': None},
        'regrowth': {'regrowth': False},
        'reconstruction': {'reconstruction': False},
        'distillation': {'distillation_steps': 0},
        'teacher-regularizer': {'teacher_regularization': 0.0},
    }

    total_steps: int
    """Environment steps of the run, pruning and fine-tuning included."""
    target_weights: int
    """Weights at which the network stops shrinking."""
    max_skill_loss: float = 0.03
    """Skill that the deployed policy may lack; the smallest network within it is deployed."""
    ramp: tuple[float, float] = (0.75, 0.85)
    """Part of the run in which the network shrinks; the rest is fine-tuning."""
    decisions: int = 12
    """How often, over the ramp, validation decides and the network may shrink."""
    importance: str = 'policy'
    """What ranks the units: 'policy' (see importance.py), 'magnitude' or 'random'."""
    strength: float = 1e-4
    """Part of the mean group norm that the least important unit loses at each optimizer step."""
    reconstruction: bool = True
    """Whether a cut reconstructs the layers that read masked units, by least squares."""
    distillation_steps: int = 3000
    """Minibatches of distillation after a cut, at most."""
    distillation_divergence: float = 1e-3
    """Divergence from the teacher at which distillation ends early."""
    warm_up: int = 100
    """Optimizer steps over which the learning rate comes back after a cut."""
    regrowth: bool = True
    """Whether masked units may come back while skill is lost, until surgery deletes them."""
    rate_at_ramp: float = RESTART_SHARE
    """Share of the learning rate that is left when the ramp starts: a teacher worth having."""
    teacher_regularization: float = 1.0
    """Pull towards the teacher when the ramp starts; falls to 0 with the run."""
    surgery_share: float = 0.25
    """Part of the weights that must be masked before neurons are deleted."""
    prune_critics: bool = False
    """Whether the critics lose the same share of their weights."""
    rollback: RollbackSettings | None = field(default_factory=RollbackSettings)
    """When to hold and when to roll back; None never does."""

    def check(self) -> None:
        """Raise DrlPruneError if a value cannot prune."""
        check_ramp(self.ramp)
        if not 0 <= self.max_skill_loss < 1:
            raise DrlPruneError(f'a skill loss must lie in 0 to 1, got {self.max_skill_loss}')
        if self.importance not in IMPORTANCES:
            raise DrlPruneError(f'unknown importance {self.importance!r}: choose from '
                                f'{", ".join(IMPORTANCES)}')

    def least_inputs(self, inputs: int) -> int:
        """Return how many inputs stay: one may leave at a cut, and only where it is measured."""
        return max(1, inputs - self.decisions) if self.importance == 'policy' else inputs

    def check_target(self, widths: tuple[int, ...]) -> None:
        """Raise DrlPruneError if a network of these widths cannot reach the target."""
        check_target(self.target_weights, widths, self.least_inputs(widths[0]))
