# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The points of the picture of skill against weights, read from the result files."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.reporting.headlines import headlines
from drl_prune_ros.reporting.report import read_results
from drl_prune_ros.reporting.tables import verdict
from drl_prune_ros.tasks.catalogue import ENGINES, load_task

FOLDERS = ('.', 'baselines', 'gst')
"""Folders of results that are drawn, below the one that is given; those that exist."""
TEACHER = '-teacher'
"""Suffix of a method's name that says where it started from, not what it does."""


@dataclass(frozen=True)
class Point:
    """
    One policy on its task's engine.

    method      name of the method, without the suffix for a teacher
    seed        training seed
    weights     scalars that a decision multiplies
    skill       0 at the floor, 1 at the dense policy
    half_width  of the 95 % interval of skill over episodes
    verdict     'yes' where the policy is lossless, else what is missing; see tables.verdict
    """

    method: str
    seed: int
    weights: int
    skill: float
    half_width: float
    verdict: str

    @property
    def lossless(self) -> bool:
        """Whether the verdict is lossless."""
        return self.verdict == 'yes'


@dataclass(frozen=True)
class Panel:
    """
    One task: its points, the one of the headline table, and what its counts are compared with.

    headline        the smallest lossless policy, else the pruned one with the most skill; None
                    where nothing but dense policies was evaluated
    weights_dense   weights of the dense network
    weights_linear  weights of a linear policy, inputs x outputs
    """

    task: str
    driving: bool
    points: tuple[Point, ...]
    headline: Point | None
    weights_dense: int
    weights_linear: int


def read_panels(results_dir: Path) -> list[Panel]:
    """
    Return a panel for every task that has a skill reference, driving tasks first.

    A policy whose result file stands in several folders is one point. Rows with a vehicle, or
    without a skill reference, are left out.

    :param results_dir: folder with the files TASK/NAME.json, and the folders of `FOLDERS`.
    """
    shipped = {row['sha256'] for row in headlines(read_results(results_dir))}
    points: dict[str, dict[str, Point]] = {}
    for folder in FOLDERS:
        if any((results_dir / folder).glob('*/*.json')):
            for result in read_results(results_dir / folder):
                if figures := told_figures(result):
                    points.setdefault(result['task'], {})[result['sha256']] = point(
                        result, figures)
    if not points:
        raise DrlPruneError(f'no result under {results_dir} has a skill: measure the floor and '
                            'the dense policy with drl-prune reference')
    panels = [panel(task, found, shipped) for task, found in points.items()]
    return sorted(panels, key=lambda each: (not each.driving, each.task))


def told_figures(result: dict[str, Any]) -> dict[str, Any] | None:
    """Return the figures that have a skill: of the task's engine, or of the one it had before."""
    engines = load_task(result['task']).engine, *ENGINES
    return next((figures for engine in engines if 'skill' in (
        figures := result['figures'].get(engine, {}))), None)


def point(result: dict[str, Any], figures: dict[str, Any]) -> Point:
    """Return the point of a result, with its `figures` on the engine that evaluates its task."""
    return Point(
        result['method'].removesuffix(TEACHER), result['seed'], result['weights'],
        figures['skill'], figures['skill_half_width95'], verdict(figures))


def panel(name: str, points: Mapping[str, Point], shipped: Container[str]) -> Panel:
    """Return the panel of a task: `points` by digest, one of them among the `shipped` digests."""
    task = load_task(name)
    return Panel(
        task=name, driving=task.driving, points=tuple(sorted(
            points.values(), key=lambda each: (-each.weights, each.method, each.seed))),
        headline=next((each for digest, each in points.items() if digest in shipped), None),
        weights_dense=task.weights_dense,
        weights_linear=task.dense_widths[0] * task.dense_widths[-1])


def methods_of(panels: Iterable[Panel]) -> list[str]:
    """Return the name of every method in `panels`, in order of the alphabet."""
    return sorted({point.method for panel in panels for point in panel.points})
