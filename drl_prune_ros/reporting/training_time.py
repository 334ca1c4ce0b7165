# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What pruning costs in wall-clock time: DSP against dense training, in interleaved pairs."""

from collections.abc import Callable
from dataclasses import replace
import math
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
import time
from typing import Any

from drl_prune_ros.pruning.methods.dsp.budget import RollbackSettings
from drl_prune_ros.pruning.methods.dsp.pruner import DynamicStructuredPruning
from drl_prune_ros.pruning.methods.dsp.settings import DSPSettings
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.tasks.skill import Reference
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.schedule import LearningRateSchedule
from drl_prune_ros.training.settings import TrainSettings
from drl_prune_ros.training.train import train, TrainOptions
from drl_prune_ros.training.validation import validation_episodes

PACE_FILE = 'pace.json'
PACE_VERSION = 2
CONTENT = RollbackSettings(
    start_at=-math.inf, hold_below=-math.inf, roll_back_below=-math.inf, extra_crashes=1.0)
"""A rollback that never happens: validation episodes are played, and pruning continues."""


def measure_pace(task: Task, settings: TrainSettings, pruning: DSPSettings, reference: Reference,
                 seed: int, pairs: int, say: Callable[[str], None]) -> dict[str, Any]:
    """
    Train dense and DSP in turn, `pairs` times, for the same environment steps.

    Validation, surgery, reconstruction and fine-tuning are inside; the final acceptance is not.
    Validation lets the budget fall whatever the skill, so that every pair prunes to the target:
    what costs least, not pruning, must not look fast.

    :return: seconds of every run, the ratio of every pair and their median, and where the time
        went.
    """
    runs: dict[str, list[dict[str, Any]]] = {'dense': [], 'dsp': []}
    pruning = replace(pruning, rollback=CONTENT)
    with TemporaryDirectory() as folder:
        for pair in range(pairs):
            for method in ('dense', 'dsp') if pair % 2 == 0 else ('dsp', 'dense'):
                path = Path(folder) / f'{method}-{pair}'
                run = RunFolder.create(path, {'task': task.id, 'method': method}, seed)
                runs[method].append(_timed(run, task, settings, seed + pair,
                                           pruning if method == 'dsp' else None, reference))
                say(f'{method} {pair + 1} of {pairs}: {runs[method][-1]["seconds"]:.1f} s')
    ratios = [pruned['seconds'] / dense['seconds']
              for dense, pruned in zip(runs['dense'], runs['dsp'], strict=True)]
    return {'version': PACE_VERSION, 'task': task.id, 'steps': settings.total_steps,
            'target_weights': pruning.target_weights, 'ramp': list(pruning.ramp),
            'ratios': ratios, 'median_ratio': median(ratios), 'runs': runs}


def _timed(run: RunFolder, task: Task, settings: TrainSettings, seed: int,
           pruning: DSPSettings | None, reference: Reference) -> dict[str, Any]:
    def evaluate(act: Any) -> tuple[float, float | None]:
        episodes = validation_episodes(task, act, settings)
        return reference.skill(episodes.return_mean), episodes.crash_rate

    pruner = DynamicStructuredPruning(pruning, run, evaluate) if pruning else None
    schedule = (LearningRateSchedule(breakpoint=pruning.ramp[0], slow_rate=pruning.rate_at_ramp)
                if pruning else LearningRateSchedule())
    started = time.monotonic()
    train(run, task, settings, seed, pruner, TrainOptions(schedule=schedule, progress=False))
    seconds = time.monotonic() - started
    rows = run.metrics()
    phases = next(row['seconds_by_phase'] for row in rows if 'seconds_by_phase' in row)
    weights = [row['weights'] for row in rows if 'weights' in row]
    return {'seconds': seconds, **phases,
            'validation': sum(row.get('validation_seconds', 0.0) for row in rows),
            'reconstruction': sum(row.get('reconstruction_seconds', 0.0) for row in rows),
            'weights': weights[-1] if weights else task.weights_dense}
