# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What turns sensor readings into observations: one observer for each kind of observation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.perception.driving_context import DrivingContext
from drl_prune_ros.perception.kinematics import Kinematics
from drl_prune_ros.perception.lidar import Lidar
from drl_prune_ros.perception.named_values import NamedValues
from drl_prune_ros.perception.occupancy_grid import OccupancyGrid
from drl_prune_ros.perception.readings import Reading
from drl_prune_ros.policy.contracts import ObservationContract


class Observer(Protocol):
    """Builds the observations that a contract describes."""

    @property
    def sensors(self) -> tuple[str, ...]:
        """Return the names of the readings that one observation is built of, in order."""

    @property
    def needs_road(self) -> bool:
        """Return whether a road has to be known."""

    @property
    def needs_ego(self) -> bool:
        """Return whether it reads the state of the vehicle itself."""

    def observe(self, context: DrivingContext, *readings: Reading) -> NDArray[np.float32]:
        """
        Return the observation of a context and a reading of each sensor.

        It is float32 and in the shape of the contract. May raise InvalidInput.
        """

    def check(self, context: DrivingContext) -> None:
        """Raise OutsideContract if the vehicle itself is in a state unknown from training."""


OBSERVERS: dict[str, Callable[[ObservationContract], Observer]] = {
    'kinematics': Kinematics, 'lidar': Lidar, 'occupancy_grid': OccupancyGrid,
    'vector': NamedValues}


def make_observer(contract: ObservationContract) -> Observer:
    """Return the observer of a contract; raises ContractError where there is none."""
    return OBSERVERS[contract.kind](contract)
