# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Run folders: self-describing, never overwritten, refused when they do not fit."""

from pathlib import Path

import pytest
import yaml

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.training.run_folder import portable, RunFolder

CONFIG = {'task': 'CartPole-v1', 'method': 'dense', 'train': {'gamma': 0.9}}


def test_a_run_says_what_made_it(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / 'run', CONFIG, seed=4)
    entry = yaml.safe_load((run.path / 'run.yaml').read_text())
    assert entry['task'] == 'CartPole-v1'
    assert entry['seed'] == 4
    assert entry['versions']['torch']
    assert {'command', 'commit', 'version'} <= set(entry)
    assert RunFolder.open(run.path).config == run.config


def test_a_run_is_never_overwritten(tmp_path: Path) -> None:
    RunFolder.create(tmp_path / 'run', CONFIG, seed=4)
    before = (tmp_path / 'run' / 'run.yaml').read_bytes()
    with pytest.raises(DrlPruneError, match='exists already: give --resume'):
        RunFolder.create(tmp_path / 'run', CONFIG, seed=5)
    assert (tmp_path / 'run' / 'run.yaml').read_bytes() == before


def test_a_run_of_another_task_is_not_resumed(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / 'run', CONFIG, seed=4)
    with pytest.raises(DrlPruneError, match="task 'CartPole-v1', not 'highway-fast-v0'"):
        run.require(task='highway-fast-v0')
    with pytest.raises(DrlPruneError, match='seed 4, not 5'):
        run.require(**CONFIG, seed=5)
    with pytest.raises(DrlPruneError, match=r'train.gamma 0.9, not 0.8'):
        run.require(train={'gamma': 0.8})
    run.require(**CONFIG, seed=4)


def test_a_setting_that_went_back_to_its_default_is_noticed(tmp_path: Path) -> None:
    config = {**CONFIG, 'train': {'gamma': 0.9, 'crash_penalty': 5.0},
              'pruning': {'rollback': {'hold_below': 0.9}, 'decisions': 12}}
    run = RunFolder.create(tmp_path / 'run', config, seed=4)
    with pytest.raises(DrlPruneError, match=r'train.crash_penalty 5.0, not left at its default'):
        run.require(**{**config, 'train': {'gamma': 0.9}})
    with pytest.raises(DrlPruneError, match=r'with train.normalize left at its default, not True'):
        run.require(**{**config, 'train': {**config['train'], 'normalize': True}})
    with pytest.raises(DrlPruneError, match=r'pruning.rollback.hold_below 0.9, not left at'):
        run.require(**{**config, 'pruning': {'rollback': None, 'decisions': 12}})
    run.require(**config, seed=4)
    run.require(task='CartPole-v1')


@pytest.mark.parametrize(('text', 'message'), [
    (None, 'run.yaml is missing'), (':', 'is damaged'), ('- a list', 'is damaged'),
    ('version: 99', 'has version 99'), ('version: 1\ntask: CartPole-v1', 'command is missing'),
])
def test_what_is_no_run_is_refused(tmp_path: Path, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / 'run.yaml').write_text(text)
    with pytest.raises(DrlPruneError, match=message):
        RunFolder.open(tmp_path)


def test_metrics_survive_a_line_cut_short(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / 'run', CONFIG, seed=4)
    run.log(step=1)
    run.log(step=2)
    with (run.path / 'metrics.jsonl').open('a') as file:
        file.write('{"step": 3, "gua')
    assert run.metrics() == [{'step': 1}, {'step': 2}]
    run.log(step=4)
    assert run.metrics() == [{'step': 1}, {'step': 2}, {'step': 4}]


@pytest.mark.parametrize('argument, told', [
    ('/home/someone/work/runs/dense-1', 'runs/dense-1'), ('runs/dense-1', 'runs/dense-1'),
    ('--seed', '--seed'), ('1000', '1000')])
def test_a_command_tells_nothing_of_the_machine(argument: str, told: str) -> None:
    assert portable(argument) == told
