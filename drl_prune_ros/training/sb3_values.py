# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Values of an SB3 file from a pickle that was read without running it, see `inert_pickle`."""

from collections import deque
from collections.abc import Callable
import re
from typing import Any

from gymnasium import spaces
import numpy as np
from stable_baselines3.common.noise import NormalActionNoise

from drl_prune_ros.training.inert_pickle import Inert
from drl_prune_ros.training.known_classes import KNOWN_CLASSES

MOST_VALUES = 1_000_000
"""Values that are made of one pickle: references to one list again and again multiply."""
DTYPE = re.compile(r'[<>|=]?([biuf][1248]|b1)|bool|u?int(8|16|32|64)|float(16|32|64)')


class UnknownClassError(ValueError):
    """A class or function that only the file's own code could make a value of; see `path`."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def value_of(inert: Any) -> Any:
    """
    Return the value that a pickle stands for.

    :raises UnknownClassError: it holds a class or function that is not known here.
    :raises ValueError: it is damaged.
    """
    try:
        return _Maker().make(inert)
    except (TypeError, AttributeError, KeyError, IndexError, OverflowError, RecursionError,
            AssertionError, MemoryError) as error:
        raise ValueError(' '.join(str(error).split())[:80]) from None


class _Maker:

    def __init__(self) -> None:
        self.left = MOST_VALUES

    def make(self, inert: Any) -> Any:
        self.left -= 1
        if self.left < 0:
            raise ValueError('it holds too many values')
        if isinstance(inert, dict):
            return {self.make(key): self.make(value) for key, value in inert.items()}
        if isinstance(inert, list | tuple):
            return type(inert)(self.make(item) for item in inert)
        if isinstance(inert, type):
            return self._class(inert)
        if not isinstance(inert, Inert):
            return inert
        name = inert.path.rpartition('.')[2]
        maker = _MAKERS.get((inert.path.partition('.')[0], name))
        if maker is None and name == '_make_skeleton_class':
            raise UnknownClassError(str(inert.arguments[1]))   # a class that the file itself holds
        if maker is None:
            raise UnknownClassError(inert.path)
        return maker(self, inert)

    def _class(self, inert: type) -> type:
        path = inert.path if issubclass(inert, Inert) else ''
        if path not in KNOWN_CLASSES:
            raise UnknownClassError(path)
        return KNOWN_CLASSES[path]

    def fields(self, inert: Inert) -> dict[str, Any]:
        """Return the attributes that a pickle gives an object, not made yet."""
        state = inert.state[0] if isinstance(inert.state, tuple) else inert.state
        return dict(state)

    def array(self, inert: Inert) -> np.ndarray:
        if inert.path.endswith('_frombuffer'):
            data, dtype, shape, order = inert.arguments
            flat = np.frombuffer(bytes(data), self.make(dtype))
            return flat.reshape(tuple(shape), order=order).copy()
        _, shape, dtype, fortran, data = inert.state
        data = self.make(data)   # older pickles have no word for bytes
        if isinstance(data, str):
            data = data.encode('latin1')
        if not isinstance(data, bytes):
            raise ValueError('an array holds objects')
        flat = np.frombuffer(data, self.make(dtype))
        return flat.reshape(tuple(shape), order='F' if fortran else 'C').copy()

    def dtype(self, inert: Inert) -> np.dtype:
        code = str(inert.arguments[0])
        if not DTYPE.fullmatch(code):
            raise ValueError(f'an array is of type {code[:20]}')
        made = np.dtype(code)
        order = inert.state[1] if inert.state else '='
        if order == '>':
            return made.newbyteorder('>')
        return made

    def scalar(self, inert: Inert) -> Any:
        dtype, data = inert.arguments
        data = self.make(data)
        data = data.encode('latin1') if isinstance(data, str) else data
        return np.frombuffer(data, self.make(dtype))[0]

    def encoded(self, inert: Inert) -> bytes:
        text, encoding = inert.arguments
        if encoding not in ('latin1', 'utf-8', 'ascii'):
            raise ValueError('bytes have an unknown encoding')
        return str(text).encode(encoding)

    def box(self, inert: Inert) -> spaces.Box:
        state = self.fields(inert)
        low, high = self.make(state['low']), self.make(state['high'])
        return spaces.Box(low, high, dtype=low.dtype.type)

    def discrete(self, inert: Inert) -> spaces.Discrete:
        state = self.fields(inert)
        return spaces.Discrete(int(self.make(state['n'])),
                               start=int(self.make(state.get('start', 0))))

    def multi_discrete(self, inert: Inert) -> spaces.MultiDiscrete:
        return spaces.MultiDiscrete(self.make(self.fields(inert)['nvec']))

    def multi_binary(self, inert: Inert) -> spaces.MultiBinary:
        return spaces.MultiBinary(self.make(self.fields(inert)['n']))

    def dict_space(self, inert: Inert) -> spaces.Dict:
        return spaces.Dict(self.make(self.fields(inert)['spaces']))

    def ordered(self, inert: Inert) -> dict[Any, Any]:
        return {self.make(key): self.make(value) for key, value in vars(inert)['items']}

    def deque(self, inert: Inert) -> deque[Any]:
        _, length = (*inert.arguments, None, None)[:2]
        return deque((self.make(item) for item in vars(inert)['items']), maxlen=length)

    def first(self, inert: Inert) -> Any:
        """Return an enumeration's value."""
        return self.make(inert.arguments[0])

    def arguments(self, inert: Inert) -> Any:
        """Return a named tuple as a plain one."""
        return self.make(inert.arguments)

    def constant(self, inert: Inert) -> float:
        return float(self.make(self.fields(inert)['val']))

    def wrapped(self, inert: Inert) -> Any:
        return self.make(self.fields(inert)['value_schedule'])

    def noise(self, inert: Inert) -> NormalActionNoise:
        state = self.fields(inert)
        return NormalActionNoise(self.make(state['_mu']), self.make(state['_sigma']))

    def device(self, inert: Inert) -> str:
        """Return where a model is put, which does not depend on where it was trained."""
        return 'cpu'

    def moments(self, inert: Inert) -> dict[str, Any]:
        return {name: self.make(value) for name, value in self.fields(inert).items()}


_SPACES: dict[str, Callable[[_Maker, Inert], Any]] = {
    'Box': _Maker.box, 'Discrete': _Maker.discrete, 'MultiDiscrete': _Maker.multi_discrete,
    'MultiBinary': _Maker.multi_binary, 'Dict': _Maker.dict_space}
_MAKERS: dict[tuple[str, str], Callable[[_Maker, Inert], Any]] = {
    **{(package, name): maker for package in ('gymnasium', 'gym')
       for name, maker in _SPACES.items()},
    ('numpy', '_reconstruct'): _Maker.array, ('numpy', '_frombuffer'): _Maker.array,
    ('numpy', 'dtype'): _Maker.dtype, ('numpy', 'scalar'): _Maker.scalar,
    ('_codecs', 'encode'): _Maker.encoded,
    ('collections', 'OrderedDict'): _Maker.ordered, ('collections', 'deque'): _Maker.deque,
    ('stable_baselines3', 'TrainFreq'): _Maker.arguments,
    ('stable_baselines3', 'TrainFrequencyUnit'): _Maker.first,
    ('stable_baselines3', 'ConstantSchedule'): _Maker.constant,
    ('stable_baselines3', 'FloatSchedule'): _Maker.wrapped,
    ('stable_baselines3', 'NormalActionNoise'): _Maker.noise,
    ('torch', 'device'): _Maker.device,
    ('stable_baselines3', 'RunningMeanStd'): _Maker.moments}
"""By the first and the last word of a path: the modules between have changed over the years."""
