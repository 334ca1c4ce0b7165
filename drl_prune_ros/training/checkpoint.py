# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Checkpoints that are written whole or not at all, and read back bit for bit."""

import os
from pathlib import Path
import pickle
import random
import shutil
from typing import Any

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm
import torch

from drl_prune_ros.errors import DrlPruneError

KEPT = 2


def random_states() -> dict[str, Any]:
    """Return the states of Python's, numpy's and torch's global generators."""
    return {'python': random.getstate(), 'numpy': np.random.get_state(),
            'torch': torch.get_rng_state()}


def set_random_states(states: dict[str, Any]) -> None:
    """Put the global generators back to `states`."""
    random.setstate(states['python'])
    np.random.set_state(states['numpy'])
    torch.set_rng_state(states['torch'])


def save_checkpoint(folder: Path, model: BaseAlgorithm, extra: dict[str, Any]) -> None:
    """
    Write model, optimizer, random states and `extra` to the new folder `folder`, in one step.

    `extra` holds tensors and plain values only. A full disk leaves the previous checkpoint as it
    was and is reported in one line.
    """
    temporary = folder.with_name(f'.{folder.name}.{os.getpid()}')
    try:
        temporary.mkdir(parents=True)
        model.save(temporary / 'model.zip')
        torch.save({'random': random_states(), 'extra': extra}, temporary / 'state.pt')
        temporary.rename(folder)
    except (OSError, RuntimeError) as error:
        shutil.rmtree(temporary, ignore_errors=True)
        raise DrlPruneError(
            f'cannot write the checkpoint {folder}: {error}; free some space and go on with '
            '--resume from the one before') from error


def load_state(folder: Path) -> dict[str, Any]:
    """Read `{'random': ..., 'extra': ...}` of a checkpoint."""
    try:
        state: dict[str, Any] = torch.load(folder / 'state.pt', weights_only=False)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError):
        raise DrlPruneError(f'{folder} is damaged: remove it, and --resume goes on from the '
                            'checkpoint before') from None
    return state


def latest_checkpoint(checkpoints: Path) -> Path | None:
    """Return the checkpoint with the most steps, or None when there is none."""
    complete = [path for path in checkpoints.glob('[0-9]*') if (path / 'state.pt').is_file()]
    return max(complete, key=lambda path: int(path.name), default=None)


def drop_later_checkpoints(checkpoints: Path, steps: int) -> None:
    """Clear away what lies beyond `steps`, where a killed run is about to go on from."""
    for path in checkpoints.glob('[0-9]*'):
        if int(path.name) > steps:
            shutil.rmtree(path)


def drop_old_checkpoints(checkpoints: Path, kept: int = KEPT) -> None:
    """Keep the latest `kept` checkpoints, and clear away what a kill left half written."""
    for path in checkpoints.glob('.[0-9]*'):
        shutil.rmtree(path, ignore_errors=True)
    for path in sorted(checkpoints.glob('[0-9]*'), key=lambda path: int(path.name))[:-kept]:
        shutil.rmtree(path, ignore_errors=True)
