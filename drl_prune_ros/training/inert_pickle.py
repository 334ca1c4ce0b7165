# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Read a pickle without running anything that it names.

A pickle is a program that calls what it likes. Here every class and function it names becomes a
new empty class, which keeps what it is called with: nothing is imported, nothing of the file runs.
`sb3_values` makes values of the few of them that are known.
"""

import io
import pickle
from typing import Any

from drl_prune_ros.errors import DrlPruneError

LARGEST = 1 << 26
"""Bytes of a pickle that is read; those of a model without its replay buffer have thousands."""


class Inert:
    """An object of a pickle: what it names, is called with, and is given afterwards."""

    path = ''
    """Module and name, as the pickle has them: 'gymnasium.spaces.box.Box'."""
    arguments: tuple[Any, ...]
    state: Any

    def __new__(cls, *arguments: Any, **named: Any) -> 'Inert':
        """Keep the arguments of a call."""
        made = object.__new__(cls)
        vars(made).update(arguments=arguments, state=named or None, items=[])
        return made

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Do nothing: `__new__` kept the arguments."""

    def __setstate__(self, state: Any) -> None:
        """Keep the state."""
        self.state = state

    def append(self, item: Any) -> None:
        """Keep an item of what would be a list or deque."""
        vars(self)['items'].append(item)

    def extend(self, items: Any) -> None:
        """Keep items of what would be a list or deque."""
        vars(self)['items'].extend(items)

    def __setitem__(self, key: Any, value: Any) -> None:
        """Keep an entry of what would be a mapping."""
        vars(self)['items'].append((key, value))


class _Reader(pickle.Unpickler):

    def find_class(self, module: str, name: str) -> Any:
        """Return a new empty class in place of every class and function."""
        return type(name, (Inert,), {'path': f'{module}.{name}'})


def read_inert(data: bytes) -> Any:
    """
    Return what a pickle holds: plain values, and Inert objects and classes for all others.

    :raises DrlPruneError: it is too large, damaged, or no pickle.
    """
    if len(data) > LARGEST:
        raise DrlPruneError(f'a pickle of {len(data)} bytes is not read: at most {LARGEST}')
    try:
        return _Reader(io.BytesIO(data)).load()
    except (pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, IndexError,
            KeyError, ImportError, OverflowError, MemoryError, RecursionError) as error:
        reason = ' '.join(str(error).split())[:80]
        raise DrlPruneError(f'it is damaged or no pickle ({reason})') from None
