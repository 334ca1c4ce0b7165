# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A state of the compiled highway, put into highway-env, is the same scene there."""

import json
import os
from pathlib import Path
import subprocess
import sys

import gymnasium
import numpy as np
import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.highway import HighwayVectorEnv, make_vec_env
from drl_prune_ros.highway.equality import PLAIN

LIDAR = {'observation': {'type': 'TupleObservation', 'observation_configs': [
    {'type': 'Kinematics', 'see_behind': True}, {'type': 'LidarObservation', 'cells': 16}]}}
# id, config, seed, decisions before the state, and after it
CASES = {
    'straight': [
        ['highway-fast-v0', None, 1, 5, 8],
        ['highway-fast-v0', {'observation': {'type': 'Kinematics', 'order': 'shuffled'}}, 1, 0, 6],
        ['merge-v1', LIDAR, 3, 6, 4],                           # with an obstacle
    ],
    'regulated': [
        ['intersection-v2', {'destination': None}, 5, 3, 8],
        ['intersection-v2', {'action': {'type': 'ContinuousAction'}}, 6, 2, 5],
    ],
    'turning': [
        ['roundabout-v1', None, 4, 4, 6],
        ['racetrack-v1', {'other_vehicles': 3}, 6, 20, 15],
    ],
}


@pytest.mark.parametrize('cases', CASES.values(), ids=CASES)
def test_highway_env_goes_on_as_the_compiled_one(cases: list) -> None:
    script = Path(__file__).with_name('continued.py')
    done = subprocess.run(
        [sys.executable, str(script), json.dumps(cases)], env={**os.environ, **PLAIN},
        capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert results == [[case[0], case[-1] + 1, 0] for case in cases]


@pytest.mark.parametrize(('task', 'driver'), [
    ('highway-fast-v0', 'dummy'), ('merge-v1', None), ('racetrack-v1', 'dummy')])
def test_pictures_are_of_each_environment_and_move(
        task: str, driver: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if driver:
        monkeypatch.setenv('SDL_VIDEODRIVER', driver)
    else:
        monkeypatch.delenv('SDL_VIDEODRIVER', raising=False)
    env = HighwayVectorEnv(task, 2, render_mode='rgb_array', config={'screen_width': 300})
    env.reset(seed=[1, 2])
    first = env.render()
    again = env.render()
    env.step(env.action_space.sample())
    second = env.render()
    assert first is not None and again is not None and second is not None
    for picture in (*first, *second):
        assert picture.shape[1:] == (300, 3) and picture.dtype == np.uint8
        assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 3
    assert not np.array_equal(first[0], first[1])
    for k in range(2):
        assert np.array_equal(first[k], again[k])
        assert not np.array_equal(first[k], second[k])
    env.close()


def test_the_picture_is_highway_envs_own() -> None:
    theirs = gymnasium.make('merge-v1', render_mode='rgb_array', disable_env_checker=True)
    ours = HighwayVectorEnv('merge-v1', 1, render_mode='rgb_array')
    theirs.reset(seed=3)
    ours.reset(seed=[3])
    for _ in range(3):
        theirs.step(1)
        ours.step(np.array([1]))
    theirs.render()
    theirs.unwrapped.viewer.enabled = True   # also where SDL_VIDEODRIVER is 'dummy'
    picture = ours.render()
    assert picture is not None
    assert np.array_equal(picture[0], theirs.render())
    ours.close()


def test_it_draws_where_it_was_told_to_and_for_nobody_to_see() -> None:
    with pytest.raises(DrlPruneError, match="no render_mode 'human': choose rgb_array"):
        HighwayVectorEnv('merge-v1', 1, render_mode='human')
    env = make_vec_env('merge-v1', 1)
    env.reset(seed=0)
    with pytest.warns(UserWarning, match="render_mode='rgb_array'"):
        assert env.render() is None
    assert 'rgb_array' in env.metadata['render_modes']
