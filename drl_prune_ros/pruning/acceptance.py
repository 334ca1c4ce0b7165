# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""When a pruned policy is good enough to be deployed."""

from collections.abc import Callable

from drl_prune_ros.tasks.evaluation import Act, Episodes
from drl_prune_ros.tasks.skill import Reference
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.selection import best_by_guard

EXTRA_CRASHES = 0.005
"""Crash rate above the dense policy's that a deployed policy may have..."""
AT_SKILL_LOSS = 0.03
"""...where it may lack this much skill, or more; who allows less skill to go allows, in the same
proportion, fewer crashes: a search for the smallest network ends close to what it is allowed."""


def acceptance(reference: Reference, max_skill_loss: float) -> Callable[[Episodes], bool]:
    """Return the judge of episodes: skill lost within limits, and crashes too."""
    extra = EXTRA_CRASHES * min(1.0, max_skill_loss / AT_SKILL_LOSS)

    def acceptable(episodes: Episodes) -> bool:
        skilled = reference.skill(episodes.return_mean) >= 1.0 - max_skill_loss
        crashes = (episodes.crash_rate or 0.0) - (reference.dense_crash_rate or 0.0)
        return skilled and crashes <= extra
    return acceptable


def near_its_best(run: RunFolder, judge: Callable[[Act], Episodes],
                  max_return_loss: float) -> Callable[[Episodes], bool]:
    """
    Return the judge of episodes where no dense policy is asked: the run's own best stands in.

    :param judge: plays guard episodes that the run has not seen: the best of its many guard
        returns flatters itself, and would stand too high.
    :param max_return_loss: part of the return that the run gained, from its lowest guard episodes
        to its best policy, by which a policy may lie below the best.
    """
    worst = min(row['guard_return'] for row in run.metrics() if 'guard_return' in row)
    best = judge(best_by_guard(run.best)).return_mean
    least = best - max_return_loss * max(0.0, best - worst)
    return lambda episodes: episodes.return_mean >= least
