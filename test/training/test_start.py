# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Start from a policy that plain Stable-Baselines3 trained, or refuse it in one line."""

from collections.abc import Callable
from pathlib import Path
import pickle
from typing import Any

from gymnasium import Env, spaces
import numpy as np
import pytest
from stable_baselines3 import A2C, DDPG, DQN, HerReplayBuffer, PPO, SAC, TD3
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.env_util import make_vec_env as outside_env
from stable_baselines3.common.envs import BitFlippingEnv
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize
import torch
from torch import nn

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.tasks.catalogue import load_task, Task
from drl_prune_ros.tasks.gymnasium_env import make_vec_env
from drl_prune_ros.training.learner import load_model
from drl_prune_ros.training.networks.greedy_policy import greedy
from drl_prune_ros.training.networks.mlp import actor_of
from drl_prune_ros.training.outside_model import outside_model, statistics_beside
from drl_prune_ros.training.schedule import LearningRateSchedule
from drl_prune_ros.training.settings import train_settings
from drl_prune_ros.training.start import (
    learner_from,
    normalized,
    student_learner,
    teacher_settings,
)

QUICK = {'learning_starts': 50, 'buffer_size': 500, 'batch_size': 16}
OUTSIDE: dict[str, Callable[..., BaseAlgorithm]] = {
    # 64-64 and tanh, 64-64 and ReLU, what Stable-Baselines3 takes by itself
    'ppo': lambda env: PPO('MlpPolicy', env, n_steps=64, batch_size=64, n_epochs=1),
    'dqn': lambda env: DQN('MlpPolicy', env, **QUICK),
    'ppo-box': lambda env: PPO('MlpPolicy', env, n_steps=64, batch_size=64, n_epochs=1,
                               policy_kwargs={'net_arch': {'pi': [20, 10], 'vf': [30]}}),
    'td3': lambda env: TD3('MlpPolicy', env, **QUICK, policy_kwargs={'net_arch': [40, 30]}),
    'sac': lambda env: SAC('MlpPolicy', env, **QUICK, policy_kwargs={
        'net_arch': {'pi': [12], 'qf': [33, 22]}, 'activation_fn': nn.Tanh}),
}
SHAPES = {
    'ppo': ([64, 64], [64, 64], 'tanh'), 'dqn': ([64, 64], None, 'relu'),
    'ppo-box': ([20, 10], [30], 'tanh'), 'td3': ([40, 30], [40, 30], 'relu'),
    'sac': ([12], [33, 22], 'tanh')}

SCHEDULE = LearningRateSchedule(start=0.2)


def train_outside(kind: str, normalize: bool) -> BaseAlgorithm:
    name = 'CartPole-v1' if kind in ('ppo', 'dqn') else 'Pendulum-v1'
    env: Any = outside_env(name, 1, seed=0)
    model = OUTSIDE[kind](VecNormalize(env) if normalize else env)
    model.learn(128)
    return model


def own_settings(shape: dict[str, Any]) -> Any:
    algo = shape.pop('algo')
    off = {} if algo == 'ppo' else {'buffer_size': 100}
    return train_settings({}, algo, num_envs=2, total_steps=100, **shape, **off)


@pytest.mark.parametrize('kind', OUTSIDE)
@pytest.mark.parametrize('normalize', [False, True])
def test_a_run_goes_on_from_what_was_trained_elsewhere(
        task_of_kind: Callable[[str], Task], kind: str, normalize: bool, tmp_path: Path) -> None:
    theirs: Any = train_outside(kind, normalize)
    file, task = tmp_path / 'model.zip', task_of_kind(kind)
    theirs.save(file)
    normalizer = theirs.get_vec_normalize_env()
    if normalizer:
        normalizer.training = False   # as whoever evaluated it left it
        normalizer.save(str(tmp_path / 'mine.pkl'))
        (tmp_path / 'with').mkdir()
        file = outside_model(file, tmp_path / 'mine.pkl', task.observation.size,
                             tmp_path / 'with')
    shape = teacher_settings(file, task)
    off_policy = {} if kind.startswith('ppo') else {'time_limit_ends': False}
    assert shape == off_policy | dict(zip(
        ('algo', 'hidden', 'critic_hidden', 'activation', 'normalize', 'gamma'),
        (kind.removesuffix('-box'), *SHAPES[kind], normalize, 0.99), strict=True))

    env = make_vec_env(task, 2, 5)
    ours: Any = learner_from(file, own_settings(shape), env, 1, SCHEDULE)
    raw = np.random.default_rng(2).normal(size=(300, task.observation.size)).astype(np.float32)
    read = normalizer.normalize_obs(raw) if normalizer else raw
    wanted, _ = theirs.predict(read, deterministic=True)
    np.testing.assert_allclose(greedy(ours)(raw), wanted, rtol=1e-5, atol=1e-5)

    for name, value in theirs.get_parameters().items():
        mine = ours.get_parameters()[name]
        if 'optimizer' not in name:
            assert all(torch.equal(mine[key], value[key]) for key in value)
            continue
        assert len(value['state']) > 0
        for index, state in value['state'].items():
            assert all(torch.equal(mine['state'][index][key], state[key]) for key in state)
    if kind == 'sac':
        assert torch.equal(ours.log_ent_coef, theirs.log_ent_coef)
    if normalizer:
        statistics = ours.get_vec_normalize_env()
        assert statistics.training
        for rms in ('obs_rms', 'ret_rms'):
            assert np.array_equal(getattr(statistics, rms).var, getattr(normalizer, rms).var)
            assert getattr(statistics, rms).count == getattr(normalizer, rms).count
    ours.learn(64)


@pytest.mark.parametrize('kind', OUTSIDE)
def test_a_run_discounts_as_its_teacher_did(
        task_of_kind: Callable[[str], Task], kind: str, tmp_path: Path) -> None:
    theirs: Any = train_outside(kind, normalize=False)
    theirs.gamma = 0.9
    if not kind.startswith('ppo'):
        theirs.replay_buffer_kwargs = {'handle_timeout_termination': False}
    theirs.save(tmp_path / 'model.zip')
    settings = own_settings(teacher_settings(tmp_path / 'model.zip', task_of_kind(kind)))
    assert getattr(settings, 'time_limit_ends', True)
    assert settings.to_dict()['gamma'] == 0.9, 'the config of the run says so'
    env = make_vec_env(task_of_kind(kind), 2, 5)
    ours: Any = learner_from(tmp_path / 'model.zip', settings, env, 1, SCHEDULE)
    assert ours.gamma == 0.9


@pytest.mark.parametrize('entropy', [
    {'ent_coef': 0.3}, {'ent_coef': 'auto_0.1'}, {'target_entropy': -0.25},
    {'ent_coef': 'auto_0.1', 'target_entropy': -0.25}])
@pytest.mark.parametrize('make', [learner_from, student_learner])
def test_the_entropy_of_sac_goes_on_as_it_was(
        task_of_kind: Callable[[str], Task], entropy: dict[str, Any], make: Callable[..., Any],
        tmp_path: Path) -> None:
    theirs: Any = SAC('MlpPolicy', 'Pendulum-v1', **QUICK, **entropy,
                      policy_kwargs={'net_arch': [12, 12]})
    theirs.learn(128)
    file, task = tmp_path / 'model.zip', task_of_kind('sac')
    theirs.save(file)
    shape = teacher_settings(file, task)
    assert ('ent_coef' in shape) == (entropy.get('ent_coef') == 0.3)
    env = make_vec_env(task, 2, 5)
    ours: Any = make(file, own_settings(shape), env, 1, SCHEDULE)
    ours.save(tmp_path / 'resumed.zip')
    for model in (ours, SAC.load(tmp_path / 'resumed.zip')):
        assert model.target_entropy == theirs.target_entropy
        assert (model.ent_coef_optimizer is None) == (theirs.ent_coef_optimizer is None)
        if theirs.ent_coef_optimizer is None:
            assert torch.equal(model.ent_coef_tensor, theirs.ent_coef_tensor)
            continue
        assert torch.equal(model.log_ent_coef, theirs.log_ent_coef)
        moments, given = (each.ent_coef_optimizer.state_dict()['state'][0]
                          for each in (model, theirs))
        assert all(torch.equal(moments[name], value) for name, value in given.items())
    ours.learn(64)
    if theirs.ent_coef_optimizer is None:
        assert torch.equal(ours.ent_coef_tensor, theirs.ent_coef_tensor), 'a fixed one stays'


class Grid(Env):
    """An environment that observes noise in rows, as highway-env does."""

    observation_space = spaces.Box(-1, 1, (5, 5), np.float32)
    action_space = spaces.Discrete(5)

    def reset(self, **_: Any) -> Any:
        return self.observation_space.sample(), {}

    def step(self, action: Any) -> Any:
        return self.observation_space.sample(), 1.0, False, False, {}


def test_statistics_of_observations_in_rows_are_flattened(tmp_path: Path) -> None:
    env = VecNormalize(DummyVecEnv([Grid]))
    theirs = PPO('MlpPolicy', env, n_steps=32, batch_size=32, n_epochs=1)
    theirs.learn(32)
    theirs.save(tmp_path / 'model.zip')
    env.save(str(tmp_path / 'mine.pkl'))
    task = load_task('highway-fast-v0')
    (tmp_path / 'with').mkdir()
    file = outside_model(tmp_path / 'model.zip', tmp_path / 'mine.pkl', 25, tmp_path / 'with')
    shape = teacher_settings(file, task)
    pool = make_vec_env(task, 2, 5)
    ours = learner_from(file, own_settings(shape), pool, 1, SCHEDULE)
    raw = np.random.default_rng(2).normal(size=(100, 5, 5)).astype(np.float32)
    wanted, _ = theirs.predict(env.normalize_obs(raw), deterministic=True)
    assert (greedy(ours)(raw.reshape(100, 25)) == wanted).all()
    ours.learn(8)


@pytest.mark.parametrize(('model', 'statistics'), [
    ('model.zip', 'vecnormalize.pkl'), ('model.zip', 'model_vecnormalize.pkl'),
    ('CartPole-v1.zip', 'CartPole-v1/vecnormalize.pkl'),
    ('best_model.zip', 'CartPole-v1/vecnormalize.pkl'),
    ('rl_model_5000_steps.zip', 'rl_model_vecnormalize_5000_steps.pkl'),
])
def test_statistics_that_lie_where_sb3_and_rl_zoo_put_them_are_proposed(
        tmp_path: Path, model: str, statistics: str) -> None:
    assert statistics_beside(tmp_path / model) == []
    (tmp_path / statistics).parent.mkdir(exist_ok=True)
    (tmp_path / statistics).touch()
    assert statistics_beside(tmp_path / model) == [tmp_path / statistics]


def test_statistics_of_another_model_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / 'other').mkdir()
    (tmp_path / 'other' / 'vecnormalize.pkl').touch()
    assert statistics_beside(tmp_path / 'model.zip') == []


REFUSED = {
    'observations': (lambda: PPO('MlpPolicy', 'Acrobot-v1'), 'CartPole-v1',
                     'maps 6 observation values to 3 outputs, CartPole-v1 needs 4 and 2'),
    'continuous': (lambda: TD3('MlpPolicy', 'Pendulum-v1', buffer_size=10), 'CartPole-v1',
                   'maps 3 observation values to 1 outputs'),
    'learner': (lambda: A2C('MlpPolicy', 'CartPole-v1'), 'CartPole-v1',
                'was not saved by PPO, DQN, TD3 or SAC'),
    'activation': (lambda: PPO('MlpPolicy', 'CartPole-v1', policy_kwargs={
        'activation_fn': nn.LeakyReLU}), 'CartPole-v1', 'LeakyReLU is not supported'),
    'no hidden layer': (lambda: PPO('MlpPolicy', 'CartPole-v1', policy_kwargs={'net_arch': []}),
                        'CartPole-v1', 'no hidden layer'),
    'bare critic': (lambda: PPO('MlpPolicy', 'CartPole-v1', policy_kwargs={
        'net_arch': {'pi': [8], 'vf': []}}), 'CartPole-v1', 'a critic without hidden layers'),
    'bare twins': (lambda: SAC('MlpPolicy', 'Pendulum-v1', buffer_size=10, policy_kwargs={
        'net_arch': {'pi': [8], 'qf': []}}), 'Pendulum-v1', 'a critic without hidden layers'),
    'one critic': (lambda: TD3('MlpPolicy', 'Pendulum-v1', buffer_size=10, policy_kwargs={
        'n_critics': 1}), 'Pendulum-v1', 'n_critics = 1'),
    'three critics': (lambda: SAC('MlpPolicy', 'Pendulum-v1', buffer_size=10, policy_kwargs={
        'n_critics': 3}), 'Pendulum-v1', 'n_critics = 3: only SAC and TD3 with 2 critics can'),
    'DDPG': (lambda: DDPG('MlpPolicy', 'Pendulum-v1', buffer_size=10), 'Pendulum-v1',
             r'n_critics = 1 \(DDPG has one\)'),
    'exploration': (lambda: PPO('MlpPolicy', 'Pendulum-v1', use_sde=True), 'Pendulum-v1',
                    'use_sde'),
    'inputs': (lambda: PPO('MultiInputPolicy', DummyVecEnv([Rows])), 'CartPole-v1',
               'only MLP policies can be pruned'),
    'pixels': (lambda: DQN('CnnPolicy', DummyVecEnv([Pixels]), buffer_size=10), 'CartPole-v1',
               'only MLP policies can be pruned'),
}


class Rows(Grid):
    observation_space = spaces.Dict({'rows': Grid.observation_space})


class Pixels(Grid):
    observation_space = spaces.Box(0, 255, (1, 40, 40), np.uint8)


@pytest.mark.parametrize('reason', REFUSED)
def test_a_teacher_that_does_not_fit_is_refused_in_one_line(
        reason: str, tmp_path: Path) -> None:
    make, task, message = REFUSED[reason]
    make().save(tmp_path / 'model.zip')
    with pytest.raises(DrlPruneError, match=message) as refused:
        teacher_settings(tmp_path / 'model.zip', load_task(task))
    assert '\n' not in str(refused.value)


def test_a_teacher_of_other_actions_of_the_same_number_is_refused(tmp_path: Path) -> None:
    class Continuous(Grid):
        observation_space = spaces.Box(-1, 1, (4,), np.float32)
        action_space = spaces.Box(-1, 1, (2,), np.float32)

    PPO('MlpPolicy', DummyVecEnv([Continuous])).save(tmp_path / 'model.zip')
    with pytest.raises(DrlPruneError, match='trained for other actions'):
        teacher_settings(tmp_path / 'model.zip', load_task('CartPole-v1'))

    class Weaker(Grid):
        observation_space = spaces.Box(-1, 1, (3,), np.float32)
        action_space = spaces.Box(-1, 1, (1,), np.float32)   # Pendulum's go from -2 to 2

    TD3('MlpPolicy', DummyVecEnv([Weaker]), buffer_size=10).save(tmp_path / 'model.zip')
    with pytest.raises(DrlPruneError, match='trained for other actions'):
        teacher_settings(tmp_path / 'model.zip', load_task('Pendulum-v1'))


@pytest.mark.parametrize(('write', 'message'), [
    (lambda file: VecNormalize(outside_env('Acrobot-v1')).save(str(file)),
     'statistics of 6 observation values, not of 4'),
    (lambda file: file.write_text('no pickle'), 'or damaged'),
    (lambda file: file.write_bytes(pickle.dumps({'mean': 0})), 'or damaged'),
])
def test_statistics_that_do_not_fit_are_refused_in_one_line(
        tmp_path: Path, write: Callable[[Path], Any], message: str) -> None:
    PPO('MlpPolicy', 'CartPole-v1').save(tmp_path / 'model.zip')
    write(tmp_path / 'mine.pkl')
    with pytest.raises(DrlPruneError, match=message) as refused:
        outside_model(tmp_path / 'model.zip', tmp_path / 'mine.pkl', 4, tmp_path / 'with')
    assert '\n' not in str(refused.value)


def test_other_widths_than_the_teachers_are_refused(tmp_path: Path) -> None:
    PPO('MlpPolicy', 'CartPole-v1').save(tmp_path / 'model.zip')
    task = load_task('CartPole-v1')
    settings = train_settings(task.train, hidden=[32, 32], activation='tanh', num_envs=2)
    with pytest.raises(DrlPruneError, match='give the hidden widths it was trained with'):
        learner_from(tmp_path / 'model.zip', settings, make_vec_env(task, 2, 1), 1, SCHEDULE)
    assert actor_of(load_model(tmp_path / 'model.zip')).widths == (4, 64, 64, 2)


def test_a_value_that_never_changes_is_not_blown_up() -> None:
    class Mass(Env):
        """A body whose mass is observed, besides where it is."""

        observation_space = spaces.Box(-np.inf, np.inf, (2,), np.float64)
        action_space = spaces.Discrete(2)

        def reset(self, **_: Any) -> tuple[np.ndarray, dict[str, Any]]:
            return self.observe(), {}

        def step(self, _: Any) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
            return self.observe(), 0.0, False, False, {}

        def observe(self) -> np.ndarray:
            return np.array([8.9, self.np_random.normal()])

    env = normalized(DummyVecEnv([Mass]), train_settings({'normalize': True}, 'ppo'))
    assert isinstance(env, VecNormalize)
    env.reset()
    for _ in range(2000):
        observed = env.step(np.array([0]))[0]
    raw = env.get_original_obs()
    rounded = env.normalize_obs(raw.astype(np.float32).astype(np.float64))
    assert np.abs(rounded - observed).max() < 1e-4, 'what a float32 rounds away stays small'
    assert env.obs_rms.var[1] > 0.5, 'and what does change counts as before'


@pytest.mark.reaction('learners', 'a teacher that SGD, RMSprop or AdamW trained',
                      'Adam goes on with moments of its own, which one line says')
@pytest.mark.parametrize('kind', [torch.optim.SGD, torch.optim.RMSprop, torch.optim.AdamW])
def test_moments_of_another_optimizer_are_left_behind(
        kind: type, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    env = outside_env('CartPole-v1', 1, seed=0)
    model = PPO('MlpPolicy', env, n_steps=32, batch_size=32, n_epochs=1,
                policy_kwargs={'optimizer_class': kind})
    model.learn(64)
    model.save(tmp_path / 'model.zip')
    task = load_task('CartPole-v1')
    settings = train_settings(
        task.train, **teacher_settings(tmp_path / 'model.zip', task), total_steps=64, num_envs=1,
        n_steps=32, batch_size=32)
    learner = learner_from(
        tmp_path / 'model.zip', settings, make_vec_env(task, 1, 0), 0, SCHEDULE)
    assert f'was trained by {kind.__name__}: Adam goes on' in capsys.readouterr().err
    theirs, ours = model.policy.state_dict(), learner.policy.state_dict()
    assert all(torch.equal(theirs[name], ours[name]) for name in theirs)
    assert not learner.policy.optimizer.state
    learner.learn(32)


@pytest.mark.reaction('learners', 'HER, and other policies of observations with goals',
                      'refused by name')
@pytest.mark.parametrize(('make', 'words'), [
    (lambda env: DQN('MultiInputPolicy', env, replay_buffer_class=HerReplayBuffer, **QUICK),
     'was trained with HerReplayBuffer, on observations with goals'),
    (lambda env: PPO('MultiInputPolicy', env, n_steps=32, batch_size=32),
     'through a CombinedExtractor: only MLP'),
])
def test_goals_are_refused(
        make: Callable[[Any], BaseAlgorithm], words: str, tmp_path: Path) -> None:
    make(BitFlippingEnv(n_bits=3)).save(tmp_path / 'model.zip')
    with pytest.raises(DrlPruneError, match=words):
        teacher_settings(tmp_path / 'model.zip', load_task('CartPole-v1'))
