# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether objects can be what is met on a road: their sizes, their speeds and their ids."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.perception.scene import Contradiction

# Meters. A road train has 54; clusters that are no vehicles, such as a wall, are larger.
LONGEST, WIDEST = 100.0, 30.0
SMALLEST = 0.01                # meters; 0 where no size is known
FASTEST = 100.0                # m/s along either axis
# What those write who have no ids: as many objects may have them as there are.
UNNAMED = (0, -1, 2**32 - 1)


def check_rows(rows: list[tuple[float, ...]]) -> None:
    """Raise Contradiction for objects in rows of x, y, vx, vy, yaw, length, width, id."""
    for _, _, vx, vy, _, length, width, number in rows:
        if not (-FASTEST < vx < FASTEST and -FASTEST < vy < FASTEST
                and (SMALLEST <= length <= LONGEST or length == 0.0)
                and (SMALLEST <= width <= WIDEST or width == 0.0)):
            raise _implausible(number, vx, vy, length, width)
    if len({row[-1] for row in rows}) < len(rows):
        _check_ids([row[-1] for row in rows])


def check_table(table: NDArray[np.float64], ids: NDArray[np.int64]) -> None:
    """Raise Contradiction for objects in a table, (7, n) as scene.COLUMNS has it."""
    _, _, vx, vy, _, length, width = table
    bad = (length > LONGEST) | (width > WIDEST) | (abs(vx) >= FASTEST) | (abs(vy) >= FASTEST)
    bad |= ((length > 0.0) & (length < SMALLEST)) | ((width > 0.0) & (width < SMALLEST))
    if bad.any():
        at = int(bad.argmax())
        raise _implausible(ids[at], vx[at], vy[at], length[at], width[at])
    numbers = ids.tolist()
    if len(set(numbers)) < len(numbers):
        _check_ids(numbers)


def _implausible(
    number: float, vx: float, vy: float, length: float, width: float,
) -> Contradiction:
    return Contradiction(
        f'object {number:.0f} is {length:g} m long and {width:g} m wide and moves by {vx:g}, '
        f'{vy:g} m/s, as nothing on a road does: publish sizes in m and velocities in m/s')


def _check_ids(ids: Sequence[float]) -> None:
    """Raise Contradiction for an id that stands twice, unless it says that there is none."""
    seen: set[float] = set()
    for number in ids:
        if number in seen and number not in UNNAMED:
            raise Contradiction(
                f'the id {number:.0f} stands twice among the objects: publish each object once')
        seen.add(number)
