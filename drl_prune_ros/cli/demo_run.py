# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The whole path in one run: shrink a policy, evaluate it, measure its cost, drive with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from drl_prune_ros.benchmark.drive import drive, DriveSettings, require_driving
from drl_prune_ros.benchmark.inference import measure_runtimes
from drl_prune_ros.cli.demo_evaluation import PairedEvaluation
from drl_prune_ros.cli.demo_stages import Stages
from drl_prune_ros.cli.demo_table import demo_table, Measured
from drl_prune_ros.cli.demo_training import prune_from_scratch, prune_policy, SHORT, train_dense
from drl_prune_ros.cli.run_arguments import check_training_seed
from drl_prune_ros.files import already_exists, write_atomically
from drl_prune_ros.policy.policy_file import PolicyFile, read_policy
from drl_prune_ros.pruning.methods.dsp.settings import DSPSettings
from drl_prune_ros.reporting.finish import finish_run
from drl_prune_ros.reporting.plots import plot_training
from drl_prune_ros.resources import models_dir
from drl_prune_ros.tasks.catalogue import load_task, Task
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.settings import train_settings

TASK = 'highway-fast-v0'
DRIVE_SEED = 200


@dataclass(frozen=True)
class DemoSettings:
    """What the demo does, and how much of it."""

    seed: int = 1
    """Training seed."""
    from_scratch: bool = False
    """Whether the dense policy is trained first, and the other one is pruned from nothing."""
    steps: int | None = None
    """From scratch: environment steps of each of the two runs; the catalogue's by default."""
    pruning: DSPSettings = SHORT
    """How the shipped policy is pruned."""
    episodes: int = 20_000
    """Final episodes that each policy plays."""
    driven: int = 20
    """Episodes that each policy drives over ROS 2."""


def run_demo(folder: Path, settings: DemoSettings) -> str:
    """
    Go through all stages; returns the closing table with the files that were written.

    Everything is written under `folder`, which must be new or empty.
    """
    require_driving()
    _check(folder, settings)
    task = load_task(TASK)
    stages = Stages(_stages(settings, task))
    dense, runs = train_policies(folder, task, settings, stages)
    stages.begin()
    evaluation, figures = _evaluate(dense, runs, task, settings.episodes)
    policies = {'dense': read_policy(dense), 'shrunk': read_policy(runs['shrunk'].policy_file)}
    stages.begin()
    c_us = _time_c(policies)
    stages.begin()
    video = folder / 'drive.mp4'
    drives = {name: _drive(name, policy.path, settings.driven, video if name == 'shrunk' else None)
              for name, policy in policies.items()}
    picture = folder / 'training.png'
    plot_training(runs, picture, evaluation.reference)
    measured = [Measured(policies[name], figures[name], c_us[name], drives[name])
                for name in policies]
    table = demo_table(measured[0], measured[1], evaluation.reference)
    table_file = folder / 'table.md'
    write_atomically(table_file, f'{table}\n'.encode())
    files = [policies['dense'].path, video, picture, table_file, policies['shrunk'].path]
    return '\n'.join(['', table, '', *map(str, files), f'sha256 {policies["shrunk"].sha256}'])


def train_policies(folder: Path, task: Task, settings: DemoSettings,
                   stages: Stages) -> tuple[Path, dict[str, RunFolder]]:
    """
    Return the file of the dense policy, and the runs of this demo by what they end with.

    The same seed gives the same policies on one machine, whatever else runs there.
    """
    # Sums depend on how many threads share them. Networks this small gain nothing from a second.
    torch.set_num_threads(1)
    if settings.from_scratch:
        wanted = train_settings(task.train, total_steps=settings.steps)
        stages.begin()
        dense = train_dense(folder / 'dense', task, settings.seed, wanted)
        stages.begin()
        shrunk = prune_from_scratch(folder / 'shrunk', task, settings.seed, wanted, dense)
        return dense.policy_file, {'dense': dense, 'shrunk': shrunk}
    stages.begin()
    shipped = models_dir() / f'{TASK}-dense.onnx'
    return shipped, {'shrunk': prune_policy(
        folder / 'shrunk', task, shipped, settings.seed, settings.pruning)}


def _check(folder: Path, settings: DemoSettings) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise already_exists(folder, 'give another --folder')
    check_training_seed(settings.seed)


def _stages(settings: DemoSettings, task: Task) -> list[tuple[str, float]]:
    """Return titles, and seconds on two idle cores."""
    episodes, driven = settings.episodes, settings.driven
    if settings.from_scratch:
        steps = train_settings(task.train, total_steps=settings.steps).total_steps
        shrinking = [(f'train a dense policy, {steps:,} steps', 130e-6 * steps),
                     (f'train another one and prune it meanwhile, {steps:,} steps',
                      130e-6 * steps)]
    else:
        pruning = settings.pruning
        shrinking = [(f'prune models/{TASK}-dense.onnx while it trains on, '
                      f'{task.weights_dense:,} to {pruning.target_weights:,} weights',
                      450e-6 * pruning.total_steps)]
    return [*shrinking,
            (f'evaluate both on the same {episodes:,} episodes', 1.5e-3 * episodes),
            ('export to C, and time one inference', 3.0),
            (f'drive with both over ROS 2, the same {driven} episodes in lock-step',
             10.0 + 2.0 * driven)]


def _evaluate(dense: Path, runs: Mapping[str, RunFolder], task: Task, episodes: int,
              ) -> tuple[PairedEvaluation, dict[str, dict[str, Any]]]:
    """Evaluate both, export what was trained; returns the figures by 'dense' and 'shrunk'."""
    evaluation = PairedEvaluation(task, episodes)
    figures = {}
    if 'dense' in runs:
        result = finish_run(runs['dense'], evaluate=evaluation.dense)
        figures['dense'] = result['figures'][task.engine]
    else:
        figures['dense'] = evaluation.dense(dense)
    result = finish_run(runs['shrunk'], evaluate=evaluation.shrunk)
    figures['shrunk'] = result['figures'][task.engine]
    return evaluation, figures


def _time_c(policies: Mapping[str, PolicyFile]) -> dict[str, float | None]:
    """Return the median microseconds of one inference in C; None where nothing can compile it."""
    with tqdm(unit='round') as bar:
        def progress(done: int, rounds: int) -> None:
            bar.total = rounds
            bar.update(done - bar.n)
        runtimes, missing = measure_runtimes(policies, progress, kinds=('c',))
    for reason in missing.values():
        print(reason, flush=True)
    return {name: runtimes[name]['c']['p50_us'] if runtimes[name] else None for name in policies}


def _drive(name: str, policy: Path, episodes: int, video: Path | None) -> dict[str, Any]:
    settings = DriveSettings(policy, episodes, DRIVE_SEED, lockstep=True, video=video)
    with tqdm(total=episodes, desc=f'{name:>6}', unit='episode') as bar:
        def progress(finished: int) -> None:
            if finished > bar.n:
                bar.update(finished - bar.n)
        return drive(settings, progress)
