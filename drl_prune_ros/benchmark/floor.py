# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The floor of a task: what a policy that does not look can reach."""

from dataclasses import dataclass

import numpy as np

from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.tasks.evaluation import Act, Episodes, evaluate


@dataclass(frozen=True)
class Blind:
    """A policy that ignores its observation, and the episodes it played."""

    name: str
    episodes: Episodes


def constant_action(action: int) -> Act:
    """Return the policy that always takes `action`."""
    return lambda observations: np.full(len(observations), action)


def random_action(actions: int, seed: int) -> Act:
    """Return the policy that draws one of `actions` uniformly."""
    rng = np.random.default_rng(seed)
    return lambda observations: rng.integers(actions, size=len(observations))


def blind_policies(task: Task, engine: str, first_seed: int, episodes: int) -> list[Blind]:
    """Judge every constant action and the uniform random policy, the best one first."""
    acts = {name: constant_action(i) for i, name in enumerate(task.action.names)}
    acts['uniform random'] = random_action(task.outputs, first_seed)
    played = [Blind(name, evaluate(task, act, first_seed, episodes, engine))
              for name, act in acts.items()]
    return sorted(played, key=lambda blind: -blind.episodes.return_mean)
