# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The compiled highway as the vector environments that others expect."""

import gymnasium
from gymnasium.vector import AutoresetMode
import numpy as np
import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.highway import HighwayVectorEnv, make_vec_env, register
from drl_prune_ros.highway.sb3_vec_env import HighwayVecEnv

FAST = 'highway-fast-v0'


def actions_of(env, steps: int, seed: int = 0):
    random = np.random.default_rng(seed)
    return random.integers(env.single_action_space.n, size=(steps, env.num_envs))


def test_make_vec_knows_it() -> None:
    register()
    env = gymnasium.make_vec(
        f'drl_prune_ros/{FAST}', num_envs=3, vectorization_mode='vector_entry_point')
    observations, _ = env.reset(seed=5)
    assert env.observation_space.contains(observations)
    observations, rewards, terminated, truncated, infos = env.step(np.array([1, 1, 1]))
    assert env.observation_space.contains(observations)
    assert rewards.shape == terminated.shape == truncated.shape == (3,)
    assert infos['crashed'].shape == infos['speed'].shape == (3,)
    assert set(infos['rewards']) == {
        'collision_reward', 'right_lane_reward', 'high_speed_reward', 'on_road_reward'}
    env.close()


@pytest.mark.parametrize('threads', [1, 2])
def test_threads_and_batches_change_nothing(threads: int) -> None:
    one = [make_vec_env(FAST, 1) for _ in range(4)]
    many = make_vec_env(FAST, 4, threads=threads)
    seeds = [3, 1, 4, 1]
    first = many.reset(seed=seeds)[0]
    assert np.array_equal(first, np.concatenate(
        [env.reset(seed=[seed])[0] for env, seed in zip(one, seeds, strict=True)]))
    for row in actions_of(many, 40):
        stepped = many.step(row)
        alone = [env.step(row[i:i + 1]) for i, env in enumerate(one)]
        for k in range(4):
            assert np.array_equal(stepped[k], np.concatenate([each[k] for each in alone]))
    many.close()


def test_a_new_episode_begins_at_the_next_step_or_at_the_same() -> None:
    later = HighwayVectorEnv(FAST, 2)
    same = HighwayVectorEnv(FAST, 2, autoreset_mode=AutoresetMode.SAME_STEP)
    never = HighwayVectorEnv(FAST, 2, autoreset_mode=AutoresetMode.DISABLED)
    for env in (later, same, never):
        env.reset(seed=7)
    ended = False
    for row in actions_of(later, 40):
        stepped = [env.step(row) for env in (later, same, never)]
        if (over := stepped[0][2] | stepped[0][3]).any():
            ended = True
            break
        assert all(np.array_equal(each[0], stepped[0][0]) for each in stepped)
    assert ended
    final = stepped[0][0][over]
    assert np.array_equal(stepped[1][4]['final_obs'][over], final)
    assert np.array_equal(stepped[2][0][over], final)
    begun, rewards, terminated, truncated, _ = later.step(row)
    assert np.array_equal(begun[over], stepped[1][0][over])
    assert not rewards[over].any() and not (terminated | truncated)[over].any()
    anew, _ = never.reset(options={'reset_mask': over})
    assert np.array_equal(anew[over], begun[over])
    assert np.array_equal(anew[~over], stepped[2][0][~over])


def test_a_state_is_taken_and_set_again() -> None:
    env = make_vec_env(FAST, 2)
    env.reset(seed=11)
    rows = actions_of(env, 12)
    for row in rows[:4]:
        env.step(row)
    state = env.state(1)
    went = [env.step(row) for row in rows[4:]]
    env.set_state(1, state)
    again = [env.step(row) for row in rows[4:]]
    for a, b in zip(went, again, strict=True):
        assert np.array_equal(a[0][1], b[0][1]) and a[1][1] == b[1][1]


def test_stable_baselines3_sees_the_last_observation() -> None:
    env = HighwayVecEnv(FAST, 3, seed=2)
    observations = env.reset()
    assert observations.shape == (3, 25)
    random, ended = np.random.default_rng(0), 0
    for _ in range(60):
        observations, rewards, dones, infos = env.step(random.integers(5, size=3))
        assert rewards.dtype == np.float32
        for done, info, observation in zip(dones, infos, observations, strict=True):
            assert done == ('terminal_observation' in info)
            if done:
                ended += 1
                assert info['episode']['l'] > 0
                assert info['TimeLimit.truncated'] == (not info['crashed'])
                assert not np.array_equal(info['terminal_observation'], observation)
    assert ended > 2


@pytest.mark.parametrize(('name', 'config', 'message'), [
    ('parking-v0', None, 'no ParkingEnv'),
    ('intersection-v1', None, 'no '),
    (FAST, {'controlled_vehicles': 2}, 'one vehicle'),
    (FAST, {'observation': {'type': 'AttributesObservation', 'attributes': []}},
     'no AttributesObservation'),
    (FAST, {'other_vehicles_type': 'highway_env.vehicle.behavior.AggressiveVehicle'},
     'no traffic of highway_env.vehicle.behavior.AggressiveVehicle'),
])
def test_what_only_highway_env_can_run_is_refused_by_name(
        name: str, config: dict | None, message: str) -> None:
    with pytest.raises(DrlPruneError, match=message) as refused:
        make_vec_env(name, 1, config)
    assert '\n' not in str(refused.value)


def test_reading_an_intersection_leaves_the_traffic_of_others_as_it_is() -> None:
    from highway_env.vehicle.behavior import IDMVehicle

    before = IDMVehicle.DISTANCE_WANTED
    make_vec_env('intersection-v2', 1)
    assert before == IDMVehicle.DISTANCE_WANTED
