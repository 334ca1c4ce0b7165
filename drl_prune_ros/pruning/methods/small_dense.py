# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The baseline `small-dense`: a network of the target size, trained from scratch, never pruned.

Its critic keeps the dense size, unless small critics are asked for: these are what small networks
mostly fail by (Mysore et al., 2021).
"""

from dataclasses import dataclass
from typing import Any

from drl_prune_ros.pruning.evaluation.compression import constant_compression
from drl_prune_ros.pruning.method import (
    CliOverrides,
    entry_of,
    Method,
    require_prunable_critics,
    RunContext,
    TeacherUse,
    with_target,
)
from drl_prune_ros.pruning.settings import SettingsBase
from drl_prune_ros.pruning.widths import small_network
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.settings import TrainSettings
from drl_prune_ros.training.train import train, TrainOptions
from drl_prune_ros.training.validation import confirm_smallest


@dataclass(frozen=True)
class SmallDenseSettings(SettingsBase):
    """Settings of a small network trained from scratch."""

    LABEL = 'small-dense settings'
    OMITTED_AT_DEFAULT = ('prune_critics',)

    total_steps: int
    """Environment steps of the run."""
    target_weights: int
    """Weights of the network, at most."""
    prune_critics: bool = False
    """Whether the critics have the same part of the dense ones' weights."""


class SmallDense(Method[SmallDenseSettings]):
    """Train a small network from scratch."""

    name = 'small-dense'
    teacher = TeacherUse.NONE
    options = frozenset({'--target-weights', '--prune-critics'})

    def settings(self, task: Task, dense: TrainSettings, from_teacher: bool,
                 overrides: CliOverrides) -> SmallDenseSettings:
        """Return the catalogue's settings, or the target of DSP."""
        values = with_target(entry_of(task, dense, from_teacher, self.name), overrides)
        if overrides.prune_critics:
            require_prunable_critics(dense)
            values['prune_critics'] = True
        return SmallDenseSettings.from_dict(values)

    def initial_network(self, task: Task, dense: TrainSettings,
                        settings: SmallDenseSettings) -> TrainSettings:
        """Return a dense network of the target size."""
        return small_network(task, dense, settings.target_weights, settings.prune_critics)

    def run(self, context: RunContext[SmallDenseSettings]) -> None:
        """Train, and keep the policy that is best on held-out episodes."""
        train(context.run, context.task, context.train, context.seed,
              options=TrainOptions(refit=True, progress=context.progress))
        confirm_smallest(context.run, context.task, context.train)

    def compression(self, run: RunFolder) -> dict[str, Any] | None:
        """Return what it is all along, beside the methods that prune critics of TD3."""
        small_critics = run.config['pruning'].get('prune_critics')
        if run.config['train']['algo'] != 'td3' or not small_critics:
            return None
        return constant_compression(run)
