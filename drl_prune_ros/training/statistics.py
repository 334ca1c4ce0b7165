# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""VecNormalize's running statistics as plain values, and read from SB3's pickles, never run."""

from pathlib import Path
from typing import Any

from gymnasium import spaces
import numpy as np
from stable_baselines3.common.running_mean_std import RunningMeanStd
from stable_baselines3.common.vec_env import VecNormalize

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.training.inert_pickle import Inert, read_inert
from drl_prune_ros.training.plain_values import from_json, to_json
from drl_prune_ros.training.sb3_values import value_of

SETTINGS = ('clip_obs', 'clip_reward', 'gamma', 'epsilon', 'training', 'norm_obs', 'norm_reward')


def statistics_to_json(statistics: VecNormalize) -> dict[str, Any]:
    """Return statistics in words of JSON."""
    content = {name: getattr(statistics, name) for name in (*SETTINGS, 'observation_space')}
    if statistics.norm_obs:
        content['obs_rms'] = _moments(statistics.obs_rms)
    return {name: to_json(value) for name, value in
            {**content, 'ret_rms': _moments(statistics.ret_rms)}.items()}


def statistics_from_json(content: dict[str, Any]) -> VecNormalize:
    """Return the statistics; raise KeyError, TypeError or ValueError if they are damaged."""
    return _statistics({name: from_json(value) for name, value in content.items()})


def read_statistics(file: Path) -> VecNormalize:
    """
    Return the running statistics that `VecNormalize.save` wrote to `file`, or refuse it.

    The pickle is read without running anything that it names.
    """
    try:
        inert = read_inert(file.read_bytes())
        if not isinstance(inert, Inert) or not inert.path.endswith('.VecNormalize'):
            raise ValueError('it holds something else')
        state = inert.state
        wanted = (*SETTINGS, 'observation_space', 'ret_rms', *(
            ['obs_rms'] if state.get('norm_obs', True) else []))
        return _statistics({name: value_of(state[name]) for name in wanted})
    except (OSError, DrlPruneError, KeyError, TypeError, ValueError, AttributeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise DrlPruneError(f'{file} is no statistics file, or damaged ({reason}): give the '
                            'statistics that VecNormalize.save() wrote') from None


def flatten(statistics: VecNormalize, file: Path, size: int) -> None:
    """Make statistics those of observations (size,), as policies read them, or refuse them."""
    if statistics.norm_obs:
        rms: Any = statistics.obs_rms
        given = int(np.size(rms.mean))
        if given != size:
            raise DrlPruneError(f'{file} has statistics of {given} observation values, not of '
                                f'{size}: give those of this model')
        rms.mean, rms.var = rms.mean.ravel(), rms.var.ravel()
    statistics.observation_space = spaces.Box(-np.inf, np.inf, (size,), np.float32)


def _moments(rms: Any) -> dict[str, Any]:
    return {name: getattr(rms, name) for name in ('mean', 'var', 'count')}


def _statistics(values: dict[str, Any]) -> VecNormalize:
    statistics = VecNormalize.__new__(VecNormalize)
    for name in ('obs_rms', 'ret_rms'):
        if name in values:
            values[name] = _running(values[name])
    for name in SETTINGS:
        if not isinstance(values[name], bool | int | float | np.number):
            raise ValueError(f'{name} is no number')
    statistics.__setstate__({'norm_obs_keys': None, 'old_reward': np.array([]), **values})
    return statistics


def _running(moments: dict[str, Any]) -> RunningMeanStd:
    rms = RunningMeanStd()
    # A sum over no axis gives a number of numpy's, which is no array any more.
    rms.mean, rms.var, rms.count = moments['mean'], moments['var'], moments['count']
    if np.shape(rms.mean) != np.shape(rms.var) or not (
            np.isfinite(rms.mean).all() and np.isfinite(rms.var).all()):
        raise ValueError('mean and variance do not fit each other, or are not finite')
    return rms
