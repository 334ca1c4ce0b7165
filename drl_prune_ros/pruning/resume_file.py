# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How far a method without a learner's checkpoints has come, in one file of its run folder."""

import os
from pathlib import Path
import pickle
from typing import Any

import torch

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.training.checkpoint import random_states, set_random_states


def save_progress(file: Path, state: dict[str, Any]) -> None:
    """Write `state`, of tensors and plain values, and the random states; whole or not at all."""
    temporary = file.with_name(f'.{file.name}')
    try:
        torch.save({**state, 'random': random_states()}, temporary)
        os.replace(temporary, file)
    except (OSError, RuntimeError) as error:
        temporary.unlink(missing_ok=True)
        raise DrlPruneError(f'cannot write {file}: {error}; free some space and go on with '
                            '--resume') from error


def load_progress(file: Path) -> dict[str, Any] | None:
    """Return what was saved, None where nothing was; see `restore_random_states`."""
    if not file.is_file():
        return None
    try:
        state: dict[str, Any] = torch.load(file, weights_only=False)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError):
        raise DrlPruneError(f'{file} is damaged: start a new run') from None
    return state


def restore_random_states(state: dict[str, Any]) -> None:
    """Restore the random states of when `state` was saved."""
    set_random_states(state['random'])
