# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The speeds that highway-env's lidar tells, as a network can learn from them."""

import numpy as np

from drl_prune_ros.policy.contracts import ObservationContract


class LidarSpeeds:
    """
    Normalizes the speeds of a lidar by their own range, and lets empty directions stand still.

    highway-env (1.12) divides them by the reach of the lidar, as it does distances, and says of a
    direction in which it sees nothing that it moves away at as many m/s as the lidar reaches
    meters: by several times more than anything that drives.

    :param contract: a flattened vector, 'distance_0', 'speed_0' and so on among its features,
        where distances are normalized by the reach.
    """

    def __init__(self, contract: ObservationContract) -> None:
        features = contract.features
        self._speeds = np.flatnonzero([name.startswith('speed_') for name in features])
        self._distances = np.flatnonzero([name.startswith('distance_') for name in features])
        (_, reach), (_, fastest) = (
            contract.ranges[of[0]] for of in (self._distances, self._speeds))
        assert reach and fastest
        self._scale = reach / fastest

    def __call__(self, observations: np.ndarray) -> np.ndarray:
        """Return flattened observations (..., size) with other speeds."""
        seen = observations.copy()
        speeds = np.clip(self._scale * seen[..., self._speeds], -1.0, 1.0)
        seen[..., self._speeds] = np.where(seen[..., self._distances] < 1.0, speeds, 0.0)
        return seen


def has_lidar_speeds(contract: ObservationContract) -> bool:
    """Return whether `contract` is of a vector with what a lidar tells."""
    return contract.kind == 'vector' and {'distance_0', 'speed_0'} <= set(contract.features)
