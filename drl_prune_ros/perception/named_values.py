# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The vector observation: named numbers, put in the order of the contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.perception.driving_context import DrivingContext
from drl_prune_ros.perception.readings import Reading
from drl_prune_ros.perception.scene import InvalidInput, OutsideContract
from drl_prune_ros.policy.contracts import check_observation, ObservationContract

QUANTITIES = ('position', 'velocity', 'effort')
LARGEST = float(np.finfo(np.float32).max)   # beyond it, what the network reads is infinite


@dataclass(frozen=True, slots=True)
class Values:
    """
    Named numbers as sensor_msgs/JointState has them.

    names                       none twice
    position, velocity, effort  a number for each name, or empty

    Raises InvalidInput where that is not so.
    """

    names: Sequence[str]
    position: Sequence[float]
    velocity: Sequence[float] = ()
    effort: Sequence[float] = ()

    of_vehicle: ClassVar[bool | None] = None   # numbers lie in no frame

    def __post_init__(self) -> None:
        if len(set(self.names)) != len(self.names):
            raise InvalidInput('the vector has a name twice')
        for quantity in QUANTITIES:
            size = len(getattr(self, quantity))
            if size not in (0, len(self.names)):
                raise InvalidInput(
                    f'the vector has {len(self.names)} names, but {size} numbers in {quantity}')

    def in_order(self, wanted: Sequence[tuple[str, str]]) -> list[float]:
        """Return the number of each (name, quantity); raises InvalidInput naming what is not."""
        index_of = {name: index for index, name in enumerate(self.names)}
        missing = [f'{name} ({quantity})' for name, quantity in wanted
                   if name not in index_of or not len(getattr(self, quantity))]
        if missing:
            raise InvalidInput(f'the vector lacks {", ".join(missing)}')
        return [getattr(self, quantity)[index_of[name]] for name, quantity in wanted]


class NamedValues:
    """
    Builds the observation that a contract of kind 'vector' describes.

    A feature is the position of its name, in its unit; 'NAME.velocity' and 'NAME.effort' are the
    velocity and the effort of NAME. Raises ContractError for a contract of another kind.
    """

    sensors = ('vector',)
    needs_road = False
    needs_ego = False

    def __init__(self, contract: ObservationContract) -> None:
        check_observation(
            contract, kinds=('vector',), features=contract.features, frames=('none',))
        self._contract = contract
        self._wanted = [_split(feature) for feature in contract.features]

    def check(self, context: DrivingContext) -> None:
        """Accept every state of the vehicle: it is no part of what is seen."""

    def observe(self, context: DrivingContext, *readings: Reading) -> NDArray[np.float32]:
        """
        Return the features in order, float32 (n,), normalized and clipped as the contract says.

        Raises InvalidInput, naming the features, where some are missing or not finite, and
        OutsideContract where one is beyond its range.
        """
        [values] = readings
        assert isinstance(values, Values)
        numbers = np.array(values.in_order(self._wanted))
        contract = self._contract
        for index, (low, high) in enumerate(contract.ranges):
            feature, value = contract.features[index], numbers[index]
            if not abs(value) <= LARGEST:
                raise InvalidInput(f'{feature} of the vector is {value}: a number is needed')
            if (low is not None and value < low) or (high is not None and value > high):
                raise OutsideContract(
                    f'{feature} is {value:g}, outside of {_text(low)} to {_text(high)}, the range '
                    f'that the policy was trained for')
            if contract.normalized and low is not None and high is not None:
                numbers[index] = -1.0 + (value - low) * 2.0 / (high - low)
        if contract.clip:
            numbers = np.clip(numbers, -1.0, 1.0)
        return numbers.astype(np.float32)


def _split(feature: str) -> tuple[str, str]:
    """Return the name and the quantity that a feature is."""
    name, dot, quantity = feature.rpartition('.')
    return (name, quantity) if dot and quantity in QUANTITIES else (feature, 'position')


def _text(bound: float | None) -> str:
    return 'anything' if bound is None else f'{bound:g}'
