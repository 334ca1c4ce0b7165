# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
An environment is tried before anything is trained on it: one episode of random actions.

What it says is said in one line, instead of a traceback or a run of nothing hours later.
"""

from collections.abc import Callable
from functools import partial
import time
from typing import Any, NoReturn

import gymnasium
import numpy as np

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.simulator.traffic import Traffic
from drl_prune_ros.tasks.catalogue import BATCHED, Task
from drl_prune_ros.tasks.gymnasium_env import make_gymnasium_env

LONGEST = 20_000
"""Steps of an episode without a time limit; a longer one is taken to have no end."""
PATIENCE_S = 5.0
"""Seconds of processor time after which an episode with a time limit is left: it will end."""
ENDLESS_S, ENDLESS_STEPS = 6.0, 1000
"""Of an episode without one: so many seconds and steps are enough to call it endless."""
OLD_API = ('that is the interface of gym, from before Gymnasium: give shimmy or an own wrapper '
           'that returns what Gymnasium asks for')


def try_environment(task: Task, seed: int = 0) -> None:
    """
    Play one episode of random actions, beginning with `seed`; batched engines need no trial.

    Raises DrlPruneError where `reset` or `step` fails or returns anything else than Gymnasium
    asks for, where an observation or a reward is no finite number or has another shape than the
    space, or where the episode ends neither by itself nor by a time limit.
    """
    if task.engine in BATCHED:
        return
    env = make_gymnasium_env(task)
    # Below the wrappers that take for granted what is to be tried here.
    raw: gymnasium.Env = env.unwrapped
    traffic = Traffic()
    try:
        raw.action_space.seed(seed)
        with traffic.own():
            _check_reset(task.id, raw, seed)
        _play(task.id, env, _limit_of(env), seed)
    finally:
        env.close()


def _check_reset(name: str, raw: gymnasium.Env, seed: int) -> None:
    """Check what the environment itself returns from one reset and one step."""
    begun: Any = _said_by(name, 'reset(seed=...)', lambda: raw.reset(seed=seed))
    if not (isinstance(begun, tuple) and len(begun) == 2 and isinstance(begun[1], dict)):
        _refuse(name, f'returns {_kind(begun)} from reset, not (observation, info)', OLD_API)
    result: Any = _said_by(name, 'step', lambda: raw.step(raw.action_space.sample()))
    if not (isinstance(result, tuple) and len(result) == 5 and isinstance(result[4], dict)):
        _refuse(name, f'returns {_kind(result)} from step, not (observation, reward, terminated, '
                      'truncated, info)', OLD_API)


def _play(name: str, env: gymnasium.Env, limit: int | None, seed: int) -> None:
    """Play an episode to its end, or for as long as it is worth."""
    env.action_space.seed(seed)
    observation, _ = _said_by(name, 'reset(seed=...)', lambda: env.reset(seed=seed))
    _check_observation(name, env, observation, 'reset')
    begun_s = time.process_time()
    for step in range(1, LONGEST + 1):
        action = env.action_space.sample()
        observation, reward, terminated, truncated, _ = _said_by(
            name, f'step {step}', partial(env.step, action))
        _check_observation(name, env, observation, f'step {step}')
        if np.ndim(reward) or not np.isfinite(float(reward)):
            _refuse(name, f'gives a reward of {reward} at step {step}',
                    'return one finite number')
        if terminated or truncated:
            return
        seconds = time.process_time() - begun_s
        if limit is not None and seconds > PATIENCE_S:
            return
        if seconds > ENDLESS_S and step >= ENDLESS_STEPS:
            break
    _refuse(name, f'has not ended an episode after {step} random steps, and has no time limit',
            'register it with max_episode_steps')


def _limit_of(env: gymnasium.Env) -> int | None:
    """Return the time limit of an environment in steps, None where it has none."""
    return None if env.spec is None else env.spec.max_episode_steps


def _check_observation(name: str, env: gymnasium.Env, observation: Any, where: str) -> None:
    shape = env.observation_space.shape
    if np.shape(observation) != shape:
        _refuse(name, f'observes shape {np.shape(observation)} at {where}, but its '
                      f'observation_space has {shape}', 'correct the space')
    bad = np.flatnonzero(~np.isfinite(observation))
    if bad.size:
        _refuse(name, f'observes {observation[bad[0]]} as value {bad[0]} at {where}',
                'return finite numbers')


def _said_by(name: str, what: str, call: Callable[[], Any]) -> Any:
    """Return what a call returns; what it raises becomes one line."""
    try:
        return call()
    except DrlPruneError:
        raise
    except Exception as error:
        # Somebody else's code may fail in any way; its last words say more than ours could.
        reason = (str(error).strip().splitlines() or [''])[0].rstrip('.')
        raise DrlPruneError(
            f'the environment {name!r} fails at {what}: {type(error).__name__}: {reason}: correct '
            'it, and try it with gymnasium.utils.env_checker.check_env') from error


def _kind(value: object) -> str:
    if isinstance(value, tuple):
        return f'{len(value)} values'
    return f'a {type(value).__name__}'


def _refuse(name: str, what: str, advice: str) -> NoReturn:
    raise DrlPruneError(f'the environment {name!r} {what}: {advice}')
