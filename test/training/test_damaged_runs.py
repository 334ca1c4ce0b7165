# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Damage to any file of a run folder is told of in one line, or the file is not read."""

import dataclasses
import hashlib
from pathlib import Path
import shutil
from typing import Any

from hypothesis import given, settings, strategies
import pytest
from stable_baselines3 import DQN
from stable_baselines3.common.base_class import BaseAlgorithm

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.resume_file import load_progress, save_progress
from drl_prune_ros.training.checkpoint import (
    latest_checkpoint,
    load_checkpoint,
    load_state,
    save_checkpoint,
)
from drl_prune_ros.training.export import chosen_checkpoint
from drl_prune_ros.training.networks.mlp import actor_of
from drl_prune_ros.training.outcome import read_outcome, RunOutcome, write_outcome
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.selection import Candidate, candidates


def digest_of(model: BaseAlgorithm) -> str:
    digest = hashlib.sha256()
    for parameter in actor_of(model).parameters():
        digest.update(parameter.detach().numpy().tobytes())
    return digest.hexdigest()


def read_all(path: Path) -> list[Any]:
    """Return everything that commands read of a run."""
    run = RunFolder.open(path)
    newest = latest_checkpoint(run.checkpoints)
    assert newest
    progress = load_progress(path / 'search.pt')
    return [run.config, run.metrics(), read_outcome(run),
            [dataclasses.replace(one, path=Path(one.path.name)) for one in candidates(run.best)],
            newest.name, load_state(newest)['extra'], digest_of(load_checkpoint(newest)),
            digest_of(load_checkpoint(chosen_checkpoint(run))),
            progress and progress['steps']]


@pytest.fixture(scope='module')
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run folder with one file of each kind."""
    folder = tmp_path_factory.mktemp('runs') / 'run'
    run = RunFolder.create(folder, {'task': 'CartPole-v1', 'method': 'dense'}, 1)
    model = DQN('MlpPolicy', 'CartPole-v1', buffer_size=20, policy_kwargs={'net_arch': [8]})
    model.learn(10)
    figures = Candidate(Path('1'), 48, 500.0, None, 500.0).figures()
    save_checkpoint(run.best / '000000000010', model, figures, replay=False)
    save_checkpoint(run.checkpoints / '000000000010', model, {'next_step': 20})
    model.learn(10, reset_num_timesteps=False)
    save_checkpoint(run.checkpoints / '000000000020', model, {'next_step': 30})
    run.log(step=10, validation_return=500.0)
    run.log(step=20, validation_return=480.0)
    write_outcome(run, RunOutcome(10, True, 48, 500.0, None))
    for steps in (1, 2):
        save_progress(folder / 'search.pt', {'steps': steps})
    return folder


@settings(max_examples=settings().max_examples // 5)
@given(draws=strategies.tuples(
    strategies.integers(0, 10**6), strategies.integers(0, 10**6), strategies.integers(1, 255),
    strategies.booleans()))
def damaged(draws: tuple[int, int, int, bool], whole: Path, folder: Path,
            capsys: pytest.CaptureFixture[str], wanted: list[Any]) -> None:
    which, where, change, cut = draws
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(whole, folder)
    files = sorted(path for path in folder.rglob('*') if path.is_file())
    file = files[which % len(files)]
    content = bytearray(file.read_bytes())
    if cut:
        content = content[:where % len(content)]
    else:
        content[where % len(content)] ^= change
    file.write_bytes(bytes(content))
    capsys.readouterr()
    try:
        found = read_all(folder)
    except DrlPruneError as error:
        assert '\n' not in str(error)
        return
    told = capsys.readouterr().err
    # A line that is cut short is what a kill leaves: the log ends before it.
    short = file.name == 'metrics.jsonl' and cut
    assert found == wanted or told.count('\n') == 1 or short, file


@pytest.mark.reaction('run folders', 'any byte of any file of a run changed, or a file cut short',
                      'one line, the one before where there is one; never silent')
def test_damage_is_never_silent(whole: Path, tmp_path: Path,
                                capsys: pytest.CaptureFixture[str]) -> None:
    damaged(whole=whole, folder=tmp_path / 'run', capsys=capsys, wanted=read_all(whole))
