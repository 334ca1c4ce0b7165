# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Files that a reader may depend on: versioned, written whole or not at all, never overwritten."""

from __future__ import annotations

from collections.abc import Mapping
import json
import os
from pathlib import Path
import stat
from typing import Any

from drl_prune_ros.errors import DrlPruneError

ANOTHER_NAME = 'choose another name or remove it first'
YAML_SUFFIXES = ('.yaml', '.yml')
LARGEST_JSON = 64 * 2**20
LARGEST_YAML = 256 * 2**10
"""Bytes of a file that is parsed; YAML takes a thousand times longer than JSON."""


def already_exists(path: Path, advice: str = ANOTHER_NAME) -> DrlPruneError:
    """Return the error that says that what exists at `path` is not overwritten."""
    return DrlPruneError(f'{path} exists and is kept: {advice}')


def check_absent(path: Path, advice: str = ANOTHER_NAME) -> None:
    """Raise DrlPruneError if something exists at `path`; `advice` says what to do about it."""
    if path.exists():
        raise already_exists(path, advice)


def check_new_file(path: Path) -> None:
    """Raise DrlPruneError if `path` exists or its folder does not."""
    check_absent(path)
    if not path.parent.is_dir():
        raise DrlPruneError(f'{path.parent} is not a folder: make it first')


def write_atomically(path: Path, data: bytes, overwrite: bool = False) -> None:
    """
    Write a file so that a reader finds the old one, the new one or none, never a part.

    Raises DrlPruneError when the file exists (unless `overwrite`) or cannot be written; what was
    there is then untouched.
    """
    if not overwrite:
        check_absent(path)
    # In the same folder, because a rename is atomic only within one file system.
    temporary = path.with_name(f'.{path.name}.{os.getpid()}.tmp')
    try:
        try:
            with open(temporary, 'wb') as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
            sync_folder(path.parent)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise DrlPruneError(f'cannot write {path}: {error.strerror}') from error


def read_bounded(path: Path, largest: int) -> bytes:
    """
    Return the bytes of a file, whose size is looked at first.

    Raises OSError where it cannot be read, and ValueError, with the reason, where it is no file or
    has more than `largest` bytes.
    """
    # A named pipe without a writer would never be opened otherwise.
    with open(path, 'rb', opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise ValueError('it is no file')
        size = found.st_size
        if size <= largest:
            # It may have grown since.
            data = file.read(largest + 1)
            size = len(data)
    if size > largest:
        raise ValueError(f'it has {size:,} bytes, {largest:,} is the most')
    return data


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on the disk: without, a power failure may undo a rename."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def write_json(path: Path, content: Any, overwrite: bool = False) -> None:
    """Write `content` as indented JSON that ends in a newline; see `write_atomically`."""
    write_atomically(path, (json.dumps(content, indent=1) + '\n').encode(), overwrite)


def read_object(path: Path, what: str, advice: str) -> dict[str, Any]:
    """
    Return the mapping that a JSON file, or a YAML file by its suffix, holds.

    Raises DrlPruneError, with the reason and `advice`, when the file cannot be read or parsed, or
    holds something else.

    :param what: kind of file, with its article: 'a result file'.
    :param advice: what to do: 'run the method again'.
    """
    try:
        largest = LARGEST_YAML if path.suffix in YAML_SUFFIXES else LARGEST_JSON
        content = _parse(path, read_bounded(path, largest).decode('utf-8'))
        if not isinstance(content, dict):
            raise ValueError('it holds no mapping')
    except OSError as error:
        raise DrlPruneError(
            f'{path} cannot be read as {what} ({error.strerror}): {advice}') from error
    except (ValueError, RecursionError) as error:
        reason = ' '.join(str(error).split())
        raise DrlPruneError(f'{path} cannot be read as {what} ({reason}): {advice}') from error
    return content


def read_versioned(path: Path, version: int, what: str, advice: str,
                   other_version: str = '') -> dict[str, Any]:
    """
    Return what `read_object` returns, its entry 'version' included, if that is `version`.

    :param other_version: what to do about another version; `advice` by default.
    """
    content = read_object(path, what, advice)
    found = content.get('version')
    if found != version or isinstance(found, bool):
        raise DrlPruneError(f'{path} has version {found}, this program reads {version}: '
                            f'{other_version or advice}')
    return content


def write_versioned(path: Path, version: int, content: Mapping[str, Any],
                    overwrite: bool = False) -> None:
    """Write a mapping with its version first, as JSON, or as YAML by the suffix of `path`."""
    entry = {'version': version, **content}
    if path.suffix in YAML_SUFFIXES:
        import yaml

        write_atomically(path, yaml.safe_dump(entry, sort_keys=False).encode(), overwrite)
    else:
        write_json(path, entry, overwrite)


def _parse(path: Path, text: str) -> object:
    if path.suffix not in YAML_SUFFIXES:
        return json.loads(text)
    # Only here, because a vehicle that reads no YAML saves the memory of its parser.
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
