# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The weight budget: how many weights may stay, driven by skill.

The budget falls geometrically from the dense network to the target over the ramp. Each decision
compares the policy's skill with the best skill of the run so far: it goes on, holds, or goes back.
"""

from dataclasses import dataclass
from enum import Enum
import math
from typing import Any

from drl_prune_ros.pruning.settings import SettingsBase

SPEEDS_UP = 1.5
"""By how much the largest step grows with every one that is accepted after a roll-back."""


class PruningDecision(Enum):
    """What to do after a validation."""

    GO_ON = 'go on'
    HOLD = 'hold'
    ROLL_BACK = 'roll back'


@dataclass(frozen=True)
class RollbackSettings(SettingsBase):
    """When to hold and when to roll back."""

    LABEL = 'rollback settings'

    start_at: float = 0.3
    """Skill that the policy must have before the budget starts to fall."""
    hold_below: float = 0.9
    """Part of the best skill so far below which the budget stays where it is."""
    roll_back_below: float = 0.8
    """Part of the best skill so far below which the last accepted network is restored."""
    extra_crashes: float = 0.02
    """Crash rate above that of the policy with the best skill, as a fraction, to hold from."""


class WeightBudget:
    """
    The budget of weights, as it moves with training.

    `position` goes from 0 (dense) to 1 (target). `ramp` is the part of the run, (start, end) in
    0 to 1, in which it may move.
    """

    def __init__(self, dense: int, target: int, ramp: tuple[float, float],
                 rollback: RollbackSettings | None) -> None:
        self.dense = dense
        self.target = target
        self.ramp = ramp
        self.rollback = rollback
        self.position = 0.0
        self.largest_step = math.inf
        self.best_skill = float('-inf')
        self.best_crash_rate = 1.0

    @property
    def weights(self) -> int:
        """Weights that may stay now."""
        return round(self.dense ** (1 - self.position) * self.target ** self.position)

    @property
    def reached(self) -> bool:
        """Whether the budget has come down to the target."""
        return self.position >= 1.0

    def decide(self, skill: float, crash_rate: float | None) -> PruningDecision:
        """Compare the policy as it stands with the best so far; one without a figure is lost."""
        if not math.isfinite(skill):
            return PruningDecision.ROLL_BACK
        if skill >= self.best_skill:
            self.best_skill = skill
            self.best_crash_rate = 1.0 if crash_rate is None else crash_rate
        if self.rollback is None:
            return PruningDecision.GO_ON
        best = max(self.best_skill, 0.0)
        if best < self.rollback.start_at:
            return PruningDecision.HOLD
        if skill < self.rollback.roll_back_below * best:
            return PruningDecision.ROLL_BACK
        crashes = (crash_rate or 0.0) - self.best_crash_rate
        if skill < self.rollback.hold_below * best or crashes > self.rollback.extra_crashes:
            return PruningDecision.HOLD
        return PruningDecision.GO_ON

    def advance(self, progress: float, decisions: float) -> None:
        """
        Lower the budget, so that the target is reached when the ramp ends.

        A budget that was held catches up at no more than twice the planned pace, past the end of
        the ramp if need be. After a roll-back it goes slowly, and a little faster with every step
        that is accepted: one unlucky validation must not hold up the rest.

        :param progress: part of the run that lies behind.
        :param decisions: how many decisions the whole ramp has room for.
        """
        start, end = self.ramp
        if progress < start:
            return
        left = max(1.0, decisions * (end - progress) / (end - start))
        step = min((1.0 - self.position) / left, 2.0 / decisions, self.largest_step)
        position = self.position + step
        self.position = 1.0 if position > 1.0 - 1e-9 else position
        self.largest_step *= SPEEDS_UP

    def back_off(self, accepted: float) -> None:
        """Go half-way back to the `accepted` position, and no faster in the next step."""
        self.largest_step = (self.position - accepted) / 2
        self.position = accepted + self.largest_step

    def state(self) -> dict[str, Any]:
        """Return what a resume needs."""
        return {'dense': self.dense, 'position': self.position,
                'largest_step': self.largest_step, 'best_skill': self.best_skill,
                'best_crash_rate': self.best_crash_rate}

    def set_state(self, state: dict[str, Any]) -> None:
        """Resume from `state`."""
        self.dense = state['dense']
        self.position = state['position']
        self.largest_step = state.get('largest_step', math.inf)
        self.best_skill = state['best_skill']
        self.best_crash_rate = state['best_crash_rate']
