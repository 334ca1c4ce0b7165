# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""EnvPool behind SB3's VecEnv, checked against EnvPool itself."""

from dataclasses import replace

from gymnasium import spaces
import numpy as np

from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.tasks.envpool_vec_env import EnvPoolVecEnv, make_pool

PUSH_RIGHT = 1


def test_the_end_is_reported_with_the_last_observation_and_the_reset_one() -> None:
    task = load_task('CartPole-v1')
    env, raw = EnvPoolVecEnv(task, 8, 500), make_pool(task, range(500, 508))
    np.testing.assert_array_equal(env.reset(), raw.reset()[0].reshape(8, -1))
    total, ended = np.zeros(8), 0
    for _ in range(30):
        observations, _, dones, infos = env.step(np.full(8, PUSH_RIGHT))
        last, raw_rewards, terminated, truncated, _ = raw.step(np.full(8, PUSH_RIGHT, np.int32))
        np.testing.assert_array_equal(dones, terminated | truncated)
        total += raw_rewards
        for i in np.flatnonzero(dones):
            ended += 1
            np.testing.assert_array_equal(infos[i]['terminal_observation'], last[i].ravel())
            assert infos[i]['TimeLimit.truncated'] == (truncated[i] and not terminated[i])
            assert not np.array_equal(observations[i], last[i].ravel())
            np.testing.assert_allclose(infos[i]['episode']['r'], total[i], rtol=1e-6)
        if dones.any():
            break
        np.testing.assert_array_equal(observations, last.reshape(8, -1))
    assert ended


def test_a_time_limit_is_no_end() -> None:
    task = replace(load_task('Pendulum-v1'), engines={'envpool': 'Pendulum-v1'})
    env = EnvPoolVecEnv(task, 2, 900)
    env.reset()
    for _ in range(200):
        _, _, dones, infos = env.step(np.zeros((2, 1), np.float32))
    assert dones.all()
    assert all(info['TimeLimit.truncated'] and info['episode']['l'] == 200 for info in infos)
    _, _, dones, infos = env.step(np.zeros((2, 1), np.float32))
    assert not dones.any() and not any(infos)


def test_two_seeds_start_differently_and_one_seed_repeats() -> None:
    task = load_task('CartPole-v1')
    one, again, other = (EnvPoolVecEnv(task, 2, seed).reset() for seed in (11, 11, 21))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
    assert not np.array_equal(one[0], one[1])


def test_continuous_actions_are_float32_here_and_float64_there() -> None:
    task = load_task('Hopper-v3')
    env, raw = EnvPoolVecEnv(task, 4, 5), make_pool(task, range(5, 9))
    assert env.action_space.dtype == np.float32
    assert env.action_space == spaces.Box(-1, 1, (3,), np.float32)
    start = env.reset()
    assert start.dtype == np.float32
    np.testing.assert_array_equal(start, raw.reset()[0].astype(np.float32))
    rng = np.random.default_rng(0)
    ended = 0
    for _ in range(60):
        # Half of them beyond the bounds, which must do as much as the bounds themselves.
        actions = rng.uniform(-2, 2, (4, 3)).astype(np.float32)
        observations, rewards, dones, infos = env.step(actions)
        last, raw_rewards, terminated, truncated, _ = raw.step(
            np.clip(actions.astype(np.float64), -1, 1))
        np.testing.assert_array_equal(rewards, raw_rewards)
        np.testing.assert_array_equal(dones, terminated | truncated)
        for i in np.flatnonzero(dones):
            ended += 1
            last_seen = infos[i]['terminal_observation']
            np.testing.assert_array_equal(last_seen, last[i].astype(np.float32))
            assert 'crashed' not in infos[i]
        if dones.any():
            break
        np.testing.assert_array_equal(observations, last.astype(np.float32))
    assert ended
