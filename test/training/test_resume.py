# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Kill a training run at any moment and go on: bit for bit from its last checkpoint."""

import dataclasses
import os
from pathlib import Path
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from stable_baselines3.common.vec_env import SubprocVecEnv
import torch

from drl_prune_ros.pruning.dsp import DSPSettings, DynamicStructuredPruning
from drl_prune_ros.tasks.catalogue import load_seeds, load_task
from drl_prune_ros.tasks.evaluation import Episodes
from drl_prune_ros.training import callbacks
from drl_prune_ros.training import train as training
from drl_prune_ros.training.actor import actor_of
from drl_prune_ros.training.checkpoint import latest_checkpoint, load_state
from drl_prune_ros.training.checkpoint import load_checkpoint
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.settings import train_settings

STEPS = 6144
SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_resume import make_run
make_run(Path(sys.argv[1]))
"""


def make_run(path: Path, stop_after: int | None = None) -> RunFolder:
    """Start or resume a small pruning run on CartPole, as prune does."""
    task = load_task('CartPole-v1')
    settings = train_settings(
        task.train, total_steps=STEPS, num_envs=8, n_steps=32, hidden=[32, 32], n_epochs=2)
    pruning = DSPSettings(STEPS, target_weights=60, ramp=(0.1, 0.6), verdicts=12,
                          recovery_steps=5)
    exists = (path / 'run.yaml').is_file()
    run = RunFolder.open(path) if exists else RunFolder.create(path, {'task': task.id}, 1)
    training.GUARD_EPISODES = 8
    training.GUARDS_A_RUN = 12
    pruner = DynamicStructuredPruning(pruning, run, lambda act: (1.0, None))
    if stop_after:
        pruner._on_step = lambda: pruner.num_timesteps < stop_after  # type: ignore
    training.train(run, task, settings, 1, pruner, progress=False)
    return run


def optimizer_state(model: object) -> list[torch.Tensor]:
    states = model.policy.optimizer.state.values()  # type: ignore[attr-defined]
    return [value for state in states for value in state.values()]


def test_kill_nine_loses_only_the_steps_since_the_last_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / 'run'
    child = subprocess.Popen(
        [sys.executable, '-c', SCRIPT, str(path), str(Path(__file__).parent)],
        stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 120
        while not (checkpoint := latest_checkpoint(path / 'checkpoints')):
            assert child.poll() is None, child.stderr.read().decode()  # type: ignore
            assert time.monotonic() < deadline, 'no checkpoint appeared'
            os.sched_yield()
        child.send_signal(signal.SIGKILL)
    finally:
        child.kill()
        child.communicate()
    run = make_run(path)
    assert int(latest_checkpoint(run.checkpoints).name) >= STEPS  # type: ignore[union-attr]
    steps = [row['step'] for row in run.metrics() if 'guard_return' in row]
    assert steps[0] <= int(checkpoint.name)
    assert max(steps) >= STEPS
    assert not list(run.checkpoints.glob('.*')), 'what was half written is cleared away'


def test_a_resumed_run_equals_its_checkpoint(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path / 'run', stop_after=3000)
    checkpoint = latest_checkpoint(run.checkpoints)
    assert checkpoint is not None
    stored = load_checkpoint(checkpoint, env=None)
    state = load_state(checkpoint)
    assert min(actor_of(stored).widths[1:-1]) < 32, 'surgery happened before the checkpoint'
    seen: dict = {}
    start = DynamicStructuredPruning._on_training_start

    def spy(pruner: DynamicStructuredPruning) -> None:
        start(pruner)
        model = pruner.model
        seen.update(
            parameters=[p.detach().clone() for p in model.policy.parameters()],
            optimizer=[value.clone() for value in optimizer_state(model)],
            pruner=pruner.state(), torch=torch.get_rng_state(), numpy=np.random.get_state()[1],
            steps=model.num_timesteps, progress=model._current_progress_remaining)
        raise KeyboardInterrupt

    monkeypatch.setattr(DynamicStructuredPruning, '_on_training_start', spy)
    with pytest.raises(KeyboardInterrupt):
        make_run(run.path)
    assert seen['steps'] == int(checkpoint.name)
    for ours, theirs in zip(seen['parameters'], stored.policy.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    for ours, theirs in zip(seen['optimizer'], optimizer_state(stored), strict=True):
        assert torch.equal(ours, theirs)
    pruner = state['extra']['pruner']
    assert seen['pruner']['threshold'] == pruner['threshold']
    for name in ('masks', 'importance'):
        for ours, theirs in zip(seen['pruner'][name], pruner[name], strict=True):
            assert torch.equal(ours, theirs)
    assert torch.equal(seen['pruner']['states'], pruner['states'])
    assert torch.equal(seen['torch'], state['random']['torch'])
    assert np.array_equal(seen['numpy'], state['random']['numpy'][1])
    assert seen['progress'] == stored._current_progress_remaining


def test_the_pruner_acts_once_at_the_rollout_that_a_resume_starts_with(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    acted: dict[int, int] = {}
    act = DynamicStructuredPruning._on_rollout_start

    def spy(pruner: DynamicStructuredPruning) -> None:
        checkpoint = latest_checkpoint(pruner.run.checkpoints)
        if stop and checkpoint and int(checkpoint.name) > STEPS // 4:
            raise KeyboardInterrupt
        act(pruner)
        acted[pruner.num_timesteps] = pruner.updates

    monkeypatch.setattr(DynamicStructuredPruning, '_on_rollout_start', spy)
    stop = False
    make_run(tmp_path / 'whole')
    whole, acted = acted, {}
    stop = True
    with pytest.raises(KeyboardInterrupt):
        make_run(tmp_path / 'cut')
    first = int(latest_checkpoint(tmp_path / 'cut' / 'checkpoints').name)  # type: ignore
    stop, acted = False, {}
    make_run(tmp_path / 'cut')
    assert min(acted) == first
    assert acted[first] == whole[first] > 0


def test_a_kill_between_best_and_checkpoint_loses_neither(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DynamicStructuredPruning, 'may_select', lambda pruner: True)
    save = callbacks.save_checkpoint
    folders: list[Path] = []

    def killed(folder: Path, *others: object) -> None:
        # Best and checkpoint, best and ...: the fourth is the second checkpoint.
        folders.append(folder)
        if len(folders) == 4:
            raise KeyboardInterrupt
        save(folder, *others)  # type: ignore[arg-type]

    returns = iter(range(1000))
    monkeypatch.setattr(Episodes, 'return_mean', property(lambda episodes: next(returns)))
    monkeypatch.setattr(callbacks, 'save_checkpoint', killed)
    with pytest.raises(KeyboardInterrupt):
        make_run(tmp_path / 'run')
    assert folders[2].parent.name == 'best' and folders[2].name == folders[3].name
    assert len(list(folders[2].parent.iterdir())) == 2, 'the best one before is there still'
    monkeypatch.setattr(callbacks, 'save_checkpoint', save)
    run = make_run(tmp_path / 'run')
    assert len(list(run.best.iterdir())) == 1
    assert int(latest_checkpoint(run.best).name) >= STEPS  # type: ignore[union-attr]


def test_every_engine_starts_from_the_environment_seeds_of_the_run(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task = dataclasses.replace(
        load_task('CartPole-v1'), engines={'gymnasium': 'CartPole-v1'})
    settings = train_settings(
        task.train, total_steps=32, num_envs=2, n_steps=16, batch_size=32, hidden=[4])
    monkeypatch.setattr(training, 'GUARD_EPISODES', 20)
    seeds: list = []
    reset = SubprocVecEnv.reset
    monkeypatch.setattr(
        SubprocVecEnv, 'reset', lambda env: (seeds.append(list(env._seeds)), reset(env))[1])
    run = RunFolder.create(tmp_path / 'run', {'task': task.id}, 7)
    training.train(run, task, settings, 7, progress=False)
    assert seeds == [[7000, 7001]]


def test_environment_seeds_stay_in_their_range_and_a_resume_meets_others() -> None:
    ranges = load_seeds()
    steps = range(0, 4_000_000, 8192)
    firsts = {training.environment_seed(ranges['reporting'].last, done) for done in steps}
    assert max(firsts) + 1000 <= ranges['guard'].first
    start = training.environment_seed(3, 0)
    assert start not in {training.environment_seed(3, done) for done in steps[1:]}
