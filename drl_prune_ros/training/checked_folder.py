# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Folders that are written whole or not at all, and say when a file in them is damaged."""

from collections.abc import Iterator
from contextlib import contextmanager
import hashlib
import json
import os
from pathlib import Path
import shutil

from drl_prune_ros.files import sync_folder, write_json

DIGESTS = 'digests.json'


@contextmanager
def written_whole(folder: Path) -> Iterator[Path]:
    """
    Give a temporary folder whose files become the new `folder`, with their digests, at the end.

    Everything is on the disk before the folder has its name, so that a power failure leaves a
    whole one or none. An error leaves none.
    """
    temporary = folder.with_name(f'.{folder.name}.{os.getpid()}')
    try:
        temporary.mkdir(parents=True)
        yield temporary
        write_digests(temporary)
        temporary.rename(folder)
        sync_folder(folder.parent)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def write_digests(folder: Path) -> None:
    """Write SHA-256 of every file in `folder` into it, and all of them to the disk."""
    digests = {}
    for file in sorted(folder.iterdir()):
        if file.name == DIGESTS:
            continue
        with file.open('r+b') as stream:
            digests[file.name] = hashlib.file_digest(stream, 'sha256').hexdigest()
            os.fsync(stream.fileno())
    write_json(folder / DIGESTS, digests, overwrite=True)
    sync_folder(folder)


def damage(folder: Path) -> str | None:
    """Return what is wrong with a folder that was written whole, None where nothing is."""
    try:
        digests = json.loads((folder / DIGESTS).read_text(encoding='utf-8'))
        for name, digest in sorted(digests.items()):
            with (folder / name).open('rb') as file:
                if hashlib.file_digest(file, 'sha256').hexdigest() != digest:
                    return f'{name} is not what was written'
    except FileNotFoundError as error:
        return f'{Path(error.filename).name} is missing'
    except (OSError, ValueError, AttributeError, TypeError):
        return f'{DIGESTS} is damaged'
    return None
