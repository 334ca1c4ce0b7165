# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One lane of a road description, to and from JSON values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from drl_prune_ros import fields
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.fields import FieldError
from drl_prune_ros.perception.lanes import CircularLane, Lane, SineLane, StraightLane


class RoadError(DrlPruneError):
    """A road description that is malformed, or one that the policy was not made for."""


_COMMON = ('width', 'speed_limit', 'forbidden')
_ENTRIES: dict[str, tuple[type[Lane], tuple[str, ...]]] = {
    'straight': (StraightLane, ('start', 'end', *_COMMON)),
    'sine': (SineLane, ('start', 'end', 'amplitude', 'pulsation', 'phase', *_COMMON)),
    'circular': (CircularLane, ('center', 'radius', 'start_phase', 'end_phase', *_COMMON)),
}


@contextmanager
def field_errors_as_road_errors() -> Iterator[None]:
    """Raise a FieldError of the block as a RoadError."""
    try:
        yield
    except FieldError as error:
        raise RoadError(f'road description: {error}') from error


def members(value: object, where: str, names: tuple[str, ...]) -> dict[str, object]:
    """Return value, a JSON object with exactly these members; where names it in errors."""
    if not isinstance(value, dict):
        raise RoadError(f'road description: {where} is not an object')
    for name in names:
        if name not in value:
            raise RoadError(f'road description: {where} lacks "{name}"')
    for name in value:
        if name not in names:
            raise RoadError(f'road description: {where} has an unknown member "{name}"')
    return value


def lane_to_json(lane: Lane) -> dict[str, object]:
    """Return a lane as JSON values."""
    for shape, (kind, entries) in _ENTRIES.items():
        if type(lane) is kind:
            values: dict[str, object] = {name: getattr(lane, name) for name in entries}
            return {'shape': shape, **{
                name: list(value) if isinstance(value, tuple) else value
                for name, value in values.items()}}
    raise TypeError(f'no JSON form for a {type(lane).__name__}')


def lane_from_json(value: object, where: str) -> Lane:
    """Return the lane that lane_to_json wrote; where names it in errors."""
    shape = value.get('shape') if isinstance(value, dict) else None
    if not isinstance(shape, str) or shape not in _ENTRIES:
        raise RoadError(
            f'road description: {where} needs a "shape", one of {", ".join(_ENTRIES)}')
    found = members(value, where, ('shape', *_ENTRIES[shape][1]))
    try:
        with field_errors_as_road_errors():
            return _make_lane(shape, found, where)
    except ValueError as error:
        raise RoadError(f'road description: {where}: {error}') from error


def _make_lane(shape: str, found: Mapping[str, object], where: str) -> Lane:
    """Return a lane of its validated entries; raises FieldError, or ValueError of the lane."""
    def number(name: str) -> float:
        return fields.number(found[name], f'{where}.{name}')

    def positive(name: str) -> float:
        return fields.positive(found[name], f'{where}.{name}')

    def point(name: str) -> tuple[float, float]:
        value = found[name]
        if not isinstance(value, list) or len(value) != 2:
            fields.refuse(f'{where}.{name}', 'a point [x, y]', value)
        x, y = (fields.number(number, f'{where}.{name}') for number in value)
        return x, y

    width, speed_limit = positive('width'), positive('speed_limit')
    forbidden = fields.flag(found['forbidden'], f'{where}.forbidden')
    if shape == 'circular':
        return CircularLane(
            center=point('center'), radius=positive('radius'),
            start_phase=number('start_phase'), end_phase=number('end_phase'),
            width=width, speed_limit=speed_limit, forbidden=forbidden)
    if shape == 'sine':
        return SineLane(
            start=point('start'), end=point('end'), amplitude=number('amplitude'),
            pulsation=number('pulsation'), phase=number('phase'),
            width=width, speed_limit=speed_limit, forbidden=forbidden)
    return StraightLane(
        start=point('start'), end=point('end'),
        width=width, speed_limit=speed_limit, forbidden=forbidden)
