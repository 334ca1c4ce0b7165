# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a teacher does before anything is pruned from it, beside the floor and the dense policy."""

from __future__ import annotations

from pathlib import Path
import sys
import time

import numpy as np

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.evaluation.reference import act_of
from drl_prune_ros.tasks.catalogue import BATCHED, load_seeds, Task
from drl_prune_ros.tasks.evaluation import evaluate
from drl_prune_ros.tasks.skill import interval95, Reference

EPISODES, DRIVES = 40, 100
"""Validation episodes of a batched engine: drives are short, and seldom end in a crash."""
AT_ONCE = 5
PATIENCE_S = 4.0
"""Seconds for the episodes of a slow environment, AT_ONCE at a time."""
FAR_BELOW = 0.9
"""Skill under which a teacher is told to be far below the catalogue's dense policy."""
MANY_CRASHES = 0.05
"""Crashes an episode that a teacher may add to the dense policy's before it is told."""


def tell_teacher(teacher: Path, name: str, task: Task, reference: Reference) -> None:
    """
    Play validation episodes with `teacher`, and print what it does in one line.

    A second line warns of one that is far below the dense policy of `reference`.

    :param name: what the user called it.
    :raises DrlPruneError: it earns less than the floor, with all of its 95 % interval.
    """
    returns, crash_rate = _play(teacher, task)
    mean = float(returns.mean())
    crashes = '' if crash_rate is None else f', crashes {crash_rate:.1%}'
    dense_crashes = ('' if reference.dense_crash_rate is None
                     else f', crashes {reference.dense_crash_rate:.1%}')
    told = (f'{name} returns {mean:.2f} on {task.id} ({len(returns)} validation episodes)'
            f'{crashes}; floor {reference.floor:.2f}, dense {reference.dense:.2f}{dense_crashes}')
    upper = interval95(returns)[1] if len(returns) > 1 else mean
    if upper < reference.floor:
        raise DrlPruneError(f'{told}: it is below {reference.floor_policy!r}, which does not '
                            'look: train it longer, or give another --teacher')
    print(f'drl-prune: {told}', file=sys.stderr)
    skill = reference.skill(upper)
    more = (crash_rate or 0.0) - (reference.dense_crash_rate or 0.0)
    if skill < FAR_BELOW or more > MANY_CRASHES:
        print(f'drl-prune: warning: the teacher has a skill of {skill:.2f} at best'
              + (f' and crashes {100 * more:.0f} points more than dense' if more > MANY_CRASHES
                 else '') + ': what is pruned from it will hardly be better', file=sys.stderr)


def _play(teacher: Path, task: Task) -> tuple[np.ndarray, float | None]:
    """Return the returns of its episodes, and crashes an episode where it drives."""
    act, first = act_of(teacher, task), load_seeds()['validation'].first
    if task.engine in BATCHED:
        count = DRIVES if task.driving else EPISODES
        played = [evaluate(task, act, first, count, task.engine)]
    else:
        end, played = time.monotonic() + PATIENCE_S, []
        while not played or (time.monotonic() < end and len(played) * AT_ONCE < EPISODES):
            played.append(evaluate(
                task, act, first + AT_ONCE * len(played), AT_ONCE, task.engine, parallel=False))
    returns = np.concatenate([each.returns for each in played])
    crashed = [each.crashed for each in played if each.crashed is not None]
    return returns, float(np.concatenate(crashed).mean()) if crashed else None
