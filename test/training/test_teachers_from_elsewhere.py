# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A model from elsewhere is taken for what it is, or refused in one line."""

import base64
from collections.abc import Callable, Iterator
import json
from pathlib import Path
import pickle
from typing import Any
from zipfile import ZipFile

import gymnasium
from gymnasium import spaces
from gymnasium.wrappers import FlattenObservation, RescaleObservation
import numpy as np
import pytest
from stable_baselines3 import DQN, PPO, SAC, TD3
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import VecNormalize

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.resources import models_dir
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.training import teacher_parity
from drl_prune_ros.training.networks.greedy_policy import torch_outputs
from drl_prune_ros.training.outside_model import outside_model, what_is_normalized
from drl_prune_ros.training.policy_teacher import write_teacher
from drl_prune_ros.training.start import teacher_settings
from drl_prune_ros.training.statistics import read_statistics
from drl_prune_ros.training.teacher_parity import check_teacher

NAME = 'test/Elsewhere-v0'
OFF_POLICY: dict[str, Any] = {'buffer_size': 300, 'learning_starts': 20, 'batch_size': 16}
ON_POLICY: dict[str, Any] = {'n_steps': 32, 'batch_size': 32, 'n_epochs': 1}
UNIT = spaces.Box(-1, 1, (3,), np.float32)


class Elsewhere(gymnasium.Env):
    """An environment of any spaces, whose observations are samples."""

    def __init__(self, observes: spaces.Space = UNIT, acts: spaces.Space | None = None) -> None:
        self.observation_space, self.action_space = observes, acts or spaces.Discrete(2)
        self.steps = 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        if seed is not None:
            self.observation_space.seed(seed)
        self.steps = 0
        return self.observation_space.sample(), {}

    def step(self, action: Any) -> Any:
        self.steps += 1
        return self.observation_space.sample(), 1.0, self.steps >= 20, False, {}


@pytest.fixture
def register() -> Iterator[Callable[[Callable[[], gymnasium.Env]], None]]:
    yield lambda make: gymnasium.register(NAME, make, disable_env_checker=True)
    gymnasium.registry.pop(NAME, None)


def saved(model: BaseAlgorithm, folder: Path, steps: int = 64, name: str = 'model.zip') -> Path:
    model.learn(steps)
    model.save(folder / name)
    return folder / name


def taken(file: Path, name: str = NAME) -> None:
    task = load_task(name)
    teacher_settings(file, task)
    check_teacher(file, task)


def refused(file: Path, message: str) -> None:
    with pytest.raises(DrlPruneError, match=message) as error:
        taken(file)
    assert '\n' not in str(error.value)


LOPSIDED = spaces.Box(np.array([-2.0, 0.0], np.float32), np.array([1.0, 5.0], np.float32))
SOUND: dict[str, tuple[spaces.Space, spaces.Space, Callable[[Any], BaseAlgorithm]]] = {
    'one-hot': (spaces.Discrete(5), spaces.Discrete(3), lambda env: PPO(
        'MlpPolicy', env, **ON_POLICY)),
    'int64': (spaces.Box(0, 9, (4,), np.int64), spaces.Discrete(3), lambda env: DQN(
        'MlpPolicy', env, **OFF_POLICY)),
    'SAC with asymmetric bounds': (UNIT, LOPSIDED, lambda env: SAC(
        'MlpPolicy', env, **OFF_POLICY)),
    'TD3 with asymmetric bounds': (UNIT, LOPSIDED, lambda env: TD3(
        'MlpPolicy', env, **OFF_POLICY)),
    'optimize_memory_usage': (UNIT, spaces.Discrete(2), lambda env: DQN(
        'MlpPolicy', env, **OFF_POLICY, optimize_memory_usage=True,
        replay_buffer_kwargs={'handle_timeout_termination': False})),
    'n-step': (UNIT, spaces.Discrete(2), lambda env: DQN(
        'MlpPolicy', env, **OFF_POLICY, n_steps=3)),
    'a matrix, flattened': (spaces.Box(-1, 1, (2, 3)), spaces.Discrete(2), lambda env: PPO(
        'MlpPolicy', env, **ON_POLICY)),
}


@pytest.mark.parametrize('kind', SOUND)
@pytest.mark.reaction('teachers', 'one-hot and int64 observations, asymmetric bounds, '
                      'optimize_memory_usage, n-step', 'taken; acts as its predict does')
def test_sound_teachers_are_taken(kind: str, register: Any, tmp_path: Path) -> None:
    observes, acts, make = SOUND[kind]

    def env() -> gymnasium.Env:
        made = Elsewhere(observes, acts)
        return FlattenObservation(made) if isinstance(observes, spaces.Discrete) else made
    register(env)
    taken(saved(make(env()), tmp_path))


@pytest.mark.reaction('teachers', 'a network that acts otherwise than its own predict',
                      'refused in one line, with the likely cause')
def test_a_teacher_that_is_misread_is_refused(
        register: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register(lambda: Elsewhere(acts=LOPSIDED))
    file = saved(SAC('MlpPolicy', Elsewhere(acts=LOPSIDED), **OFF_POLICY), tmp_path)
    taken(file)
    monkeypatch.setattr(teacher_parity, 'torch_outputs', lambda actor, seen, normalizer, bounds: (
        torch_outputs(actor, seen + 0.1, normalizer, bounds)))
    refused(file, r'acts otherwise than Stable-Baselines3 makes it act, on \d+ of 200')


@pytest.mark.reaction('teachers', 'a policy file of this project', 'held against its own runtime')
def test_a_policy_file_is_held_against_itself(tmp_path: Path) -> None:
    policy, task = read_policy(models_dir() / 'CartPole-v1-dense.onnx'), load_task('CartPole-v1')
    file = write_teacher(policy, task, None, tmp_path)
    check_teacher(file, task, policy.path)
    with pytest.raises(DrlPruneError, match='acts otherwise'):
        check_teacher(file, task, models_dir() / 'CartPole-v1-dsp.onnx')


@pytest.mark.reaction('teacher spaces', 'gSDE', 'refused by name')
def test_state_dependent_exploration_is_refused(register: Any, tmp_path: Path) -> None:
    register(lambda: Elsewhere(acts=LOPSIDED))
    model = SAC('MlpPolicy', Elsewhere(acts=LOPSIDED), **OFF_POLICY, use_sde=True)
    refused(saved(model, tmp_path), 'use_sde')


WIDE = spaces.Box(-5, 5, (3,), np.float32)
OTHER = {
    'bounds of RescaleObservation': (
        RescaleObservation(Elsewhere(WIDE), np.float32(-1), np.float32(1)), lambda: Elsewhere(
            WIDE), 'value 0 is from -1 to 1, in test/Elsewhere-v0 it is from -5 to 5'),
    'actions that start at 1': (
        Elsewhere(acts=spaces.Discrete(2, start=1)), Elsewhere, 'actions that count from 1'),
    'another dtype': (
        Elsewhere(spaces.Box(-1, 1, (3,), np.int64)), Elsewhere, 'observes int64, .* float32'),
    'another shape': (
        Elsewhere(spaces.Box(-1, 1, (2, 3))), lambda: Elsewhere(spaces.Box(-1, 1, (3, 2))),
        r'observes shape \(2, 3\)'),
    'a Discrete that starts at 1': (
        Elsewhere(spaces.Discrete(3, start=1)), lambda: Elsewhere(UNIT), 'Discrete that starts'),
    'MultiBinary': (Elsewhere(spaces.MultiBinary(3)), Elsewhere, 'observes a MultiBinary'),
    'images of uint8 with MlpPolicy': (
        Elsewhere(spaces.Box(0, 255, (36, 36, 1), np.uint8)), lambda: Elsewhere(
            spaces.Box(0, 255, (36, 36, 1), np.uint8)), 'reads an image of uint8'),
}


@pytest.mark.parametrize('kind', OTHER)
@pytest.mark.reaction('teacher spaces', 'other bounds, dtype, shape or start than the '
                      "environment's; MultiBinary; uint8 images", 'refused by name')
def test_other_spaces_are_refused_by_name(kind: str, register: Any, tmp_path: Path) -> None:
    theirs, ours, message = OTHER[kind]
    register(ours)
    model = PPO('MlpPolicy', make_vec_env(lambda: theirs, 1), **ON_POLICY)
    model.save(tmp_path / 'model.zip')
    refused(tmp_path / 'model.zip', message)


@pytest.mark.parametrize('learner', [DQN, SAC, TD3])
@pytest.mark.reaction('teacher statistics', 'DQN, SAC, TD3: trained with statistics, none named',
                      'refused; the file that made its last observation is suggested')
@pytest.mark.reaction('teacher statistics', "DQN, SAC, TD3: another model's statistics named",
                      'refused in one line')
def test_learners_with_a_replay_buffer_tell_which_statistics_are_theirs(
        learner: Any, tmp_path: Path) -> None:
    name, size = ('CartPole-v1', 4) if learner is DQN else ('Pendulum-v1', 3)
    with_them = VecNormalize(make_vec_env(name, 2, seed=1))
    file = saved(learner('MlpPolicy', with_them, **OFF_POLICY), tmp_path, 300)
    own = tmp_path / 'vecnormalize.pkl'
    with_them.save(str(own))
    other = VecNormalize(make_vec_env(name, 1))
    other.obs_rms.mean, other.obs_rms.var = np.full(size, 3.0), np.full(size, 0.01)  # type: ignore
    other.save(str(tmp_path / 'model_vecnormalize.pkl'))
    with pytest.raises(DrlPruneError, match=f'--statistics {own} or '):
        outside_model(file, None, size, tmp_path)
    with pytest.raises(DrlPruneError, match='does not belong to'):
        outside_model(file, tmp_path / 'model_vecnormalize.pkl', size, tmp_path)
    (tmp_path / 'out').mkdir()
    read = outside_model(file, own, size, tmp_path / 'out')
    assert what_is_normalized(read) == f'{size} observation values, clipped to 10'
    without = saved(learner('MlpPolicy', make_vec_env(name, 2), **OFF_POLICY), tmp_path, 300,
                    'plain.zip')
    with pytest.raises(DrlPruneError, match='does not belong to'):
        outside_model(without, tmp_path / 'model_vecnormalize.pkl', size, tmp_path)


def of_gym(data: bytes) -> bytes:
    """Return a pickle as one of gym's time, before Gymnasium and SB3 2."""
    value = pickle.loads(data)
    if isinstance(value, VecNormalize):
        vars(value).update(venv=None, class_attributes={}, returns=None)   # what saving leaves out
    return pickle.dumps(value, 2).replace(b'cgymnasium.', b'cgym.')


@pytest.mark.parametrize('learner', [PPO, DQN])
@pytest.mark.reaction('older files', "models and statistics whose spaces are gym's",
                      'taken; acts as its predict does')
def test_files_of_gyms_time_are_taken(learner: Any, tmp_path: Path) -> None:
    env = VecNormalize(make_vec_env('CartPole-v1', 1, seed=1))
    model = learner('MlpPolicy', env, **(ON_POLICY if learner is PPO else OFF_POLICY))
    file, statistics = saved(model, tmp_path, 100), tmp_path / 'mine.pkl'
    env.save(str(statistics))
    statistics.write_bytes(of_gym(statistics.read_bytes()))
    with ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    data = json.loads(members['data'])
    for name in ('observation_space', 'action_space'):
        old = of_gym(base64.b64decode(data[name][':serialized:']))
        assert b'cgym.spaces' in old and b'gymnasium' not in old
        data[name][':serialized:'] = base64.b64encode(old).decode()
    with ZipFile(file, 'w') as archive:
        for name, content in members.items():
            archive.writestr(name, json.dumps(data) if name == 'data' else content)
    assert read_statistics(statistics).obs_rms.count == env.obs_rms.count  # type: ignore
    (tmp_path / 'out').mkdir()
    taken(outside_model(file, statistics, 4, tmp_path / 'out'), 'CartPole-v1')
