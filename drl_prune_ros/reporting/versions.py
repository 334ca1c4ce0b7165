# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Result files and records of earlier versions, read with the words of this one."""

from collections.abc import Mapping
from typing import Any

FORMER_PARTS = {'guard': 'rollback'}
"""Parts of methods, as `--without` takes them, by the names that they had, and have."""


def upgraded_result(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a result file with its method called as it is now."""
    method = result.get('method')
    for was, now in FORMER_PARTS.items():
        method = method and method.replace(f'without-{was}', f'without-{now}')
    return {**result, **({'method': method} if method else {})}


def upgraded_pace(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record of `drl-prune pace` with its phase `validation`, once called guard."""
    def renamed(run: Mapping[str, Any]) -> dict[str, Any]:
        return {'validation' if name == 'guard' else name: value for name, value in run.items()}
    return {**record, 'runs': {
        method: [renamed(run) for run in runs] for method, runs in record['runs'].items()}}
