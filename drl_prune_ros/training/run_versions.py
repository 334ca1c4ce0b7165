# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Run folders of earlier versions, read as those of this one."""

from collections.abc import Iterable, Mapping
import math
import re
from typing import Any

RUN_VERSION = 3
"""
1 named settings, parts of methods and figures of the log otherwise, see below; up to 2,
checkpoints were pickles, which are not read any more, and nothing had a checksum.
"""

FORMER_PARTS = {
    'guard': 'rollback', 'regulariser': 'regularizer', 'refit': 'reconstruction',
    'recovery': 'distillation', 'anchor': 'teacher-regularizer', 'audition': 'shape-trials',
    'crashes': 'crash-replay'}
"""Parts of methods, as `--without` takes them, by the names that they had, and have."""

_KEYS_OF_1 = {
    'guard_episodes': 'validation_episodes', 'guard': 'rollback', 'verdicts': 'decisions',
    'refit': 'reconstruction', 'recovery_steps': 'distillation_steps',
    'recovered': 'distillation_divergence', 'anchor': 'teacher_regularization',
    'audition': 'shape_trials', 'lessons': 'replays', 'judgements': 'validations',
    'creep': 'slow_rate'}
_FIGURES_OF_1 = {'verdict': 'decision', 'recovery_seconds': 'reconstruction_seconds',
                 'fresh': 'held_out'}


def upgraded(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a run.yaml of version 1 to 3 with the words of version 3."""
    if config['version'] == RUN_VERSION:
        return dict(config)
    method = {'method': upgraded_method(config['method'])} if 'method' in config else {}
    return {**_renamed(config), **method, 'version': RUN_VERSION}


def upgraded_method(method: str) -> str:
    """Return what a run of a method is called, with its parts by the names that they have now."""
    started, *parts = method.split('-without-')
    return '-without-'.join([started, *(FORMER_PARTS.get(part, part) for part in parts)])


def upgraded_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a line of metrics.jsonl of any version with the keys of version 3."""
    return {_FIGURES_OF_1.get(name, re.sub('^guard_', 'validation_', name)): value
            for name, value in row.items()}


def _renamed(config: Mapping[str, Any]) -> dict[str, Any]:
    return {_KEYS_OF_1.get(name, name): _renamed(value) if isinstance(value, Mapping) else value
            for name, value in config.items()}


def outcome_in_log(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any] | None:
    """
    Return the fields of an outcome file from the log of a run that ended before there was one.

    None where the run has not ended.
    """
    confirmed: dict[int, Mapping[str, Any]] = {}
    found = None
    for row in rows:
        if 'confirmed_return' in row:
            confirmed[row['step']] = row
        if row.get('chosen'):
            figures = confirmed.get(row['step'], {})
            found = {'steps': row['step'], 'acceptable': row['acceptable'],
                     'weights': figures.get('weights', 0),
                     'return_mean': figures.get('confirmed_return', math.nan),
                     'crash_rate': figures.get('confirmed_crash_rate')}
    return found
