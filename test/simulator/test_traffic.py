# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Driving tasks share a process, in any order, and each has the traffic that it has alone."""

import hashlib
from itertools import permutations
import json
import os
import subprocess
import sys

import gymnasium
import highway_env  # noqa: F401 - registers the environments
from highway_env.vehicle.behavior import IDMVehicle
import numpy as np
import pytest

from drl_prune_ros.highway.batch import Batch
from drl_prune_ros.simulator.tick_simulator import TickSimulator
from drl_prune_ros.simulator.traffic import CONSTANTS, make_with_own_traffic, untouched
from drl_prune_ros.tasks.any_environment import read_contracts
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.tasks.gymnasium_env import make_gymnasium_env
from drl_prune_ros.tasks.vehicle import Vehicle

TASKS = 'highway-fast-v0', 'intersection-v0', 'merge-v1'
STEPS = 4
CODE = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
import gymnasium, highway_env
from test_traffic import TASKS, Episode
for task in TASKS:
    if not os.fork():
        episode = Episode(gymnasium.make(task))
        episode.reset()
        while not episode.over:
            episode.step()
        print(json.dumps({task: episode.numbers()}), flush=True)
        os._exit(0)
    os.wait()
"""


class Episode:
    """Two episodes of fixed actions, with a digest of every number that they give."""

    def __init__(self, env: gymnasium.Env) -> None:
        self.env, self.steps, self._digest = env, 0, hashlib.blake2b(digest_size=8)

    @property
    def over(self) -> bool:
        return self.steps == 2 * STEPS

    def reset(self) -> None:
        self._take(self.env.reset(**({} if self.steps else {'seed': 4}))[0])

    def step(self) -> None:
        # Idle: the episodes then end by themselves in none of the tasks.
        observation, reward, terminated, truncated, info = self.env.step(1)
        self._take(observation, reward, terminated, truncated, info['speed'], info['crashed'])
        self.steps += 1
        if self.steps == STEPS:
            self.reset()

    def _take(self, *numbers: object) -> None:
        for each in numbers:
            self._digest.update(np.ascontiguousarray(each).tobytes())
        for vehicle in self.env.unwrapped.road.vehicles:
            self._digest.update(np.array([*vehicle.position, vehicle.speed]).tobytes())

    def numbers(self) -> str:
        return self._digest.hexdigest()


@pytest.fixture(scope='module')
def alone() -> dict[str, str]:
    """Return the digest of each task, played by gymnasium.make in a process of its own."""
    done = subprocess.run(
        [sys.executable, '-c', CODE, os.path.dirname(__file__)], capture_output=True, text=True,
        timeout=110)
    assert done.returncode == 0, done.stderr
    return {task: digest for line in done.stdout.splitlines()
            for task, digest in json.loads(line).items()}


@pytest.mark.parametrize('order', [TASKS, TASKS[::-1]], ids=' '.join)
def test_one_after_the_other_and_in_turns_is_as_alone(
        order: tuple[str, ...], alone: dict[str, str]) -> None:
    for task in order:
        episode = Episode(make_with_own_traffic(task))
        episode.reset()
        while not episode.over:
            episode.step()
        assert episode.numbers() == alone[task]
    turns = {task: Episode(make_with_own_traffic(task)) for task in order}
    for episode in turns.values():
        episode.reset()
    while not all(episode.over for episode in turns.values()):
        for episode in turns.values():
            episode.step()
    assert {task: episode.numbers() for task, episode in turns.items()} == alone


def test_what_others_left_on_the_class_is_not_used_and_stays(alone: dict[str, str]) -> None:
    gymnasium.make('intersection-v0')   # as a user's own code would
    left = {name: getattr(IDMVehicle, name) for name in CONSTANTS}
    assert left != untouched()
    stray = Episode(gymnasium.make('highway-fast-v0'))
    own = Episode(make_with_own_traffic('highway-fast-v0'))
    for episode in (stray, own):
        episode.reset()
        while not episode.over:
            episode.step()
    assert own.numbers() == alone['highway-fast-v0'] != stray.numbers()
    assert {name: getattr(IDMVehicle, name) for name in CONSTANTS} == left


def test_tick_by_tick_it_is_the_same() -> None:
    def played() -> list[object]:
        env = make_gymnasium_env(load_task('highway-fast-v0').on(Vehicle('highway_env')))
        env.reset(seed=3)
        return [number for _ in range(4) for number in env.step(1)[0].tolist()]

    expected = played()
    gymnasium.make('intersection-v0')
    assert played() == expected


@pytest.mark.parametrize('order', list(permutations(('highway-fast-v0', 'intersection-v2'))),
                         ids=' '.join)
@pytest.mark.parametrize('stray', [False, True])
def test_the_compiled_form_reads_the_constants_of_each(
        order: tuple[str, ...], stray: bool) -> None:
    if stray:
        gymnasium.make('intersection-v0')
    read = {task: Batch(task, 1).scene.settings[0] for task in order}
    assert read['highway-fast-v0']['distance_wanted'] == untouched()['DISTANCE_WANTED'] == 10
    assert read['highway-fast-v0']['comfort_acceleration'] == 3
    assert read['intersection-v2']['distance_wanted'] == 7
    assert read['intersection-v2']['comfort_acceleration'] == 6


def test_nothing_is_left_by_what_only_looks_at_an_environment() -> None:
    before = untouched()
    read_contracts('highway_env:intersection-v0')
    with pytest.raises(Exception, match='tick by tick'):
        TickSimulator('intersection-v0')
    Batch('intersection-v2', 1)
    assert {name: getattr(IDMVehicle, name) for name in CONSTANTS} == before
