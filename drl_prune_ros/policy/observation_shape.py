# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a runtime demands of the arrays that it is given."""

import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.errors import DrlPruneError


def check_single(observation: NDArray, size: int) -> NDArray:
    """Return one observation (size,), or raise DrlPruneError saying what it is instead."""
    observation = np.asarray(observation)
    if observation.shape != (size,):
        raise DrlPruneError(
            f'the policy takes one observation of shape ({size},), not {observation.shape}'
        )
    return observation


def check_batch(observations: NDArray, size: int) -> NDArray:
    """Return observations (batch, size), or raise DrlPruneError saying what they are instead."""
    observations = np.asarray(observations)
    if observations.ndim != 2 or observations.shape[1] != size:
        raise DrlPruneError(
            f'the policy takes observations of shape (batch, {size}), not {observations.shape}'
        )
    return observations
