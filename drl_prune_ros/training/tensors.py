# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Files of tensors and plain values, which torch reads as nothing else."""

import io
from pathlib import Path
import pickle
from typing import Any

import numpy as np
import torch


def write_tensors(file: Path | io.BytesIO, state: dict[str, Any]) -> None:
    """Write tensors and plain values; raise TypeError for anything else."""
    torch.save(_plain(state), file)


def read_tensors(file: Path | io.BytesIO, *names: str) -> dict[str, Any]:
    """
    Return what `write_tensors` wrote; nothing of the file is run.

    :param names: keys that it must have.
    :raises ValueError: it is damaged, or holds more than tensors and plain values.
    """
    try:
        state: dict[str, Any] = torch.load(file, weights_only=True)
    except (RuntimeError, EOFError, pickle.UnpicklingError, AttributeError, KeyError, IndexError,
            TypeError, AssertionError, OverflowError, MemoryError, NotImplementedError) as error:
        raise ValueError(' '.join(str(error).split())[:80]) from None
    if not isinstance(state, dict) or any(name not in state for name in names):
        raise ValueError('it holds something else')
    return state


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, bool | int | float | str | bytes):
        return value
    if isinstance(value, torch.Tensor):
        return value
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_plain(item) for item in value)
    raise TypeError(f'{type(value).__name__} is neither a tensor nor a plain value')
