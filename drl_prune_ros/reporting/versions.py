# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Result files and records of earlier versions, read with the words of this one."""

from collections.abc import Mapping
from typing import Any

from drl_prune_ros.training.run_versions import upgraded_method

_PHASES = {'guard': 'validation', 'recovery': 'reconstruction'}
"""Phases of `drl-prune pace` by the names that they had, and have."""


def upgraded_result(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a result file with its method called as it is now."""
    method = result.get('method')
    return {**result, **({'method': upgraded_method(method)} if method else {})}


def upgraded_pace(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record of `drl-prune pace` with its phases called as they are now."""
    def renamed(run: Mapping[str, Any]) -> dict[str, Any]:
        return {_PHASES.get(name, name): value for name, value in run.items()}
    return {**record, 'runs': {
        method: [renamed(run) for run in runs] for method, runs in record['runs'].items()}}
