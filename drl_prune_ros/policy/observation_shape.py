# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Checks of the shape of the observations that a runtime gets."""

import numpy as np
from numpy.typing import ArrayLike

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.wire import Numbers


def check_single(observation: ArrayLike, size: int) -> Numbers:
    """Return one observation (size,), or raise DrlPruneError saying what it is instead."""
    array = np.asarray(observation)
    if array.shape != (size,):
        raise DrlPruneError(
            f'the policy takes one observation of shape ({size},), not {array.shape}'
        )
    return array


def check_batch(observations: ArrayLike, size: int) -> Numbers:
    """Return observations (batch, size), or raise DrlPruneError saying what they are instead."""
    array = np.asarray(observations)
    if array.ndim != 2 or array.shape[1] != size:
        raise DrlPruneError(
            f'the policy takes observations of shape (batch, {size}), not {array.shape}'
        )
    return array
