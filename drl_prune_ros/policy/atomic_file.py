# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Files that appear whole or not at all."""

import os
from pathlib import Path

from drl_prune_ros.errors import DrlPruneError


def write_atomically(path: Path, data: bytes, overwrite: bool = False) -> None:
    """
    Write a file so that a reader finds the old one, the new one or none, never a part.

    Raises DrlPruneError when the file exists (unless `overwrite`) or cannot be written; what was
    there is then untouched.
    """
    if path.exists() and not overwrite:
        raise DrlPruneError(f'{path} exists and is kept: choose another name or remove it first')
    # In the same folder, because a rename is atomic only within one file system.
    temporary = path.with_name(f'.{path.name}.{os.getpid()}.tmp')
    try:
        try:
            with open(temporary, 'wb') as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise DrlPruneError(f'cannot write {path}: {error.strerror}') from error
