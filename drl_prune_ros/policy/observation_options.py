# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The options of the contract of a grid and of a lidar, named as in highway-env."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
import math

from drl_prune_ros import fields

WHERE = 'observation.options'


@dataclass(frozen=True, slots=True)
class GridCells:
    """
    Where the cells of an occupancy grid lie around the center of the vehicle.

    low    least (x, y), meters, along the axes of the contract's frame
    step   length of a cell along x and y, meters
    count  number of cells along x and y
    """

    low: tuple[float, float]
    step: tuple[float, float]
    count: tuple[int, int]


def grid_cells(options: Mapping[str, object], cells: tuple[int, ...]) -> GridCells:
    """
    Read grid_size, [[low, high] of x, of y], and grid_step, [of x, of y], in meters.

    cells is the shape of the contract along x and y. Raises FieldError, naming the option
    that is missing or contradicts it.
    """
    sizes = fields.each(options.get('grid_size'), f'{WHERE}.grid_size', fields.interval)
    steps = fields.each(options.get('grid_step'), f'{WHERE}.grid_step', fields.positive)
    fields.as_many(sizes, f'{WHERE}.grid_size', 2, 'x and y')
    fields.as_many(steps, f'{WHERE}.grid_step', 2, 'x and y')
    lows: list[float] = []
    for axis, ((low, high), step, count) in enumerate(zip(sizes, steps, cells, strict=True)):
        if low is None or high is None or math.floor((high - low) / step) != count:
            fields.refuse(
                f'{WHERE}.grid_size[{axis}]', f'{count} cells of {step:g} m', (low, high))
        lows.append(low)
    return GridCells((lows[0], lows[1]), (steps[0], steps[1]), (cells[0], cells[1]))


def maximum_range(options: Mapping[str, object]) -> float:
    """Return how far a lidar sees, meters; raises FieldError where the option is missing."""
    return fields.positive(options.get('maximum_range'), f'{WHERE}.maximum_range')
