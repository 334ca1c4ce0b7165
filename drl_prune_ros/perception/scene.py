# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The state of the vehicle and of the objects around it, at one stamp."""

from __future__ import annotations

from dataclasses import dataclass, replace
import math
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.perception.pose import Pose

COLUMNS = ('x', 'y', 'vx', 'vy', 'yaw', 'length', 'width')
NUMBERS = ('x', 'y', 'yaw', 'speed', 'yaw_rate', 'lateral_speed')   # of the vehicle
LENGTH, WIDTH = COLUMNS.index('length'), COLUMNS.index('width')
SIZES = slice(LENGTH, None)


class InvalidInput(DrlPruneError):  # noqa: N818 - what it is, not that it is an error
    """Sensor data that no command may be computed from, such as a position that is NaN."""


class Contradiction(InvalidInput):
    """Well-formed sensor data that cannot be true: it contradicts itself or what is known."""


class OutsideContract(InvalidInput):
    """Sound sensor data of a situation that the policy was not trained for."""


@dataclass(frozen=True, slots=True)
class Ego:
    """
    The vehicle itself, at one stamp.

    On input the axes are those of the map frame (REP 103: x forward, y to the left, yaw
    counter-clockwise, SI units); RoadFrame gives the same in the axes of the road. The reference
    point is the center of the vehicle. Raises InvalidInput when a number is NaN or infinite.

    stamp_ns       time of the measurement, nanoseconds
    x, y           position of the center, meters
    yaw            heading, radians; need not be wrapped
    speed          along the body's x axis, m/s; negative in reverse
    yaw_rate       rad/s
    lateral_speed  along the body's y axis, m/s; not used in any computation here
    """

    stamp_ns: int
    x: float
    y: float
    yaw: float
    speed: float
    yaw_rate: float = 0.0
    lateral_speed: float = 0.0

    def __post_init__(self) -> None:
        # A sum is finite only where everything in it is.
        if (type(self.x) is type(self.y) is type(self.yaw) is type(self.speed)
                is type(self.yaw_rate) is type(self.lateral_speed) is float
                and math.isfinite(self.x + self.y + self.yaw + self.speed + self.yaw_rate
                                  + self.lateral_speed)):
            return
        for name in NUMBERS:
            value = getattr(self, name)
            if type(value) is not float:   # numpy's floats take longer to compute with
                value = float(value)
                object.__setattr__(self, name, value)
            if not math.isfinite(value):
                raise InvalidInput(f'{name} of the odometry is {value}: a finite number is needed')

    @property
    def pose(self) -> Pose:
        """Return where the vehicle is."""
        return Pose(self.x, self.y, self.yaw)

    def pose_before(self, seconds: float) -> Pose:
        """Return where the vehicle was so much earlier, at the speed and yaw rate of now."""
        turned = seconds * self.yaw_rate
        along = self.yaw - turned / 2.0
        return Pose(self.x - seconds * self.speed * math.cos(along),
                    self.y - seconds * self.speed * math.sin(along), self.yaw - turned)

    def ahead(self, distance: float) -> Ego:
        """Return the state of a point of the body, so many meters ahead of this one."""
        if distance == 0.0:
            return self
        return replace(
            self, x=self.x + distance * math.cos(self.yaw),
            y=self.y + distance * math.sin(self.yaw),
            lateral_speed=self.lateral_speed + distance * self.yaw_rate)


class Objects:
    """
    The boxes around the vehicle, the vehicle itself left out; n may be 0.

    Axes as in Ego. Every array is (n,), read-only: x, y (box center, m), vx, vy (velocity over
    ground in the axes of the frame, m/s), yaw (rad), length, width (m) are float64, id is int64.
    Raises InvalidInput when lengths differ, a number is NaN or infinite, or a size is negative.
    """

    __slots__ = ('_rows', *COLUMNS, 'id')

    of_vehicle: ClassVar[bool | None] = False   # observers need them in the frame of odometry

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    vx: NDArray[np.float64]
    vy: NDArray[np.float64]
    yaw: NDArray[np.float64]
    length: NDArray[np.float64]
    width: NDArray[np.float64]
    id: NDArray[np.int64]
    _rows: list[tuple[float, ...]]   # that the arrays are made of, or were asked for

    def __init__(
        self, *, x: ArrayLike, y: ArrayLike, vx: ArrayLike, vy: ArrayLike, yaw: ArrayLike,
        length: ArrayLike, width: ArrayLike, id: ArrayLike,
    ) -> None:
        shape = np.shape(x)
        table = np.empty((len(COLUMNS), *shape))
        for row, name, values in zip(
                table, COLUMNS, (x, y, vx, vy, yaw, length, width), strict=True):
            if len(np.shape(values)) != 1 or np.shape(values) != shape:
                raise InvalidInput(
                    f'{name} of the objects has shape {np.shape(values)}, but x has {shape}')
            row[:] = values
        self._take(table, id)

    @classmethod
    def of(cls, table: NDArray[np.float64], id: ArrayLike) -> Objects:
        """Return the objects in a table, (7, n) as COLUMNS has it; it is kept, not copied."""
        objects = cls.__new__(cls)
        objects._take(table, id)
        return objects

    @classmethod
    def of_rows(cls, rows: list[tuple[float, ...]]) -> Objects:
        """
        Return the objects in rows of Python numbers: COLUMNS, and an id.

        They are checked now, and become arrays when one is first read: the network sees only one
        scene in several, and numpy is slow on a processor that has just slept.
        """
        objects = cls.__new__(cls)
        objects._rows = rows
        for row in rows:
            if not (math.isfinite(sum(row)) and row[LENGTH] >= 0.0 and row[WIDTH] >= 0.0):
                objects._take_rows()   # raises for a bad number; huge ones may only add up to inf
                break
        return objects

    def __getattr__(self, name: str) -> object:
        if name not in (*COLUMNS, 'id'):
            raise AttributeError(f'objects have no {name}')
        self._take_rows()
        return getattr(self, name)

    def _take_rows(self) -> None:
        table = np.array(self._rows, dtype=np.float64).reshape(-1, len(COLUMNS) + 1).T
        self._take(table[:-1].copy(), table[-1])

    def _take(self, table: NDArray[np.float64], id: ArrayLike) -> None:
        # Checked as a whole: at a few objects a call costs more than what it computes.
        if not np.isfinite(table).all():
            name = COLUMNS[int(np.isfinite(table).all(axis=1).argmin())]
            raise InvalidInput(f'{name} of an object is NaN or infinite')
        if (table[SIZES] < 0.0).any():
            raise InvalidInput('length or width of an object is negative')
        if not np.isfinite(id).all():
            raise InvalidInput('id of an object is NaN or infinite')
        ids = np.array(id, dtype=np.int64)
        if ids.shape != table.shape[1:]:
            raise InvalidInput(
                f'id of the objects has shape {ids.shape}, but x has {table.shape[1:]}')
        for array in (table, ids):
            array.setflags(write=False)
        self.x, self.y, self.vx, self.vy, self.yaw, self.length, self.width = table
        self.id = ids

    def rows(self) -> list[tuple[float, ...]]:
        """Return each object as COLUMNS and an id, in Python's numbers."""
        try:
            return self._rows
        except AttributeError:   # it was made of arrays
            self._rows = list(zip(
                *(getattr(self, name).tolist() for name in (*COLUMNS, 'id')), strict=True))
            return self._rows

    @classmethod
    def none(cls) -> Objects:
        """Return an empty scene: n = 0."""
        return cls(x=[], y=[], vx=[], vy=[], yaw=[], length=[], width=[], id=[])

    def placed(self, frame: Pose) -> Objects:
        """Return the same objects in the axes in which the frame of these lies at frame."""
        cos, sin = math.cos(frame.yaw), math.sin(frame.yaw)
        return Objects(
            x=frame.x + cos * self.x - sin * self.y, y=frame.y + sin * self.x + cos * self.y,
            vx=cos * self.vx - sin * self.vy, vy=sin * self.vx + cos * self.vy,
            yaw=self.yaw + frame.yaw, length=self.length, width=self.width, id=self.id)

    def later(self, seconds: float) -> Objects:
        """Return the same objects so much later, each straight on at the velocity that it has."""
        return Objects(
            x=self.x + seconds * self.vx, y=self.y + seconds * self.vy, vx=self.vx, vy=self.vy,
            yaw=self.yaw, length=self.length, width=self.width, id=self.id)

    def __len__(self) -> int:
        return int(self.x.size)
