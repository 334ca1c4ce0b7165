# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The decorators of what numba compiles here, and where the machine code is kept.

A change of any file of this folder has to reach every function that calls into it, also from
another file, which numba's own cache does not see. So each state of all of them together has a
folder of its own in the user's cache, whatever the dates of the files.
"""

from __future__ import annotations

from collections.abc import Callable
import hashlib
from pathlib import Path
import sys
import tempfile
from typing import Any

import numba
from numba.core import config
from numba.core.caching import _CacheLocator, CompileResultCacheImpl, FunctionCache
from numba.misc.appdirs import AppDirs

# Arrays are only lent to the functions here: to count who holds them takes most of the time.
OPTIONS = {'nogil': True, 'error_model': 'numpy', '_nrt': False}
# Python does not call what only compiled functions do: a way in takes a fifth of the time.
UNCALLED = {'no_cpython_wrapper': True, 'no_cfunc_wrapper': True}


def _digest() -> str:
    digest = hashlib.sha256(numba.__version__.encode())
    for file in sorted(Path(__file__).parent.glob('*.py')):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _folder() -> Path:
    """Return a folder for the machine code that can be written to."""
    users = config.CACHE_DIR or AppDirs('drl_prune_ros', False).user_cache_dir
    folder = Path(users) / f'highway-{_digest()}'
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        # Compiled anew by every process: slow, and all that can be done without a place.
        return Path(tempfile.mkdtemp(prefix='drl-prune-highway-'))


FOLDER = _folder()


class _Locator(_CacheLocator):   # type: ignore[misc]
    """Keeps machine code in FOLDER, whose name says what it is of."""

    def __init__(self, line: int) -> None:
        self._line = line

    def get_cache_path(self) -> str:
        """Return the folder."""
        return str(FOLDER)

    def get_source_stamp(self) -> str:
        """Return what the code is of."""
        return FOLDER.name

    def get_disambiguator(self) -> str:
        """Return what tells two functions of one name apart."""
        return str(self._line)

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], py_file: str) -> _Locator:
        """Return the locator of a function."""
        return cls(py_func.__code__.co_firstlineno)


class _Results(CompileResultCacheImpl):   # type: ignore[misc]
    _locator_classes = [_Locator]


class _Functions(FunctionCache):   # type: ignore[misc]
    _impl_class = _Results


def compiled(function: Callable[..., Any]) -> Any:
    """Return a function that becomes a part of each compiled one that calls it."""
    return numba.njit(**OPTIONS, **UNCALLED, forceinline=True)(function)


def once(function: Callable[..., Any]) -> Any:
    """
    Return a function that is compiled as a part of the one place that calls it.

    Each function is optimized with all that it calls, so that a chain of them is again and again.
    It does not pay for more than a few in a row: the time grows faster than a function does.
    """
    return numba.njit(**OPTIONS, **UNCALLED, inline='always')(function)


def entry(function: Callable[..., Any]) -> Any:
    """Return a function that Python calls; its machine code is kept for the next process."""
    dispatcher = numba.njit(**OPTIONS)(function)
    dispatcher._cache = _Functions(function)
    return dispatcher


def say_if_slow() -> None:
    """Say in one line that the first use compiles, where nothing is kept from an earlier one."""
    if not any(FOLDER.glob('*.nbc')):
        print('compiling the highway for this processor: half a minute, once', file=sys.stderr)
