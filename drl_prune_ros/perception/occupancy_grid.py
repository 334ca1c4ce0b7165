# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The occupancy grid observation: layers of cells around the vehicle, as highway-env has them."""

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
from drl_prune_ros.policy.observation_options import grid_cells

LAYERS = ('presence', 'on_road')
FULL = 50   # percent, from which a cell counts as occupied


@dataclass(frozen=True, slots=True)
class GridLayer:
    """
    One layer as a sensor sends it.

    percent     (rows, columns) int8: 0 to 100 how surely a cell is occupied, -1 unknown; columns
                go along the x axis of the corner, rows along its y axis
    resolution  length of a cell, meters
    corner      where the corner of the first cell lies; see placed

    Raises InvalidInput for any other number, and for a resolution or a corner that is none.
    """

    percent: NDArray[np.int8]
    resolution: float
    corner: Pose = ORIGIN

    of_vehicle: ClassVar[bool | None] = True   # observers need it in the axes of the vehicle

    def __post_init__(self) -> None:
        if not (math.isfinite(self.resolution) and self.resolution > 0.0):
            raise InvalidInput(f'the resolution of a grid is {self.resolution} m')
        if not self.corner.finite:
            raise InvalidInput(f'a grid lies at {self.corner}: finite numbers are needed')
        if self.percent.size and not -1 <= self.percent.min() <= self.percent.max() <= 100:
            raise InvalidInput('a cell of a grid is neither -1 nor 0 to 100 percent')

    def placed(self, frame: Pose) -> GridLayer:
        """Return the same layer in the axes in which the frame of this one lies at frame."""
        return replace(self, corner=self.corner.placed(frame))

    def near(self, radius: float) -> GridLayer:
        """Return the part of it within a radius, meters, of the origin, and maybe more."""
        origin = self.corner.inverse()   # along the columns and the rows
        (first, rows), (left, columns) = (
            [int(np.clip((middle + side * radius) / self.resolution + side, 0, size))
             for side in (-1, 1)]
            for middle, size in zip((origin.y, origin.x), self.percent.shape, strict=True))
        corner = Pose(left * self.resolution, first * self.resolution).placed(self.corner)
        return GridLayer(self.percent[first:rows, left:columns], self.resolution, corner)

    def middles(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return x and y of the middle of each cell, (rows, columns)."""
        rows, columns = self.percent.shape
        along = (np.arange(columns) + 0.5) * self.resolution
        across = (np.arange(rows)[:, np.newaxis] + 0.5) * self.resolution
        cos, sin = math.cos(self.corner.yaw), math.sin(self.corner.yaw)
        return (self.corner.x + cos * along - sin * across,
                self.corner.y + sin * along + cos * across)


class OccupancyGrid:
    """
    Builds the observation that a contract of kind 'occupancy_grid' describes.

    Its cells are centered on the vehicle, x along and y to the right of the axes of its frame. One
    is occupied when the middle of an occupied cell of the layer lies in it; so is, in the layer
    'presence', the one in which the center of the vehicle itself lies. Raises ContractError when
    the contract asks for what cannot be built here.
    """

    needs_ego = True

    def __init__(self, contract: ObservationContract) -> None:
        check_observation(
            contract, kinds=('occupancy_grid',), features=LAYERS, frames=('road', 'vehicle'))
        self._cells = grid_cells(contract.options, contract.shape[1:])
        # Cells of a sensor that are farther away than the farthest corner need not be read.
        self._radius = math.hypot(*(
            max(abs(low), abs(low + step * count)) for low, step, count in zip(
                self._cells.low, self._cells.step, self._cells.count, strict=True)))
        self._layers = contract.features
        self.sensors = tuple(f'grid/{name}' for name in contract.features)
        self.needs_road = contract.frame == 'road'

    def check(self, context: DrivingContext) -> None:
        """Accept every state of the vehicle: it is no part of what is seen."""

    def observe(self, context: DrivingContext, *readings: Reading) -> NDArray[np.float32]:
        """
        Return 1 for an occupied cell and else 0, float32 (layers, along x, along y).

        The readings, one GridLayer per feature, are in the axes of the vehicle, origin in its
        center. Raises InvalidInput where one has no value for a cell: it does not cover it, is too
        coarse, or marks it as unknown.
        """
        heading = context.laid_ego.yaw if self.needs_road else 0.0
        grid = np.stack([
            self._filled(name, layer, heading)
            for name, layer in zip(self._layers, readings, strict=True)])
        own = self._indices(np.zeros(1), np.zeros(1))[0]
        if 'presence' in self._layers and own >= 0:
            grid[self._layers.index('presence')].flat[own] = True
        return grid.astype(np.float32)

    def _filled(self, name: str, reading: Reading, heading: float) -> NDArray[np.bool_]:
        assert isinstance(reading, GridLayer)
        layer = reading.near(self._radius)
        x, left = layer.middles()
        # The axes of the contract have y to the right, and so count headings clockwise.
        cos, sin = math.cos(heading), math.sin(heading)
        index = self._indices((cos * x + sin * left).ravel(), (sin * x - cos * left).ravel())
        percent = layer.percent.ravel()
        inside = (index >= 0) & (percent >= 0)
        size = math.prod(self._cells.count)
        known = np.bincount(index[inside], minlength=size)
        unknown = size - np.count_nonzero(known)
        if unknown:
            raise InvalidInput(
                f'the grid {name} has no value for {unknown} of the {size} cells that the policy '
                f'sees: it has to cover them, with cells that are no larger')
        full = np.bincount(index[inside & (percent >= FULL)], minlength=size) > 0
        return full.reshape(self._cells.count)

    def _indices(
        self, x: NDArray[np.float64], y: NDArray[np.float64],
    ) -> NDArray[np.intp]:
        """Return the index in the flattened cells of each point, -1 outside."""
        (low_x, low_y), (step_x, step_y), (along, across) = (
            self._cells.low, self._cells.step, self._cells.count)
        i, j = np.floor((x - low_x) / step_x), np.floor((y - low_y) / step_y)
        inside = (i >= 0) & (i < along) & (j >= 0) & (j < across)
        return np.where(inside, i * across + j, -1).astype(np.intp)
