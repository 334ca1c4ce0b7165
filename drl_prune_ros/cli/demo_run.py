# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The whole path in one short, honest run: train, prune, export, judge, drive."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from drl_prune_ros.benchmark.drive import drive, DriveSettings, require_driving
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.methods.dsp.settings import DSPSettings
from drl_prune_ros.pruning.run import prune
from drl_prune_ros.reporting.finish import finish_run
from drl_prune_ros.reporting.markdown import markdown
from drl_prune_ros.reporting.plots import plot_latency, plot_training
from drl_prune_ros.reporting.result import read_result, RESULT_FILE, with_skill
from drl_prune_ros.reporting.tables import percent, speed
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.tasks.skill import load_reference
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.settings import train_settings
from drl_prune_ros.training.train import train

TASK = 'highway-fast-v0'
SEED = 1
TARGET, RAMP = 1000, (0.75, 0.85)
VERDICTS = 14
FINAL_EPISODES = 2000
DRIVEN_EPISODES = 3
DRIVE_SEED = 200


def run_demo(folder: Path, steps: int, say: Callable[[str], None]) -> str:
    """
    Train a dense policy and a pruned one for `steps` steps each, judge both and drive with both.

    Everything is written under `folder`, which must be new or empty. Returns the closing table.
    """
    require_driving()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DrlPruneError(f'{folder} exists and is kept: give another --folder')
    # Networks this small gain nothing from a second thread, and lose a lot where others run.
    torch.set_num_threads(1)
    task = load_task(TASK)
    settings = train_settings(task.train, total_steps=steps)
    pruning = DSPSettings(
        total_steps=steps, target_weights=TARGET, ramp=RAMP, verdicts=VERDICTS)
    reference = load_reference(task.id, task.engine)
    common = {'task': task.id, 'train': settings.to_dict()}
    runs = {
        'dense': RunFolder.create(folder / 'dense', {**common, 'method': 'dense'}, SEED),
        'shrunk': RunFolder.create(
            folder / 'shrunk', {**common, 'method': 'dsp', 'pruning': pruning.to_dict()}, SEED)}
    say(f'1/4  training a dense policy on {task.id}, {steps:,} steps')
    train(runs['dense'], task, settings, SEED)
    say(f'2/4  training one that is pruned while it trains, {steps:,} steps')
    prune(runs['shrunk'], task, settings, pruning, SEED, reference)
    say(f'3/4  exporting and judging both, {FINAL_EPISODES:,} episodes each')
    for run in runs.values():
        finish_run(run, FINAL_EPISODES)
    say(f'4/4  driving both over ROS 2 topics, {DRIVEN_EPISODES} episodes each')
    video = folder / 'drive.mp4'
    drives = {name: _drive(run, video if name == 'shrunk' else None)
              for name, run in runs.items()}
    plot_training(runs, folder / 'training.png')
    plot_latency({name: report['latency_counts'] for name, report in drives.items()},
                 folder / 'latency.png')
    results = {name: with_skill(read_result(run.path / RESULT_FILE))
               for name, run in runs.items()}
    files = [video, folder / 'training.png', folder / 'latency.png',
             *(run.policy_file for run in runs.values())]
    return '\n'.join([demo_table(results, drives), '', *map(str, files)])


def demo_table(results: dict[str, dict[str, Any]], drives: dict[str, dict[str, Any]]) -> str:
    """Return what dense and shrunk weigh, reach and cost, side by side."""
    rows: dict[str, Callable[[dict, dict, dict], str]] = {
        'weights': lambda r, f, d: f'{r["weights"]:,}',
        'neurons': lambda r, f, d: str(r['neurons']),
        'layers': lambda r, f, d: '-'.join(map(str, r['widths'])),
        'file bytes': lambda r, f, d: f'{r["file_bytes"]:,}',
        'return': lambda r, f, d: f'{f["return_mean"]:.2f}',
        '  95 % interval': lambda r, f, d: '{:.2f} to {:.2f}'.format(*f['return_ci95']),
        'skill': lambda r, f, d: f'{f["skill"]:.3f} ± {f["skill_half_width95"]:.3f}',
        'crash rate': lambda r, f, d: percent(f['crash_rate']),
        'speed': lambda r, f, d: speed(f['speed_mean']),
        'return over topics': lambda r, f, d: f'{d["return_mean"]:.2f}',
        'latency p50': lambda r, f, d: f'{d["latency_ms"]["p50"]:.2f} ms',
        'latency p99': lambda r, f, d: f'{d["latency_ms"]["p99"]:.2f} ms',
        'policy node PSS': lambda r, f, d: f'{d["pss_mb"]["policy"]:.1f} MB',
    }
    names = list(results)
    return markdown(['', *names], [
        [label, *(show(results[name], results[name]['figures']['envpool'], drives[name])
                  for name in names)]
        for label, show in rows.items()])


def _drive(run: RunFolder, video: Path | None) -> dict[str, Any]:
    settings = DriveSettings(run.policy_file, DRIVEN_EPISODES, DRIVE_SEED, True, video=video)
    with tqdm(total=DRIVEN_EPISODES, unit='episode') as bar:
        def progress(finished: int) -> None:
            if finished > bar.n:
                bar.update(finished - bar.n)
        return drive(settings, progress)
