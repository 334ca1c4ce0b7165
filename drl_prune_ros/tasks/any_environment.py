# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The contracts of an environment that the catalogue does not know, read from its spaces.

Observations must be a Box of any shape, which is flattened, and actions a Box of one axis with
finite bounds, or a Discrete that counts from 0.
"""

from typing import NoReturn

import gymnasium
from gymnasium import spaces
import numpy as np

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.contracts import ActionContract, ObservationContract
from drl_prune_ros.simulator.traffic import make_with_own_traffic

UNBOUNDED = float(np.finfo(np.float32).max)
"""Bounds from here on are what older environments write for infinity."""


def is_environment(name: str) -> bool:
    """Return whether Gymnasium knows `name`, or it names a package to import: 'package:Id'."""
    return ':' in name or name in gymnasium.registry


def read_contracts(name: str) -> tuple[ObservationContract, ActionContract]:
    """
    Make the environment `name` once, and return what a policy for it sees and does.

    Features are obs_0, obs_1 ... and continuous actions action_0 ..., all without a unit. A
    feature's range is that of the space, (None, None) where it is unbounded or a constant.
    Decisions per second are `metadata['render_fps']`, or 1 where the environment gives none.

    Raises DrlPruneError where the environment cannot be made or has other spaces.
    """
    try:
        env = make_with_own_traffic(name)
    except Exception as error:
        # A constructor may fail in any way; its last words say more than ours could.
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise DrlPruneError(
            f'cannot make the environment {name!r}: {reason.rstrip(".")}: install what it needs, '
            'and check that gymnasium.make makes it') from error
    try:
        return _observation(name, env), _action(name, env.action_space)
    finally:
        env.close()


def _observation(name: str, env: gymnasium.Env) -> ObservationContract:
    space = env.observation_space
    if not isinstance(space, spaces.Box):
        _refuse(name, f'observes a {type(space).__name__}', 'a Box', 'FlattenObservation')
    size = int(np.prod(space.shape))
    if not size:
        _refuse(name, 'observes nothing', 'at least one value', 'TransformObservation')
    rate = env.metadata.get('render_fps') or 1
    rate = float(rate) if rate > 0 else 1.0
    return ObservationContract(
        kind='vector', shape=(size,), features=tuple(f'obs_{i}' for i in range(size)),
        units=('1',) * size, normalized=False, clip=False, frame='none',
        ranges=tuple(map(_range, space.low.ravel().tolist(), space.high.ravel().tolist())),
        rate_hz=rate, control_rate_hz=rate)


def _range(low: float, high: float) -> tuple[float | None, float | None]:
    if low >= high:
        return None, None
    return (low if low > -UNBOUNDED else None), (high if high < UNBOUNDED else None)


def _action(name: str, space: spaces.Space) -> ActionContract:
    if isinstance(space, spaces.Discrete):
        if space.start != 0:
            _refuse(name, f'counts its actions from {space.start}', 'a count from 0',
                    'TransformAction')
        return ActionContract(
            kind='discrete', names=tuple(f'action_{i}' for i in range(int(space.n))))
    if not isinstance(space, spaces.Box) or not np.issubdtype(space.dtype, np.floating):
        _refuse(name, f'takes actions of {space}', 'Discrete or float Box ones', 'TransformAction')
    if len(space.shape) != 1 or not space.shape[0]:
        _refuse(name, f'takes actions of shape {space.shape}', 'one axis', 'TransformAction')
    if not (np.abs([space.low, space.high]).max() < UNBOUNDED and (space.low < space.high).all()):
        _refuse(name, f'takes actions from {space.low} to {space.high}',
                'finite bounds, low below high', 'TransformAction')
    size = space.shape[0]
    return ActionContract(
        kind='continuous', names=tuple(f'action_{i}' for i in range(size)),
        low=tuple(space.low.tolist()), high=tuple(space.high.tolist()), units=('1',) * size)


def _refuse(name: str, what: str, wanted: str, wrapper: str) -> NoReturn:
    raise DrlPruneError(
        f'the environment {name!r} {" ".join(what.split())}, and this program needs {wanted}: '
        f'register it wrapped in gymnasium.wrappers.{wrapper}')
