# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Return whether several runtimes of one policy agree: what is exported is what was trained."""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.errors import DrlPruneError

TOLERANCE = 1e-5
Array = NDArray[np.float32 | np.int64]


class ParityError(DrlPruneError):
    """Two runtimes of one policy do not agree."""


def check_parity(
    outputs_by_runtime: Mapping[str, Mapping[str, Array]], tolerance: float = TOLERANCE
) -> float:
    """
    Compare every pair of runtimes on the same observations.

    `outputs_by_runtime` maps a runtime's name to its outputs, as `PolicyRuntime.outputs` gives
    them: 'action' (batch,) integer with 'scores' (batch, k), or 'action' (batch, k). Scores and
    continuous actions agree when |a - b| <= tolerance * max(1, |a|, |b|) everywhere. Discrete
    actions must be equal where the best two scores stand further apart than both runtimes'
    tolerances together; nearer than that, either is right.

    Returns the largest |a - b| / max(1, |a|, |b|) met; raises ParityError with the pair, the
    output and the difference when it is more than `tolerance`.
    """
    worst = 0.0
    for (first, a), (second, b) in combinations(outputs_by_runtime.items(), 2):
        pair = f'{first} and {second}'
        if set(a) != set(b):
            raise ParityError(f'{pair} have different outputs: {sorted(a)} and {sorted(b)}')
        values = 'scores' if 'scores' in a else 'action'
        difference = _difference(a[values], b[values], f'{pair} on {values}')
        if difference > tolerance:
            raise ParityError(
                f'{pair} disagree on {values}: {difference:.3g} is more than {tolerance:g}'
            )
        worst = max(worst, difference)
        if values == 'scores':
            _check_choices(a, b, tolerance, pair)
    return worst


def _difference(a: Array, b: Array, what: str) -> float:
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.shape != b.shape:
        raise ParityError(f'{what} have different shapes: {a.shape} and {b.shape}')
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ParityError(f'{what} have a value that is not finite')
    scale = np.maximum(1.0, np.maximum(np.abs(a), np.abs(b)))
    return float((np.abs(a - b) / scale).max(initial=0.0))


def _check_choices(
    a: Mapping[str, Array], b: Mapping[str, Array], tolerance: float, pair: str
) -> None:
    scores = np.sort(np.asarray(a['scores'], np.float64), axis=1)
    if scores.shape[1] > 1:
        scale = np.maximum(1.0, np.abs(scores[:, -2:]).max(axis=1))
        clear = scores[:, -1] - scores[:, -2] > 2 * tolerance * scale
    else:
        clear = np.ones(len(scores), bool)
    wrong = int((clear & (np.asarray(a['action']) != np.asarray(b['action']))).sum())
    if wrong:
        raise ParityError(f'{pair} choose different actions for {wrong} of {len(clear)}')
