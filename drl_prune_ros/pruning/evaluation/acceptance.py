# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""When a pruned policy is good enough to be deployed."""

from collections.abc import Callable

from drl_prune_ros.tasks.evaluation import Act, Episodes
from drl_prune_ros.tasks.skill import Reference
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.selection import best_by_validation, Margin

EXTRA_CRASHES = 0.005
"""Crash rate above the dense policy's that a deployed policy may have..."""
AT_SKILL_LOSS = 0.03
"""...where it may lack this much skill, or more; who allows less skill to go allows, in the same
proportion, fewer crashes: a search for the smallest network ends close to what it is allowed."""


def acceptance(reference: Reference, max_skill_loss: float) -> Margin:
    """
    Return the margin of episodes: how far skill and crashes are within their limits.

    The lesser of the two counts, each as a part of what is allowed at most: a policy that drives
    fast and crashes too often is no better than one that is as far from the limit of skill.
    """
    extra = EXTRA_CRASHES * min(1.0, max_skill_loss / AT_SKILL_LOSS)

    def margin(episodes: Episodes) -> float:
        skill = reference.skill(episodes.return_mean) - (1.0 - max_skill_loss)
        if episodes.crash_rate is None:
            return skill / AT_SKILL_LOSS
        crashes = episodes.crash_rate - (reference.dense_crash_rate or 0.0)
        return min(skill / AT_SKILL_LOSS, (extra - crashes) / EXTRA_CRASHES)
    return margin


def near_its_best(run: RunFolder, play: Callable[[Act], Episodes],
                  max_return_loss: float) -> Margin:
    """
    Return the margin of episodes where no dense policy is asked: the run's own best stands in.

    :param play: plays validation episodes that the run has not seen: the best of its many
        validation returns flatters itself, and would stand too high.
    :param max_return_loss: part of the return that the run gained, from its lowest validation
        episodes to its best policy, by which a policy may lie below the best.
    """
    worst = min(row['validation_return'] for row in run.metrics() if 'validation_return' in row)
    best = play(best_by_validation(run.best)).return_mean
    least = best - max_return_loss * max(0.0, best - worst)
    return lambda episodes: episodes.return_mean - least
