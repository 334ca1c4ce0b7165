# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The dense policy of the demo and the shrunk one on the same final episodes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.policy.runtime import load_runtime
from drl_prune_ros.tasks.catalogue import load_seeds, Task
from drl_prune_ros.tasks.evaluation import Episodes, evaluate_policy
from drl_prune_ros.tasks.skill import (
    figures_of,
    load_reference,
    Reference,
    seed_by_seed,
    standard_error,
)


class PairedEvaluation:
    """
    Plays the first `episodes` final seeds of `task`, first `dense` and then `shrunk`.

    Skill is then measured by what dense returned on these very seeds, and by the floor of the
    catalogue: see `reference`.
    """

    def __init__(self, task: Task, episodes: int) -> None:
        self.task = task
        self.episodes = episodes

    def dense(self, policy: Path) -> dict[str, Any]:
        """Return the figures of the dense policy file."""
        self.dense_policy = policy
        self.played = self._play(policy, 'dense')
        return figures_of(self.played)

    def shrunk(self, policy: Path) -> dict[str, Any]:
        """Return the figures of the shrunk policy file, with what it did beside the dense one."""
        played = self._play(policy, 'shrunk')
        return {**figures_of(played), 'beside': seed_by_seed(
            played, self.played, read_policy(self.dense_policy).sha256)}

    @property
    def reference(self) -> Reference:
        """What the skill of both is measured by."""
        return replace(
            load_reference(self.task.id, self.task.engine),
            dense=self.played.return_mean, dense_error=standard_error(self.played.returns),
            dense_crash_rate=self.played.crash_rate, dense_episodes=len(self.played),
            dense_sha256=read_policy(self.dense_policy).sha256)

    def _play(self, policy: Path, name: str) -> Episodes:
        return evaluate_policy(
            load_runtime(policy), self.task, load_seeds()['final'].first, self.episodes,
            self.task.engine, lambda seeds: tqdm(seeds, desc=f'{name:>6}', unit='episode'))
