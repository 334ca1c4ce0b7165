# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
How far a method without a learner's checkpoints has come, in one file of its run folder.

The file holds tensors and plain values, with SHA-256 of these behind. The one before stays beside
it, and is used where the file is damaged.
"""

import hashlib
import io
import os
from pathlib import Path
import sys
from typing import Any

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.files import write_atomically
from drl_prune_ros.training.checkpoint import random_states, set_random_states
from drl_prune_ros.training.tensors import read_tensors, write_tensors

DIGEST_BYTES = 32


def save_progress(file: Path, state: dict[str, Any]) -> None:
    """Write `state`, of tensors and plain values, and the random states; whole or not at all."""
    buffer = io.BytesIO()
    write_tensors(buffer, {**state, 'random': random_states()})
    content = buffer.getvalue()
    try:
        if file.is_file():
            os.replace(file, _before(file))
        write_atomically(file, content + hashlib.sha256(content).digest(), overwrite=True)
    except (OSError, DrlPruneError) as error:
        raise DrlPruneError(f'cannot write {file}: {error}; free some space and go on with '
                            '--resume') from error


def load_progress(file: Path) -> dict[str, Any] | None:
    """
    Return what was saved last, None where nothing was; see `restore_random_states`.

    A damaged file is told of on stderr, and the one before it is returned.
    """
    reasons = []
    for path in (file, _before(file)):
        if not path.is_file():
            continue
        try:
            state = _read(path)
        except (OSError, ValueError) as error:
            reasons.append(f'{path} is damaged ({error})')
            continue
        if reasons:
            print(f'drl-prune: warning: {reasons[0]}; the one before it is used', file=sys.stderr)
        return state
    if reasons:
        raise DrlPruneError(f'{reasons[0]}: start a new run')
    return None


def drop_progress(file: Path) -> None:
    """Remove the file and the one before it."""
    _before(file).unlink(missing_ok=True)
    file.unlink(missing_ok=True)


def restore_random_states(state: dict[str, Any]) -> None:
    """Restore the random states of when `state` was saved."""
    set_random_states(state['random'])


def _before(file: Path) -> Path:
    return file.with_name(f'{file.name}.before')


def _read(path: Path) -> dict[str, Any]:
    stored = path.read_bytes()
    content, digest = stored[:-DIGEST_BYTES], stored[-DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != digest:
        raise ValueError('it is not what was written, or of an earlier release')
    return read_tensors(io.BytesIO(content), 'random')
