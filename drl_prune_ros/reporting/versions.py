# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Result files and records of earlier versions, read with the words of this one."""

from collections.abc import Mapping
from typing import Any

_METHOD_WORDS = {'without-guard': 'without-rollback'}
"""Parts of method names as the first result files have them."""


def upgraded_result(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a result file with its method called as it is now."""
    method = result.get('method')
    for was, now in _METHOD_WORDS.items():
        method = method and method.replace(was, now)
    return {**result, **({'method': method} if method else {})}


def upgraded_pace(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record of `drl-prune pace` with its phase `validation`, once called guard."""
    def renamed(run: Mapping[str, Any]) -> dict[str, Any]:
        return {'validation' if name == 'guard' else name: value for name, value in run.items()}
    return {**record, 'runs': {
        method: [renamed(run) for run in runs] for method, runs in record['runs'].items()}}
