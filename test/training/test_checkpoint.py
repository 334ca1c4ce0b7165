# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Checkpoints: whole or not at all, read back bit for bit, damage told in one line."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
import resource
from typing import Any
import warnings

import numpy as np
import pytest
from stable_baselines3.common.base_class import BaseAlgorithm
import torch

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.tasks.gymnasium_env import make_vec_env
from drl_prune_ros.training.checkpoint import (
    cut_episodes,
    drop_later_checkpoints,
    drop_old_checkpoints,
    latest_checkpoint,
    load_checkpoint,
    load_state,
    normalizer_of,
    random_states,
    save_checkpoint,
    set_random_states,
)

KINDS = ('ppo', 'ppo-box', 'dqn', 'td3', 'sac')


def draw(model: BaseAlgorithm) -> list[Any]:
    """Draw from every generator that a training run uses."""
    return [np.random.rand(), float(torch.rand(1)),
            np.asarray(model.action_space.sample()).tolist()]


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """Make every file end at `size` bytes, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize('kind', KINDS)
def test_everything_comes_back_bit_for_bit(
        make_model: Callable[..., BaseAlgorithm], task_of_kind: Callable[[str], Task],
        kind: str, tmp_path: Path) -> None:
    model: Any = make_model(kind, normalize=True)
    model.learn(512)
    folder = tmp_path / '512'
    save_checkpoint(folder, model, {'mine': torch.arange(3)})
    after = draw(model)

    env = make_vec_env(task_of_kind(kind), 4, 999)
    loaded: Any = load_checkpoint(folder, env)
    state = load_state(folder)
    assert torch.equal(state['extra']['mine'], torch.arange(3))
    set_random_states(state['random'], loaded)
    assert draw(loaded) == after
    assert loaded.num_timesteps == 512
    assert loaded._current_progress_remaining == model._current_progress_remaining
    ours, theirs = model.get_parameters(), loaded.get_parameters()
    for name, values in ours.items():
        if 'optimizer' not in name:
            assert all(torch.equal(value, theirs[name][key]) for key, value in values.items())
            continue
        assert values['param_groups'] == theirs[name]['param_groups']
        assert len(values['state']) > 0
        for index, moments in values['state'].items():
            assert all(torch.equal(value, theirs[name]['state'][index][key])
                       for key, value in moments.items())
    if kind == 'sac':
        assert torch.equal(loaded.log_ent_coef, model.log_ent_coef)
    for rms in ('obs_rms', 'ret_rms'):
        before, now = (getattr(each.get_vec_normalize_env(), rms) for each in (model, loaded))
        for name in ('mean', 'var', 'count'):
            assert np.array_equal(getattr(before, name), getattr(now, name))
    if not kind.startswith('ppo'):
        old, new = model.replay_buffer, loaded.replay_buffer
        assert (old.pos, old.full) == (new.pos, new.full) == (128, False)
        for name in ('observations', 'next_observations', 'actions', 'rewards', 'dones',
                     'timeouts'):
            assert np.array_equal(getattr(old, name), getattr(new, name))
    loaded.learn(64, reset_num_timesteps=False)


def test_a_candidate_keeps_no_replay_buffer_and_cannot_be_resumed(
        make_model: Callable[..., BaseAlgorithm], task_of_kind: Callable[[str], Task],
        tmp_path: Path) -> None:
    model: Any = make_model('td3', normalize=True)
    model.learn(128)
    save_checkpoint(tmp_path / '1', model, {}, replay=False)
    assert not (tmp_path / '1' / 'replay.npz').exists()
    assert np.array_equal(normalizer_of(tmp_path / '1').obs_rms.mean,   # type: ignore
                          model.get_vec_normalize_env().obs_rms.mean)
    load_checkpoint(tmp_path / '1')
    with pytest.raises(DrlPruneError, match='lacks its replay buffer'):
        load_checkpoint(tmp_path / '1', make_vec_env(task_of_kind('td3'), 4, 1))


@pytest.mark.parametrize('kind', ['ppo', 'dqn'])
@pytest.mark.parametrize('size', [0, 2_000, 20_000])
def test_a_full_disk_is_told_in_one_line_and_the_checkpoint_before_is_kept(
        make_model: Callable[..., BaseAlgorithm], kind: str, size: int, tmp_path: Path) -> None:
    model = make_model(kind)
    model.learn(256)
    save_checkpoint(tmp_path / '1', model, {})
    before = {path.name: path.read_bytes() for path in (tmp_path / '1').iterdir()}
    assert max(map(len, before.values())) > 20_000
    told = 'free some space and continue with --resume'
    with pytest.raises(DrlPruneError, match=told) as error, no_file_above(size):
        save_checkpoint(tmp_path / '2', model, {})
    assert '\n' not in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == ['1'], 'nothing half written is left'
    assert {path.name: path.read_bytes() for path in (tmp_path / '1').iterdir()} == before
    save_checkpoint(tmp_path / '2', model, {})
    load_checkpoint(tmp_path / '2')


@pytest.mark.parametrize('name', [
    'model.zip', 'replay.npz', 'state.pt', 'digests.json'])
@pytest.mark.parametrize('size', [0, 0.5])
def test_damage_is_told_in_one_line(
        make_model: Callable[..., BaseAlgorithm], task_of_kind: Callable[[str], Task],
        name: str, size: float, tmp_path: Path) -> None:
    model = make_model('sac', normalize=True)
    save_checkpoint(tmp_path / '1', model, {})
    file = tmp_path / '1' / name
    whole = file.read_bytes()
    file.write_bytes(whole[:int(size * len(whole))])
    with pytest.raises(DrlPruneError) as error:
        load_state(tmp_path / '1')
        load_checkpoint(tmp_path / '1', make_vec_env(task_of_kind('sac'), 4, 1))
    assert '\n' not in str(error.value) and str(tmp_path) in str(error.value)


@pytest.mark.parametrize('ends', [True, False])
def test_returns_of_several_steps_stay_in_the_episodes_of_before_a_restart(
        make_model: Callable[..., BaseAlgorithm], task_of_kind: Callable[[str], Task], ends: bool,
        tmp_path: Path) -> None:
    model = make_model('dqn', n_steps=3, time_limit_ends=ends)
    model.learn(64)
    save_checkpoint(tmp_path / '1', model, {})
    env = make_vec_env(task_of_kind('dqn'), 4, 1)
    with warnings.catch_warnings(action='error'):
        model = load_checkpoint(tmp_path / '1', env)
    cut_episodes(model)
    buffer: Any = model.replay_buffer   # type: ignore
    buffer.rewards[:buffer.pos] = 1.0
    buffer.dones[:buffer.pos - 1] = buffer.timeouts[:buffer.pos - 1] = 0.0
    before = buffer.pos
    for _ in range(3):
        step = np.zeros((buffer.n_envs, *buffer.obs_shape))
        buffer.add(step, step, np.zeros((buffer.n_envs, 1)), np.full(buffer.n_envs, 100.0),
                   np.zeros(buffer.n_envs), [{}] * buffer.n_envs)
    drawn = buffer._get_samples(np.arange(before - 4, before))
    assert drawn.rewards.max() < 1 + buffer.gamma + buffer.gamma ** 2 + 1e-6
    assert drawn.rewards[-1] == 1.0


@pytest.mark.reaction('run folders', 'the newest checkpoint is damaged',
                      'one line names it, the one before is used')
def test_the_latest_whole_checkpoint_counts(
        make_model: Callable[..., BaseAlgorithm], tmp_path: Path,
        capsys: pytest.CaptureFixture[str]) -> None:
    assert latest_checkpoint(tmp_path) is None
    model = make_model('ppo')
    for name in ('0009', '0100', '0020', '0300'):
        save_checkpoint(tmp_path / name, model, {})
    (tmp_path / '.0400.77').mkdir()
    state = tmp_path / '0300' / 'model.zip'
    content = bytearray(state.read_bytes())
    content[len(content) // 2] ^= 1
    state.write_bytes(content)
    assert latest_checkpoint(tmp_path) == tmp_path / '0100'
    told = capsys.readouterr().err
    assert told.count('\n') == 1 and 'model.zip is not what was written' in told


@pytest.mark.reaction('run folders', 'every checkpoint is damaged', 'refused in one line')
def test_without_a_whole_checkpoint_nothing_is_read(
        make_model: Callable[..., BaseAlgorithm], tmp_path: Path) -> None:
    save_checkpoint(tmp_path / '1', make_model('ppo'), {})
    (tmp_path / '1' / 'state.pt').unlink()
    with pytest.raises(DrlPruneError, match=r'state\.pt is missing'):
        latest_checkpoint(tmp_path)


@pytest.mark.reaction('run folders', 'a checkpoint of an earlier release, with pickles',
                      'refused in one line that says how to go on')
def test_a_checkpoint_of_an_earlier_release_is_refused(tmp_path: Path) -> None:
    (tmp_path / '1').mkdir()
    (tmp_path / '1' / 'state.pt').touch()
    with pytest.raises(DrlPruneError, match='use the release that wrote it'):
        latest_checkpoint(tmp_path)


def test_old_later_and_half_written_checkpoints_go(tmp_path: Path) -> None:
    def make(*names: str) -> None:
        for name in names:
            (tmp_path / name).mkdir()

    make('0009', '0100', '0020', '.0400.77')
    drop_later_checkpoints(tmp_path, 50)
    assert sorted(path.name for path in tmp_path.iterdir()) == ['0009', '0020']
    make('0030', '.0031.12')
    drop_old_checkpoints(tmp_path, kept=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ['0020', '0030']


def test_random_states_without_a_learner() -> None:
    states = random_states()
    first = (np.random.rand(), float(torch.rand(1)))
    set_random_states(states)
    assert (np.random.rand(), float(torch.rand(1))) == first
