# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The episodes that decide between the policies of a run, during the run and at its end."""

from drl_prune_ros.tasks.catalogue import BATCHED, load_seeds, Task
from drl_prune_ros.tasks.evaluation import Act, Episodes, evaluate
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.selection import confirm, no_limits
from drl_prune_ros.training.settings import TrainSettings

VALIDATION_EPISODES = dict.fromkeys(BATCHED, 1000)
"""Validation episodes by engine, where the settings leave them open..."""
SLOW_VALIDATION_EPISODES = 50
"""...and those of every other engine."""
HELD_OUT_FACTOR = 5
"""Held-out episodes per validation episode."""
VALIDATIONS_PER_RUN = 30
"""How often a run is validated, where the settings leave it open."""


def validation_episodes(task: Task, act: Act, settings: TrainSettings) -> Episodes:
    """Play the validation episodes of `task`, the same seeds every time."""
    return evaluate(task, act, load_seeds()['validation'].first,
                    _number_of_episodes(task, settings), task.engine)


def held_out_episodes(task: Task, act: Act, settings: TrainSettings) -> Episodes:
    """Play held-out validation episodes, five times as many, to confirm a choice."""
    seeds = load_seeds()['validation']
    episodes = HELD_OUT_FACTOR * _number_of_episodes(task, settings)
    return evaluate(task, act, (seeds.first + seeds.last) // 2, episodes, task.engine)


def confirm_smallest(run: RunFolder, task: Task, settings: TrainSettings) -> None:
    """Leave one candidate of `run`: of the smallest size, the best one on held-out seeds."""
    confirm(run, lambda act: held_out_episodes(task, act, settings), no_limits)


def steps_per_validation(settings: TrainSettings) -> int:
    """Return the environment steps between two validations."""
    return max(1, settings.total_steps // (settings.validations_per_run or VALIDATIONS_PER_RUN))


def _number_of_episodes(task: Task, settings: TrainSettings) -> int:
    return settings.validation_episodes or VALIDATION_EPISODES.get(
        task.engine, SLOW_VALIDATION_EPISODES)
