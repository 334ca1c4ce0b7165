# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The floor of a task: the best return of policies that ignore their observations."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import qmc

from drl_prune_ros.policy.contracts import ActionContract
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.tasks.evaluation import Act, Episodes, evaluate

GRID_POINTS = 21
RANDOM = 'uniform random'


@dataclass(frozen=True)
class BaselinePolicy:
    """A policy that ignores its observation, and the episodes it played."""

    name: str
    episodes: Episodes


def constant_action(action: ArrayLike) -> Act:
    """Return the policy that always takes `action`: an index, or one value per component."""
    return lambda observations: np.repeat(np.asarray(action)[None], len(observations), axis=0)


def random_action(contract: ActionContract, seed: int) -> Act:
    """Return the policy that draws an action uniformly from what the contract allows."""
    rng = np.random.default_rng(seed)
    if contract.discrete:
        return lambda observations: rng.integers(contract.size, size=len(observations))
    low, high = np.array(contract.low), np.array(contract.high)
    return lambda observations: rng.uniform(low, high, (len(observations), contract.size))


def action_grid(contract: ActionContract) -> np.ndarray:
    """
    Return 21 continuous actions (21, k) float64 that cover the bounds, the middle among them.

    One component is spaced evenly from bound to bound; more are a scrambled Halton set.
    """
    low, high = np.array(contract.low), np.array(contract.high)
    if contract.size == 1:
        return np.linspace(low, high, GRID_POINTS)
    spread = qmc.Halton(contract.size, rng=np.random.default_rng(0)).random(GRID_POINTS - 1)
    return np.concatenate([(low + high)[None] / 2, qmc.scale(spread, low, high)])


def constant_policies(task: Task) -> dict[str, Act]:
    """Return every constant action of a discrete task, or a grid of a continuous one, by name."""
    if task.action.discrete:
        return {name: constant_action(i) for i, name in enumerate(task.action.names)}
    return {f'constant {", ".join(f"{value:.6g}" for value in action)}': constant_action(action)
            for action in action_grid(task.action)}


def baseline_acts(task: Task, seed: int) -> dict[str, Act]:
    """Return the constant policies and the uniform random one, by name."""
    return {**constant_policies(task), RANDOM: random_action(task.action, seed)}


def play_baseline(task: Task, name: str, engine: str, first_seed: int,
                  episodes: int) -> BaselinePolicy:
    """Evaluate the baseline policy of a name."""
    # What is drawn at random depends on who drew before.
    return BaselinePolicy(name, evaluate(
        task, baseline_acts(task, first_seed)[name], first_seed, episodes, engine,
        parallel=name != RANDOM))


def baseline_policies(task: Task, engine: str, first_seed: int,
                      episodes: int) -> list[BaselinePolicy]:
    """Evaluate every baseline policy, the best one first."""
    played = [play_baseline(task, name, engine, first_seed, episodes)
              for name in baseline_acts(task, first_seed)]
    return sorted(played, key=lambda baseline: -baseline.episodes.return_mean)
