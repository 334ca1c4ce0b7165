# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The baseline `small-dense`: a network of the target size, trained from scratch, never pruned.

Its critic keeps the dense size, unless small critics are asked for: these are what small networks
mostly fail by (Mysore et al., 2021).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.settings import TrainSettings
from drl_prune_ros.training.train import train, TrainOptions
from drl_prune_ros.training.validation import confirm_smallest


@dataclass(frozen=True)
class SmallDenseSettings:
    """Settings of a small network trained from scratch."""

    total_steps: int
    """Environment steps of the run."""
    target_weights: int
    """Weights of the network, at most."""
    prune_critics: bool = False
    """Whether the critics have the same part of the dense ones' weights."""

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> 'SmallDenseSettings':
        """Read settings from a mapping; an unknown name is refused by name."""
        try:
            return cls(**entry)
        except TypeError as error:
            raise DrlPruneError(f'small-dense settings: {error}') from None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for YAML and JSON."""
        plain = asdict(self)
        if not self.prune_critics:
            del plain['prune_critics']
        return plain


def train_small(run: RunFolder, task: Task, settings: TrainSettings, seed: int,
                progress: bool = True) -> None:
    """Train the network that `settings` describe, and keep the best policy on held-out seeds."""
    train(run, task, settings, seed, options=TrainOptions(refit=True, progress=progress))
    confirm_smallest(run, task, settings)
