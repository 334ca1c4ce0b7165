# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One lane of a road description, to and from JSON values."""

from __future__ import annotations

from collections.abc import Callable
import math
from typing import Any

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.perception.lanes import CircularLane, Lane, SineLane, StraightLane


class RoadError(DrlPruneError):
    """A road description that is malformed, or one that the policy was not made for."""


def members(value: Any, where: str, names: tuple[str, ...]) -> dict[str, Any]:
    """Return value, a JSON object with exactly these members; where says what it is."""
    if not isinstance(value, dict):
        raise RoadError(f'road description: {where} is not an object')
    for name in names:
        if name not in value:
            raise RoadError(f'road description: {where} lacks "{name}"')
    for name in value:
        if name not in names:
            raise RoadError(f'road description: {where} has an unknown member "{name}"')
    return value


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise RoadError(f'road description: {where} is not a number')
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise RoadError(f'road description: {where} is not finite')
    return number


def _positive(value: Any, where: str) -> float:
    number = _number(value, where)
    if number <= 0.0:
        raise RoadError(f'road description: {where} is {number}, but must be above 0')
    return number


def _point(value: Any, where: str) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise RoadError(f'road description: {where} is not a point [x, y]')
    return _number(value[0], where), _number(value[1], where)


def _flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise RoadError(f'road description: {where} is neither true nor false')
    return value


_COMMON: dict[str, Callable[[Any, str], Any]] = {
    'width': _positive, 'speed_limit': _positive, 'forbidden': _flag,
}
_SHAPES: dict[str, tuple[type[Lane], dict[str, Callable[[Any, str], Any]]]] = {
    'straight': (StraightLane, {'start': _point, 'end': _point, **_COMMON}),
    'sine': (SineLane, {
        'start': _point, 'end': _point,
        'amplitude': _number, 'pulsation': _number, 'phase': _number, **_COMMON}),
    'circular': (CircularLane, {
        'center': _point, 'radius': _positive,
        'start_phase': _number, 'end_phase': _number, **_COMMON}),
}


def lane_to_json(lane: Lane) -> dict[str, Any]:
    """Return a lane as JSON values."""
    for shape, (kind, fields) in _SHAPES.items():
        if type(lane) is kind:
            values = {name: getattr(lane, name) for name in fields}
            return {'shape': shape, **{
                name: list(value) if isinstance(value, tuple) else value
                for name, value in values.items()}}
    raise TypeError(f'no JSON form for a {type(lane).__name__}')


def lane_from_json(value: Any, where: str) -> Lane:
    """Return the lane that lane_to_json wrote; where says which one in error messages."""
    shape = value.get('shape') if isinstance(value, dict) else None
    if not isinstance(shape, str) or shape not in _SHAPES:
        raise RoadError(
            f'road description: {where} needs a "shape", one of {", ".join(_SHAPES)}')
    kind, fields = _SHAPES[shape]
    found = members(value, where, ('shape', *fields))
    numbers = {name: read(found[name], f'{where}.{name}') for name, read in fields.items()}
    try:
        return kind(**numbers)
    except ValueError as error:
        raise RoadError(f'road description: {where}: {error}') from error
