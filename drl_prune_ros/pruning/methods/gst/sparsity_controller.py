# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
How many blocks should be gone: more while the return holds, fewer when it drops (reward-aware).

    R         mean of the last returns, as many as `window`
    grows     R > best, the best R so far
    holds     R >= best - tolerance (best - lowest), the lowest R so far
    rise      it grows: the target sparsity grows by `change`, up to `highest`
              it only holds: by the part `slow_rate` of that
    fall      it does not: the target sparsity shrinks by `change`, down to 0, and blocks regrow

A policy that is stuck holds its return as well as one that has learned all there is, so what only
holds loses slowly: a network that is cut down meanwhile does not get unstuck.

The allowance is a part of what training has gained so far, because a part of the return itself
means nothing where returns are negative.
"""

from enum import Enum
from typing import Any

DIGITS = 9
"""What tenths and hundredths lose when they are added up is rounded away."""


class SparsityDecision(Enum):
    """What becomes of the target sparsity."""

    RISE = 'rise'
    STAY = 'stay'
    FALL = 'fall'


class SparsityController:
    """The target sparsity, 0 to `highest`, and the returns that moved it there."""

    def __init__(self, highest: float, change: float, slow_rate: float, tolerance: float,
                 window: int) -> None:
        self.highest = highest
        self.change = change
        self.slow_rate = slow_rate
        self.tolerance = tolerance
        self.window = window
        self.value = 0.0
        self.recent: list[float] = []
        self.best = float('-inf')
        self.lowest = float('inf')

    @property
    def mean(self) -> float:
        """R, the mean of the last returns."""
        return sum(self.recent) / len(self.recent)

    def decide(self, episode_return: float) -> SparsityDecision:
        """Move by what the policy returns now; says which way."""
        self.recent = [*self.recent, episode_return][-self.window:]
        grows = self.mean > self.best
        self.best = max(self.best, self.mean)
        self.lowest = min(self.lowest, self.mean)
        holds = self.mean >= self.best - self.tolerance * (self.best - self.lowest)
        before = self.value
        move = self.change * (1.0 if grows else self.slow_rate if holds else -1.0)
        self.value = round(min(self.highest, max(0.0, before + move)), DIGITS)
        if self.value == before:
            return SparsityDecision.STAY
        return SparsityDecision.RISE if self.value > before else SparsityDecision.FALL

    def state(self) -> dict[str, Any]:
        """Return what a resume needs to go on."""
        return {'value': self.value, 'recent': self.recent, 'best': self.best,
                'lowest': self.lowest}

    def set_state(self, state: dict[str, Any]) -> None:
        """Resume from `state`."""
        self.value = state['value']
        self.recent = state['recent']
        self.best = state['best']
        self.lowest = state['lowest']
