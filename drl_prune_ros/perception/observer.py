# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What turns sensor readings into what a policy sees: one builder for each kind of observation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.perception.kinematics import Kinematics
from drl_prune_ros.perception.lidar import Lidar
from drl_prune_ros.perception.named_values import NamedValues
from drl_prune_ros.perception.occupancy_grid import OccupancyGrid
from drl_prune_ros.perception.scene import Ego
from drl_prune_ros.policy.contracts import ObservationContract


class Observer(Protocol):
    """Builds what a contract describes."""

    @property
    def sensors(self) -> tuple[str, ...]:
        """Names of the readings that one observation is built of, in order."""

    @property
    def needs_road(self) -> bool:
        """Whether a road has to be known."""

    @property
    def needs_ego(self) -> bool:
        """Whether what is told of the vehicle itself makes a difference."""

    @property
    def observe(self) -> Callable[..., NDArray[np.float32]]:
        """
        Build the observation of a DrivingContext and a reading of each sensor.

        It is float32 and in the shape of the contract. May raise InvalidInput.
        """

    def check(self, ego: Ego) -> None:
        """Raise OutsideContract where the vehicle itself is in no state known from training."""


OBSERVERS: dict[str, Callable[[ObservationContract], Observer]] = {
    'kinematics': Kinematics, 'lidar': Lidar, 'occupancy_grid': OccupancyGrid,
    'vector': NamedValues}


def make_observer(contract: ObservationContract) -> Observer:
    """Return what builds the observations of a contract; raises ContractError where it cannot."""
    return OBSERVERS[contract.kind](contract)
