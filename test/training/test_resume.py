# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Kill a training run at any moment and resume it: bit for bit from its last checkpoint."""

from collections.abc import Callable
import copy
import dataclasses
from pathlib import Path
import signal
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pytest
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import SubprocVecEnv
import torch

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.methods.dsp.budget import RollbackSettings
from drl_prune_ros.pruning.methods.dsp.pruner import DynamicStructuredPruning
from drl_prune_ros.pruning.methods.dsp.settings import DSPSettings
from drl_prune_ros.tasks.catalogue import load_seeds, load_task, Task
from drl_prune_ros.tasks.evaluation import Episodes
from drl_prune_ros.training import eval_and_checkpoint
from drl_prune_ros.training import train as training
from drl_prune_ros.training.checkpoint import latest_checkpoint, load_state, random_states
from drl_prune_ros.training.networks.mlp import actor_of
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.selection import candidates
from drl_prune_ros.training.settings import train_settings, TrainSettings

ROLLBACK = RollbackSettings()
KINDS = ('ppo', 'dqn', 'td3', 'sac')
STEPS = {'ppo': 6144, 'dqn': 3072, 'td3': 3072, 'sac': 3072}
SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_resume import make_run
make_run(Path(sys.argv[1]), sys.argv[3], rollback=None)
"""


def small(kind: str) -> tuple[Task, TrainSettings]:
    """Return a task and settings: CartPole, or Pendulum with running statistics."""
    common: dict[str, Any] = {
        'total_steps': STEPS[kind], 'num_envs': 8, 'hidden': [32, 32], 'validation_episodes': 8,
        'validations_per_run': 12}
    if kind == 'ppo':
        task = load_task('CartPole-v1')
        return task, train_settings(
            task.train, n_steps=32, batch_size=256, n_epochs=2, **common)
    task = load_task('CartPole-v1') if kind == 'dqn' else dataclasses.replace(
        load_task('Pendulum-v1'), engines={'envpool': 'Pendulum-v1'})
    return task, train_settings(
        {}, kind, n_steps=3 if kind == 'dqn' else None, normalize=True, buffer_size=2000,
        learning_starts=64, train_freq=8, gradient_steps=2, batch_size=32, **common)


def make_run(path: Path, kind: str = 'ppo', stop_after: int | None = None,
             rollback: RollbackSettings | None = ROLLBACK) -> RunFolder:
    """Start or resume a small pruning run as prune does; without `rollback`, never back."""
    task, settings = small(kind)
    pruning = DSPSettings(settings.total_steps, target_weights=60, ramp=(0.1, 0.6), decisions=12,
                          distillation_steps=5, warm_up=20, rollback=rollback)
    exists = (path / 'run.yaml').is_file()
    run = RunFolder.open(path) if exists else RunFolder.create(path, {'task': task.id}, 1)
    pruner = DynamicStructuredPruning(
        pruning, run, lambda act: (1.0, None), least_states=256)
    if stop_after:
        pruner._on_step = lambda: pruner.num_timesteps < stop_after  # type: ignore
    training.train(run, task, settings, 1, pruner, training.TrainOptions(progress=False))
    return run


def live(model: Any) -> dict[str, Any]:
    """Copy everything a learner holds that a checkpoint must bring back."""
    plain = {name: value for name, value in vars(model).items()
             if isinstance(value, (bool, int, float, str))}
    # A resume counts time and steps anew, from where it starts.
    for name in ('start_time', '_num_timesteps_at_start', '_total_timesteps'):
        plain.pop(name)
    normalizer, buffer = model.get_vec_normalize_env(), getattr(model, 'replay_buffer', None)
    return copy.deepcopy({
        'plain': plain, 'parameters': model.get_parameters(), 'random': random_states(model),
        'temperature': getattr(model, 'log_ent_coef', None),
        'statistics': normalizer and [vars(normalizer.obs_rms), vars(normalizer.ret_rms)],
        'replay': buffer and {name: value for name, value in vars(buffer).items()
                              if isinstance(value, (bool, int, np.ndarray))}})


def differences(a: Any, b: Any, where: str = '') -> list[str]:
    """Name what is not equal bit for bit in two nested structures."""
    if isinstance(a, dict):
        if set(a) != set(b):
            return [f'{where}: {set(a) ^ set(b)}']
        return [one for key in a for one in differences(a[key], b[key], f'{where}/{key}')]
    if isinstance(a, (list, tuple)):
        if len(a) != len(b):
            return [f'{where}: {len(a)} and {len(b)}']
        return [one for i, pair in enumerate(zip(a, b, strict=True))
                for one in differences(*pair, f'{where}/{i}')]
    if torch.is_tensor(a):
        return [] if torch.equal(a, b) else [where]
    if isinstance(a, np.ndarray):
        return [] if np.array_equal(a, b) else [where]
    return [] if a == b else [f'{where}: {a} and {b}']


@pytest.mark.parametrize('kind', ['ppo', 'td3'])
def test_kill_nine_loses_only_the_steps_since_the_last_checkpoint(
        tmp_path: Path, kind: str) -> None:
    path = tmp_path / 'run'
    child = subprocess.Popen(
        [sys.executable, '-W', 'ignore', '-c', SCRIPT, str(path), str(Path(__file__).parent),
         kind], stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 100
        while not (checkpoint := latest_checkpoint(path / 'checkpoints')):
            assert child.poll() is None, child.stderr.read().decode()  # type: ignore
            assert time.monotonic() < deadline, 'no checkpoint appeared'
            time.sleep(0.001)
        child.send_signal(signal.SIGKILL)
    finally:
        child.kill()
        child.communicate()
    run = make_run(path, kind, rollback=None)
    assert int(latest_checkpoint(run.checkpoints).name) >= STEPS[kind]  # type: ignore[union-attr]
    steps = [row['step'] for row in run.metrics() if 'validation_return' in row]
    assert steps[0] <= int(checkpoint.name)
    assert max(steps) >= STEPS[kind]
    for folder in (run.checkpoints, run.best):
        assert not list(folder.glob('.*')), 'what was half written is cleared away'


@pytest.mark.parametrize('kind', KINDS)
def test_a_resumed_run_is_what_the_uninterrupted_one_was_at_the_checkpoint(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    were: dict[str, Any] = {}
    save = eval_and_checkpoint.save_checkpoint

    def saving(folder: Path, model: BaseAlgorithm, extra: dict[str, Any]) -> None:
        save(folder, model, extra)
        were.update(live=live(model), pruner=copy.deepcopy(extra['pruner']), folder=folder,
                    validation=extra['next_step'])
        # Once surgery has happened.
        if extra['pruner']['accepted'] and min(actor_of(model).widths[1:-1]) < 32:
            raise KeyboardInterrupt

    monkeypatch.setattr(eval_and_checkpoint, 'save_checkpoint', saving)
    with pytest.raises(KeyboardInterrupt):
        make_run(tmp_path / 'run', kind)
    are: dict[str, Any] = {}
    restore, start = training.set_random_states, DynamicStructuredPruning._on_training_start

    def restoring(states: dict[str, Any], model: BaseAlgorithm) -> None:
        restore(states, model)
        are['live'] = live(model)   # before the environments restart

    def starting(pruner: DynamicStructuredPruning) -> None:
        start(pruner)
        are['pruner'] = copy.deepcopy(pruner.state())
        raise KeyboardInterrupt

    monkeypatch.setattr(training, 'set_random_states', restoring)
    monkeypatch.setattr(DynamicStructuredPruning, '_on_training_start', starting)
    with pytest.raises(KeyboardInterrupt):
        make_run(tmp_path / 'run', kind)
    assert differences(were['live'], are['live']) == []
    assert differences(were['pruner'], are['pruner']) == []
    assert were['pruner']['teacher'] is not None and len(were['pruner']['labeled'][0]) > 0
    assert load_state(were['folder'])['extra']['next_step'] == were['validation']


def test_the_pruner_acts_once_at_the_rollout_that_a_resume_starts_with(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    acted: dict[int, int] = {}
    act = DynamicStructuredPruning.step

    def spy(pruner: DynamicStructuredPruning) -> None:
        checkpoint = latest_checkpoint(pruner.run.checkpoints)
        if stop and checkpoint and int(checkpoint.name) > STEPS['ppo'] // 4:
            raise KeyboardInterrupt
        act(pruner)
        acted[pruner.num_timesteps] = pruner.measurements

    monkeypatch.setattr(DynamicStructuredPruning, 'step', spy)
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


def test_while_the_pruner_evaluates_nothing_else_plays_validation_episodes(tmp_path: Path) -> None:
    first_validation, last_decision = {}, {}
    for name, rollback in (('evaluating', ROLLBACK), ('not', None)):
        rows = make_run(tmp_path / name, rollback=rollback).metrics()
        first_validation[name] = min(row['step'] for row in rows if 'validation_return' in row)
        last_decision[name] = max(row['step'] for row in rows if 'decision' in row)
    assert first_validation['evaluating'] > last_decision['evaluating']
    assert first_validation['not'] < last_decision['not']


def test_a_kill_loses_no_seconds_while_the_pruner_evaluates(tmp_path: Path) -> None:
    make_run(tmp_path / 'run', stop_after=STEPS['ppo'] // 4)
    rows = RunFolder.open(tmp_path / 'run').metrics()
    timed = [row['step'] for row in rows if row.get('seconds_since_last', 0.0) > 0.0]
    assert timed[0] < STEPS['ppo'] // 8 and len(timed) > 2


def test_a_kill_between_candidate_and_checkpoint_loses_neither(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save = eval_and_checkpoint.save_checkpoint
    returns, written = iter(range(1000)), []

    def killed(folder: Path, *others: Any) -> None:
        written.append(folder)
        if len(written) == 3:
            raise KeyboardInterrupt
        save(folder, *others)

    monkeypatch.setattr(Episodes, 'return_mean', property(lambda episodes: next(returns)))
    monkeypatch.setattr(eval_and_checkpoint, 'save_checkpoint', killed)
    with pytest.raises(KeyboardInterrupt):
        make_run(tmp_path / 'run', rollback=None)
    run = RunFolder.open(tmp_path / 'run')
    last = int(latest_checkpoint(run.checkpoints).name)   # type: ignore[union-attr]
    before = [one.steps for one in candidates(run.best)]
    assert [steps > last for steps in before] == [False, False, True], (
        'the candidates that the last checkpoint knows of are there still')

    monkeypatch.setattr(eval_and_checkpoint, 'save_checkpoint', save)
    drop = training.drop_later_checkpoints
    left: list[int] = []

    def dropping(folder: Path, steps: int) -> None:
        drop(folder, steps)
        left.extend(sorted(int(path.name) for path in folder.iterdir()))

    monkeypatch.setattr(training, 'drop_later_checkpoints', dropping)
    make_run(tmp_path / 'run', rollback=None)
    assert sorted(set(left)) == before[:2]
    assert max(one.steps for one in candidates(run.best)) >= STEPS['ppo']


@pytest.mark.parametrize('kind', ['ppo', 'td3'])
def test_a_weight_that_is_not_a_number_ends_the_run_in_one_line(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    step = DynamicStructuredPruning.shrink_and_mask

    def poison(pruner: DynamicStructuredPruning, *others: Any) -> None:
        step(pruner, *others)
        if poisoned and pruner.num_timesteps > STEPS[kind] // 2:
            pruner.actor.linears[0].weight.data[0, 0] = float('nan')

    monkeypatch.setattr(DynamicStructuredPruning, 'shrink_and_mask', poison)
    poisoned = True
    with pytest.raises(DrlPruneError, match='training diverged before step') as error:
        make_run(tmp_path / 'run', kind)
    assert '\n' not in str(error.value)
    run = RunFolder.open(tmp_path / 'run')
    last = int(latest_checkpoint(run.checkpoints).name)   # type: ignore[union-attr]
    assert STEPS[kind] // 3 < last <= STEPS[kind] // 2 + 8 * 32
    assert f'the checkpoint of step {last} is kept' in str(error.value)
    poisoned = False
    make_run(tmp_path / 'run', kind)
    assert int(latest_checkpoint(run.checkpoints).name) >= STEPS[kind]   # type: ignore


@pytest.mark.parametrize('file', ['metrics.jsonl', 'learner.jsonl'])
def test_a_disk_that_fills_up_ends_the_run_in_one_line(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    write: Callable[..., None] = eval_and_checkpoint.save_checkpoint

    def fill(folder: Path, *others: Any) -> None:
        write(folder, *others)
        log = folder.parents[1] / file
        log.unlink(missing_ok=True)
        log.symlink_to('/dev/full')

    monkeypatch.setattr(eval_and_checkpoint, 'save_checkpoint', fill)
    with pytest.raises(DrlPruneError, match='No space left on device; free some space') as error:
        make_run(tmp_path / 'run')
    assert '\n' not in str(error.value)
    (tmp_path / 'run' / file).unlink()
    monkeypatch.setattr(eval_and_checkpoint, 'save_checkpoint', write)
    run = make_run(tmp_path / 'run')
    assert int(latest_checkpoint(run.checkpoints).name) >= STEPS['ppo']   # type: ignore


def test_every_engine_starts_from_the_environment_seeds_of_the_run(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task = dataclasses.replace(
        load_task('CartPole-v1'), engines={'gymnasium': 'CartPole-v1'})
    settings = train_settings(
        task.train, total_steps=32, num_envs=2, n_steps=16, batch_size=32, hidden=[4],
        validation_episodes=2)
    seeds: list = []
    reset = SubprocVecEnv.reset
    monkeypatch.setattr(
        SubprocVecEnv, 'reset', lambda env: (seeds.append(list(env._seeds)), reset(env))[1])
    run = RunFolder.create(tmp_path / 'run', {'task': task.id}, 7)
    training.train(run, task, settings, 7, options=training.TrainOptions(progress=False))
    assert seeds == [[7000, 7001]]


def test_environment_seeds_stay_in_their_range_and_a_resume_meets_others() -> None:
    ranges = load_seeds()
    steps = range(0, 4_000_000, 8192)
    firsts = {training.environment_seed(ranges['reporting'].last, done) for done in steps}
    assert max(firsts) + 1000 <= ranges['validation'].first
    start = training.environment_seed(3, 0)
    assert start not in {training.environment_seed(3, done) for done in steps[1:]}
