# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The lidar observation: the free distance in each sector around the vehicle."""

from __future__ import annotations

from dataclasses import dataclass, replace
import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.perception.driving_context import DrivingContext
from drl_prune_ros.perception.pose import ORIGIN, Pose
from drl_prune_ros.perception.readings import Reading
from drl_prune_ros.perception.scene import InvalidInput
from drl_prune_ros.policy.contracts import check_observation, ObservationContract
from drl_prune_ros.policy.errors import ContractError
from drl_prune_ros.policy.observation_options import maximum_range


@dataclass(frozen=True, slots=True)
class Scan:
    """
    One scan of a lidar.

    ranges    meters, (n,) float64; infinite where nothing was hit, NaN where a beam has no value
    bearings  radians counter-clockwise from the x axis of the scanner, (n,) float64
    reach     meters, up to which every object is detected
    scanner   pose of the scanner; see placed

    Raises InvalidInput where the pose of the scanner is not finite.
    """

    ranges: NDArray[np.float64]
    bearings: NDArray[np.float64]
    reach: float
    scanner: Pose = ORIGIN

    of_vehicle: ClassVar[bool | None] = True   # observers need it in the axes of the vehicle

    def __post_init__(self) -> None:
        if not self.scanner.finite:
            raise InvalidInput(f'the scanner stands at {self.scanner}: finite numbers are needed')

    def placed(self, frame: Pose) -> Scan:
        """Return the same scan in the axes in which the frame of this one lies at frame."""
        return replace(self, scanner=self.scanner.placed(frame))

    def around(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return ranges and bearings as seen from the origin of the axes, x ahead, y left."""
        x, y, yaw = self.scanner.x, self.scanner.y, self.scanner.yaw
        bearings = self.bearings + yaw
        if x == y == 0.0:
            return self.ranges, bearings
        # A beam that hit nothing still shows that its sector is free, as far as it reached.
        lengths = np.where(np.isinf(self.ranges), self.reach, self.ranges)
        ahead, left = x + lengths * np.cos(bearings), y + lengths * np.sin(bearings)
        ranges = np.where(np.isinf(self.ranges), np.inf, np.hypot(ahead, left))
        return ranges, np.arctan2(left, ahead)


class Lidar:
    """
    Builds the observation that a contract of kind 'lidar' describes, of distances alone.

    Sector i of n has the direction i * 2 pi / n in its middle, from the x axis of the frame to
    the right, as highway-env's LidarObservation has it. A distance beyond maximum_range counts as
    maximum_range; normalized divides by it. Raises ContractError when the contract asks for more.
    """

    sensors = ('scan',)
    needs_ego = True

    def __init__(self, contract: ObservationContract) -> None:
        if 'distance' in contract.features and len(contract.features) > 1:
            others = ', '.join(name for name in contract.features if name != 'distance')
            raise ContractError(
                f'the policy needs {others} from a lidar, but a LaserScan has distances alone: '
                f'use another policy')
        check_observation(
            contract, kinds=('lidar',), features=('distance',), frames=('road', 'vehicle'))
        self._reach = maximum_range(contract.options)
        if contract.normalized and contract.ranges != ((-self._reach, self._reach),):
            raise ContractError(
                f'the policy needs distances normalized by {list(contract.ranges[0])}, but this '
                f'vehicle divides them by maximum_range, {self._reach:g}: use another policy')
        self._sectors = contract.shape[0]
        self._scale = self._reach if contract.normalized else 1.0
        self.needs_road = contract.frame == 'road'

    def check(self, context: DrivingContext) -> None:
        """Accept every state of the vehicle: it is no part of what is seen."""

    def observe(self, context: DrivingContext, *readings: Reading) -> NDArray[np.float32]:
        """
        Return the nearest distance in each sector, float32 (sectors, 1).

        The Scan is in the axes of the vehicle, its origin in the center. Raises InvalidInput where
        it reaches less far than the policy sees, and where no beam of a sector has a value.
        """
        [scan] = readings
        assert isinstance(scan, Scan)
        if scan.reach < np.float32(self._reach):   # range_max of a LaserScan is float32
            raise InvalidInput(
                f'the scan reaches {scan.reach:g} m, but the policy sees {self._reach:g} m')
        ranges, bearings = scan.around()
        known = ~np.isnan(ranges)
        angle = 2 * np.pi / self._sectors
        heading = context.laid_ego.yaw if self.needs_road else 0.0
        to_the_right = heading - bearings[known]
        sector = np.floor((to_the_right + angle / 2) / angle) % self._sectors
        nearest = np.full(self._sectors, np.nan)
        np.fmin.at(nearest, sector.astype(np.intp), np.minimum(ranges[known], self._reach))
        unknown = np.flatnonzero(np.isnan(nearest))
        if unknown.size:
            degrees = math.degrees(unknown[0] * angle)
            raise InvalidInput(
                f'the scan has no value for {unknown.size} of the {self._sectors} sectors that '
                f'the policy sees, such as that {degrees:.0f} degrees to the right of the '
                f'{"road" if self.needs_road else "vehicle"}')
        return (nearest / self._scale).astype(np.float32)[:, np.newaxis]
