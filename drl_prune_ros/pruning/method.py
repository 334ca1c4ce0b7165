# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a method of pruning is: how it is planned, what it starts from, and how it runs."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.tasks.skill import Reference
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.settings import TrainSettings


@dataclass(frozen=True)
class Wishes:
    """What was asked for on the command line; None where nothing was."""

    total_steps: int | None = None
    target_weights: int | None = None
    max_skill_loss: float | None = None
    prune_critics: bool | None = None
    without: tuple[str, ...] = ()
    sparsity: float | None = None
    block_sizes: tuple[int, ...] | None = None
    grouped: float | None = None


class Settings(Protocol):
    """Settings of any method."""

    total_steps: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for YAML and JSON."""


@dataclass(frozen=True)
class Start:
    """Everything a run is made from."""

    task: Task
    settings: TrainSettings
    method: Any
    seed: int
    reference: Reference | None
    teacher: Path | None


@dataclass(frozen=True)
class Method:
    """
    A method of pruning, or a baseline.

    plan      its settings, from the task, the dense training settings, whether there is a teacher
              and the wishes
    shape     hidden widths of the network that it starts to train
    run       does it in a run folder
    teacher   'needed', 'possible' or 'none'
    by_skill  whether it asks how skilled a policy is, so that it needs a reference
    parts     what `--without` can turn off
    """

    plan: Callable[[Task, TrainSettings, bool, Wishes], Any]
    shape: Callable[[Task, TrainSettings, Any], TrainSettings]
    run: Callable[[RunFolder, Start], None]
    teacher: str
    by_skill: bool
    parts: tuple[str, ...] = ()
