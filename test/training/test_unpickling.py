# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""No file that is given to a command runs code, whatever stands in it."""

import base64
import hashlib
import io
import json
import os
from pathlib import Path
import pickle
import shutil
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import VecNormalize
import torch

from drl_prune_ros.cli.main import main
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.resume_file import load_progress
from drl_prune_ros.training.checked_folder import write_digests
from drl_prune_ros.training.checkpoint import load_checkpoint, load_state, save_checkpoint
from drl_prune_ros.training.learner import load_model
from drl_prune_ros.training.outside_model import outside_model
from drl_prune_ros.training.statistics import read_statistics


class Command:
    """A pickle of it leaves a file behind when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, (f'touch {self.mark}',)


@pytest.fixture(scope='module')
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model of Stable-Baselines3 and its statistics."""
    folder = tmp_path_factory.mktemp('outside')
    env = VecNormalize(make_vec_env('CartPole-v1', 2))
    model = PPO('MlpPolicy', env, n_steps=32, batch_size=32, n_epochs=1)
    model.learn(64)
    model.save(folder / 'model.zip')
    env.save(str(folder / 'vecnormalize.pkl'))
    return folder


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """Return a checkpoint of a learner with a replay buffer."""
    model = DQN('MlpPolicy', 'CartPole-v1', buffer_size=50, learning_starts=5)
    model.learn(20)
    save_checkpoint(tmp_path / '20', model, {})
    return tmp_path / '20'


def rewritten(file: Path, change: Any) -> None:
    """Write a zip archive again with the members that `change(name, content)` returns."""
    with ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with ZipFile(file, 'w') as archive:
        for name, content in members.items():
            archive.writestr(name, change(name, content))


def with_pickle(name: str, mark: Path) -> Any:
    def change(member: str, content: bytes) -> bytes:
        if member != 'data':
            return content
        data = json.loads(content)
        text = base64.b64encode(pickle.dumps(Command(mark))).decode()
        data[name] = {':type:': 'mine', ':serialized:': text}
        return json.dumps(data).encode()
    return change


@pytest.mark.reaction('unpickling', 'a command in any attribute of --teacher model.zip',
                      'left out or refused in one line; nothing runs')
def test_no_attribute_of_a_model_is_run(outside: Path, tmp_path: Path) -> None:
    with ZipFile(outside / 'model.zip') as archive:
        names = [*json.loads(archive.read('data')), 'of_nobody']
    refused = set()
    for name in names:
        file, mark = tmp_path / 'model.zip', tmp_path / 'mark'
        shutil.copy(outside / 'model.zip', file)
        rewritten(file, with_pickle(name, mark))
        try:
            load_model(file)
        except DrlPruneError as error:
            assert '\n' not in str(error)
            refused.add(name)
        assert not mark.exists(), name
    assert {'policy_class', 'policy_kwargs', 'observation_space', 'action_space',
            'of_nobody'} <= refused < set(names)


@pytest.mark.parametrize('member', ['policy.pth', 'policy.optimizer.pth', 'mine.pth'])
@pytest.mark.reaction('unpickling', 'a command among the tensors of --teacher model.zip',
                      'refused in one line; nothing runs')
def test_no_tensor_file_of_a_model_is_run(outside: Path, tmp_path: Path, member: str) -> None:
    file, mark, buffer = tmp_path / 'model.zip', tmp_path / 'mark', io.BytesIO()
    torch.save({'weight': Command(mark)}, buffer)
    with ZipFile(outside / 'model.zip') as old, ZipFile(file, 'w') as new:
        for name in {*old.namelist(), member}:
            new.writestr(name, buffer.getvalue() if name == member else old.read(name))
    with pytest.raises(DrlPruneError) as error:
        load_model(file)
    assert '\n' not in str(error.value) and not mark.exists()


@pytest.mark.reaction('unpickling', 'a command in --statistics FILE',
                      'refused in one line; nothing runs')
def test_no_statistics_are_run(outside: Path, tmp_path: Path) -> None:
    file, mark = tmp_path / 'mine.pkl', tmp_path / 'mark'
    file.write_bytes(pickle.dumps(Command(mark)))
    with pytest.raises(DrlPruneError, match='is no statistics file'):
        read_statistics(file)
    statistics = VecNormalize.load(str(outside / 'vecnormalize.pkl'),
                                   make_vec_env('CartPole-v1', 2))
    statistics.clip_obs = Command(mark)   # type: ignore[assignment]
    statistics.save(str(file))
    with pytest.raises(DrlPruneError, match='is no statistics file'):
        read_statistics(file)
    assert not mark.exists()


@pytest.mark.parametrize('name', ['model.zip', 'state.pt', 'replay.npz'])
@pytest.mark.reaction('unpickling', 'a command in a checkpoint of --resume or --teacher RUN',
                      'refused in one line; nothing runs')
def test_no_checkpoint_is_run(checkpoint: Path, tmp_path: Path, name: str) -> None:
    mark, file = tmp_path / 'mark', checkpoint / name
    if name == 'model.zip':
        rewritten(file, with_pickle('gamma', mark))
    elif name == 'state.pt':
        torch.save({'random': Command(mark), 'extra': {}}, file)
    else:
        with file.open('wb') as stream:
            np.savez(stream, position=np.array([20, 0]),
                     observations=np.array([Command(mark)], object))
    write_digests(checkpoint)   # whoever made the folder can make these, too
    with pytest.raises((DrlPruneError, ValueError)) as error:
        load_state(checkpoint)
        load_checkpoint(checkpoint, make_vec_env('CartPole-v1', 1))
        raise ValueError('read')
    assert not mark.exists() and '\n' not in str(error.value)
    assert name == 'model.zip' or isinstance(error.value, DrlPruneError)


@pytest.mark.reaction('unpickling', "a command in a method's progress file of --resume",
                      'refused in one line; nothing runs')
def test_no_progress_file_is_run(tmp_path: Path) -> None:
    file, mark, buffer = tmp_path / 'search.pt', tmp_path / 'mark', io.BytesIO()
    torch.save({'random': Command(mark)}, buffer)
    file.write_bytes(buffer.getvalue() + hashlib.sha256(buffer.getvalue()).digest())
    with pytest.raises(DrlPruneError, match='is damaged'):
        load_progress(file)
    assert not mark.exists()


@pytest.mark.reaction('unpickling', 'statistics that merely lie beside --teacher model.zip',
                      'never picked up; a model that needs them asks for --statistics')
def test_statistics_have_to_be_named(outside: Path, tmp_path: Path,
                                     capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DrlPruneError, match='name the file of its statistics with --statistics'):
        outside_model(outside / 'model.zip', None, 4, tmp_path)
    plain = PPO('MlpPolicy', make_vec_env('CartPole-v1', 2), n_steps=32, batch_size=32, n_epochs=1)
    plain.learn(64)
    plain.save(tmp_path / 'plain.zip')
    mark = tmp_path / 'mark'
    (tmp_path / 'vecnormalize.pkl').write_bytes(pickle.dumps(Command(mark)))
    assert outside_model(tmp_path / 'plain.zip', None, 4, tmp_path) == tmp_path / 'plain.zip'
    assert main(['prune', 'CartPole-v1', '--teacher', str(outside / 'model.zip')]) == 2
    assert '--statistics' in capsys.readouterr().err
    assert not mark.exists()


@pytest.mark.reaction('unpickling', '--statistics for a model that was trained without',
                      'refused in one line')
def test_statistics_that_do_not_belong_to_the_model_are_refused(
        outside: Path, tmp_path: Path) -> None:
    model = PPO('MlpPolicy', 'CartPole-v1', n_steps=32, batch_size=32, n_epochs=1)
    model.learn(32)
    model.save(tmp_path / 'plain.zip')
    with pytest.raises(DrlPruneError, match='was trained without any'):
        outside_model(tmp_path / 'plain.zip', outside / 'vecnormalize.pkl', 4, tmp_path)


@pytest.mark.reaction('unpickling', 'statistics beside a DQN, TD3 or SAC model, not named',
                      'not used, and one line says so')
def test_statistics_that_may_belong_to_a_model_are_told_of(
        outside: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    DQN('MlpPolicy', 'CartPole-v1', buffer_size=50).save(tmp_path / 'dqn.zip')
    shutil.copy(outside / 'vecnormalize.pkl', tmp_path)
    assert outside_model(tmp_path / 'dqn.zip', None, 4, tmp_path) == tmp_path / 'dqn.zip'
    assert 'is not used: name it with --statistics' in capsys.readouterr().err


@pytest.mark.reaction('unpickling', 'a model or statistics file that is damaged anywhere',
                      'one line, or read as it was; never a traceback')
def test_damage_to_outside_files_is_told_in_one_line(outside: Path, tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    for name, read in (('model.zip', load_model), ('vecnormalize.pkl', read_statistics)):
        whole = (outside / name).read_bytes()
        for _ in range(40):
            content = bytearray(whole)
            for place in random.integers(0, len(content), random.integers(1, 9)):
                content[place] = random.integers(256)
            (tmp_path / name).write_bytes(bytes(content[:random.choice([None, len(whole) // 2])]))
            try:
                read(tmp_path / name)
            except DrlPruneError as error:
                assert '\n' not in str(error)
