# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What an environment says in its first episode is said in one line, before a run begins."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium
from gymnasium import spaces
import numpy as np
import pytest

from drl_prune_ros.cli.main import main
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.tasks import trial
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.tasks.trial import try_environment

NAME = 'test/Tried-v0'
ZEROS = np.zeros(2, np.float32)


class Tried(gymnasium.Env):
    """An environment that answers as it is told."""

    observation_space = spaces.Box(-1, 1, (2,), np.float32)
    action_space = spaces.Discrete(2)

    def __init__(self, begin: Any, go: Any) -> None:
        self.begin, self.go, self.steps = begin, go, 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        self.steps = 0
        return self.begin()

    def step(self, action: Any) -> Any:
        self.steps += 1
        return self.go(self.steps)


def begin() -> Any:
    return ZEROS, {}


def ends_at(last: int) -> Any:
    return lambda step: (ZEROS, 1.0, step >= last, False, {})


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    gymnasium.register(NAME, Tried, disable_env_checker=True)
    yield
    del gymnasium.registry[NAME]


def register(begin: Any, go: Any, limit: int | None = None) -> None:
    spec = gymnasium.registry[NAME]
    spec.kwargs, spec.max_episode_steps = {'begin': begin, 'go': go}, limit


def tried(begin: Any, go: Any, limit: int | None = None) -> None:
    register(begin, go, limit)
    try_environment(load_task(NAME))


@pytest.mark.reaction('environments', 'a sound one, with or without a time limit', 'taken')
def test_a_sound_one_passes() -> None:
    tried(begin, ends_at(30))
    tried(begin, ends_at(10**9), limit=50)
    tried(lambda: (ZEROS.astype(np.float64), {}), lambda step: (
        [0.0, 0.5], np.float32(1), np.bool_(True), False, {}))


def failing() -> Any:
    raise KeyError('no map here')


NAN = np.array([0.0, np.nan], np.float32)


@pytest.mark.reaction(
    'environments', "gym's interface of before Gymnasium", 'refused in one line')
@pytest.mark.reaction(
    'environments', 'reset or step that fails', 'refused in one line, with its last words')
@pytest.mark.reaction(
    'environments', 'observations or rewards that are not finite, or of another shape',
    'refused in one line')
@pytest.mark.reaction(
    'environments', 'an episode that never ends, without a time limit', 'refused in one line')
@pytest.mark.parametrize(('begin', 'go', 'message'), [
    (lambda: ZEROS, ends_at(9), r'returns a ndarray from reset, not \(observation, info\): .*gym'),
    (begin, lambda step: (ZEROS, 1.0, True, {}), 'returns 4 values from step.*interface of gym'),
    (begin, lambda step: None, 'returns a NoneType from step'),
    (failing, ends_at(9), r"fails at reset\(seed=...\): KeyError: 'no map here'"),
    (begin, lambda step: 1 / 0, 'fails at step: ZeroDivisionError: division by zero: '),
    (lambda: (NAN, {}), ends_at(9), 'observes nan as value 1 at reset'),
    (begin, lambda step: (NAN, 1.0, False, False, {}), 'observes nan as value 1 at step 1'),
    (begin, lambda step: (ZEROS, float('nan'), False, False, {}), 'reward of nan at step 1'),
    (begin, lambda step: (ZEROS, [1.0], False, False, {}), r'reward of \[1.0\] at step 1'),
    (lambda: (np.zeros(3, np.float32), {}), ends_at(9), r'observes shape \(3,\) at reset'),
    (begin, ends_at(10**9), 'has not ended an episode after .* max_episode_steps'),
])
def test_what_is_wrong_is_said_in_one_line(
        begin: Any, go: Any, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, 'LONGEST', 2000)
    with pytest.raises(DrlPruneError, match=message) as refused:
        tried(begin, go)
    assert '\n' not in str(refused.value)


@pytest.mark.reaction(
    'environments', 'any of these, given to train or prune', 'refused before there is a run')
@pytest.mark.parametrize('verb', ['train', 'prune'])
def test_it_is_tried_before_there_is_a_run(
        verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    register(begin, lambda step: (NAN, 1.0, False, False, {}))
    assert main([verb, NAME, '--run', str(tmp_path / 'run')]) != 0
    assert 'observes nan as value 1 at step 1' in capsys.readouterr().err
    assert not (tmp_path / 'run').exists()
