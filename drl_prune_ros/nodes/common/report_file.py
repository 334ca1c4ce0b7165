# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Reports that nodes write: versioned JSON, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
import json
from pathlib import Path
from typing import Any

from drl_prune_ros.files import check_new_file, write_atomically

REPORT_VERSION = 1


class ReportFile:
    """
    A report at a path, or none where the path is empty.

    Raises DrlPruneError when the file exists already or its folder does not: at the start of the
    node, not at its end.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path) if path else None
        if self._path is not None:
            check_new_file(self._path)

    def write(self, content: Mapping[str, Any]) -> None:
        """Write the report, over an earlier state of the same report."""
        if self._path is not None:
            text = json.dumps({'version': REPORT_VERSION, **content}, allow_nan=False)
            write_atomically(self._path, text.encode(), overwrite=True)
