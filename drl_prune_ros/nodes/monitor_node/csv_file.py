# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Rows that a node leaves behind as it goes, so that none has to be kept in memory."""

from __future__ import annotations

from collections.abc import Mapping
import csv
from pathlib import Path
from typing import Any

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.files import already_exists


class CsvFile:
    """
    A CSV file at a path, or none where the path is empty; a header, then a row each time.

    Each row is on disk when `append` returns, so that what is there when the node is killed can be
    read. Raises DrlPruneError, at once, when the file exists or cannot be made.
    """

    def __init__(self, path: str, columns: tuple[str, ...]) -> None:
        self._path = Path(path) if path else None
        self._columns = columns
        if self._path is None:
            return
        try:
            with self._path.open('x', newline='') as file:
                csv.writer(file).writerow(columns)
        except FileExistsError:
            raise already_exists(self._path) from None
        except OSError as error:
            raise DrlPruneError(f'cannot write {path}: {error.strerror}') from error

    def append(self, row: Mapping[str, Any]) -> None:
        """Add a row; a column that it lacks, or that is None, stays empty."""
        if self._path is not None:
            with self._path.open('a', newline='') as file:
                csv.writer(file).writerow([
                    round(value, 6) if isinstance(value, float) else value
                    for value in (row.get(column) for column in self._columns)])
