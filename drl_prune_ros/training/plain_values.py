# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Values of a learner as JSON, and back to the bit: no class of a file is ever looked up."""

from collections import deque
from typing import Any

from gymnasium import spaces
import numpy as np
from stable_baselines3.common.noise import NormalActionNoise, VectorizedActionNoise
from stable_baselines3.common.type_aliases import TrainFreq
from stable_baselines3.common.utils import ConstantSchedule, FloatSchedule

from drl_prune_ros.training.known_classes import KNOWN_CLASSES, path_of
from drl_prune_ros.training.schedule import LearningRateSchedule

TAG = ':is:'
"""Key of a mapping that stands for something that JSON has no word for; it names its kind."""


def to_json(value: Any) -> Any:
    """Return `value` in words of JSON; raise TypeError for what is not known here."""
    if value is None or (isinstance(value, bool | int | float | str) and not isinstance(
            value, np.generic)):
        return value
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise TypeError('a mapping has a key that is no text')
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [to_json(item) for item in value]
    # The learner wraps both of them again.
    if isinstance(value, FloatSchedule):
        return to_json(value.value_schedule)
    if isinstance(value, VectorizedActionNoise):
        return to_json(value.base_noise)
    kind, fields = _tagged(value)
    return {TAG: kind, **fields}


def _tagged(value: Any) -> tuple[str, dict[str, Any]]:
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in 'biuf':
        return 'array', {'dtype': value.dtype.str, 'shape': list(value.shape),
                         'values': np.ravel(value).tolist()}
    if isinstance(value, spaces.Box):
        return 'box', {'low': to_json(value.low), 'high': to_json(value.high)}
    if isinstance(value, spaces.Discrete):
        return 'discrete', {'n': int(value.n), 'start': int(value.start)}
    if isinstance(value, LearningRateSchedule):
        return 'rate', {'start': value.start, 'breakpoint': value.breakpoint,
                        'slow_rate': value.slow_rate}
    if isinstance(value, ConstantSchedule):
        return 'constant', {'value': float(value.val)}
    if isinstance(value, TrainFreq):
        return 'train_freq', {'frequency': value.frequency, 'unit': value.unit.value}
    if isinstance(value, NormalActionNoise):
        return 'noise', {'mean': to_json(value._mu), 'sigma': to_json(value._sigma)}
    if isinstance(value, deque):
        return 'deque', {'length': value.maxlen, 'items': [to_json(item) for item in value]}
    if isinstance(value, tuple):
        return 'tuple', {'items': [to_json(item) for item in value]}
    if isinstance(value, type) and path_of(value) in KNOWN_CLASSES:
        return 'class', {'name': path_of(value)}
    raise TypeError(f'{type(value).__name__} cannot be written as plain values')


def from_json(value: Any) -> Any:
    """Return the value behind `to_json`; raise KeyError, TypeError or ValueError if damaged."""
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if not isinstance(value, dict):
        return value
    if TAG not in value:
        return {key: from_json(item) for key, item in value.items()}
    kind = value[TAG]
    if kind == 'array':
        dtype = np.dtype(value['dtype'])
        if dtype.kind not in 'biuf':
            raise ValueError('an array holds objects')
        array = np.array(value['values'], dtype).reshape(value['shape'])
        return array if value['shape'] else array[()]
    if kind == 'box':
        low, high = from_json(value['low']), from_json(value['high'])
        return spaces.Box(low, high, dtype=low.dtype.type)
    if kind == 'discrete':
        return spaces.Discrete(value['n'], start=value['start'])
    if kind == 'rate':
        return LearningRateSchedule(value['start'], value['breakpoint'], value['slow_rate'])
    if kind == 'constant':
        return float(value['value'])
    if kind == 'train_freq':
        return (int(value['frequency']), str(value['unit']))
    if kind == 'noise':
        return NormalActionNoise(from_json(value['mean']), from_json(value['sigma']))
    if kind == 'deque':
        return deque(from_json(value['items']), maxlen=value['length'])
    if kind == 'tuple':
        return tuple(from_json(value['items']))
    if kind == 'class':
        return KNOWN_CLASSES[value['name']]
    raise ValueError(f'{kind} is not known')
