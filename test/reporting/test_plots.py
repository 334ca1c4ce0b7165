# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Plots are drawn from what runs and drives recorded."""

from pathlib import Path

from PIL import Image

from drl_prune_ros.reporting.plots import plot_latency, plot_training
from drl_prune_ros.tasks.skill import load_reference
from drl_prune_ros.training.run_folder import RunFolder


def colors(path: Path) -> int:
    return len(Image.open(path).convert('RGB').getcolors(1 << 20) or [])


def test_training_plot(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / 'run', {'task': 'CartPole-v1'}, 1)
    for step, validation_return in ((100, 20.0), (200, 22.0)):
        run.log(step=step, validation_return=validation_return)
    run.log(step=150, weights=900)
    plot_training({'shrunk': run}, tmp_path / 'training.png')
    assert colors(tmp_path / 'training.png') > 10

    skills = tmp_path / 'skill.png'
    plot_training({'shrunk': run}, skills, load_reference('CartPole-v1', 'envpool'))
    assert colors(skills) > 10
    assert skills.read_bytes() != (tmp_path / 'training.png').read_bytes()


def test_latency_plot_takes_zero_and_one_value(tmp_path: Path) -> None:
    plot_latency({'dense': [(0.0, 5), (1.0, 90), (30.0, 1)], 'shrunk': [(1.0, 96)]},
                 tmp_path / 'latency.png')
    assert colors(tmp_path / 'latency.png') > 10
