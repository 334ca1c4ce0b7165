# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Checks on single fields of what was read from a file.

Each takes the value and its dotted name and returns the value in its plain, immutable form, or
raises a FieldError that names the field, says what it expects and shows what it found.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
import dataclasses
import json
import math
from typing import Any, NoReturn, TypeVar

from drl_prune_ros.errors import DrlPruneError

T = TypeVar('T')

LONGEST_TEXT = 200
"""Characters of a name, a unit or an id."""
LARGEST_COUNT = 2**31 - 1
LARGEST_NUMBER = 1e15
"""Squares and quotients of such numbers are finite; no length, speed or angle is larger."""
SMALLEST_POSITIVE = 1e-15
_NESTED = (Mapping, list, tuple)
RATES = 1e-3, 1e4
"""Least and greatest rate of decisions and of control, Hz."""
DEEPEST = 16
"""Objects and lists inside each other."""


class FieldError(DrlPruneError):
    """A field has a value that it must not have, is missing, or is unknown."""


def refuse(where: str, expected: str, found: object) -> NoReturn:
    """Raise the one line that every bad field gives."""
    shown = repr(found)
    shown = shown if len(shown) <= 60 else f'{shown[:57]}...'
    raise FieldError(f'field {where}: expected {expected}, found {shown}')


def text(value: object, where: str) -> str:
    """Return a non-empty string that can be printed on a line."""
    if not isinstance(value, str) or not value:
        refuse(where, 'a non-empty string', value)
    if len(value) > LONGEST_TEXT or not value.isprintable():
        refuse(where, f'at most {LONGEST_TEXT} printable characters', value)
    return value


def choice(value: object, where: str, choices: Collection[str]) -> str:
    """Return a string that is one of `choices`."""
    if not isinstance(value, str) or value not in choices:
        refuse(where, f'one of {", ".join(choices)}', value)
    return value


def flag(value: object, where: str) -> bool:
    """Return a boolean."""
    if not isinstance(value, bool):
        refuse(where, 'true or false', value)
    return value


def count(value: object, where: str) -> int:
    """Return a whole number of at least 1."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        refuse(where, 'a whole number of at least 1', value)
    if value > LARGEST_COUNT:
        refuse(where, f'at most {LARGEST_COUNT}', value)
    return value


def number(value: object, where: str) -> float:
    """Return a finite float, LARGEST_NUMBER at most; whole numbers are taken too."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        refuse(where, 'a number', value)
    try:
        result = float(value)
    except OverflowError:
        result = math.inf
    if not math.isfinite(result):
        refuse(where, 'a finite number', value)
    if abs(result) > LARGEST_NUMBER:
        refuse(where, f'a number of at most {LARGEST_NUMBER:g}', value)
    return result


def rate(value: object, where: str) -> float:
    """Return a rate in Hz, within RATES."""
    result = number(value, where)
    if result <= 0.0:
        refuse(where, 'a rate above 0 Hz', value)
    if not RATES[0] <= result <= RATES[1]:
        refuse(where, f'a rate of {RATES[0]:g} to {RATES[1]:g} Hz', value)
    return result


def positive(value: object, where: str) -> float:
    """Return a finite number above zero."""
    result = number(value, where)
    if result <= 0.0:
        refuse(where, 'a number above 0', value)
    if result < SMALLEST_POSITIVE:
        refuse(where, f'a number of at least {SMALLEST_POSITIVE:g}', value)
    return result


def each(value: object, where: str, check: Callable[[object, str], T]) -> tuple[T, ...]:
    """Return a list or tuple as a tuple, every entry checked by `check`."""
    if not isinstance(value, (list, tuple)):
        refuse(where, 'a list', value)
    return tuple(check(entry, f'{where}[{index}]') for index, entry in enumerate(value))


def names(value: object, where: str) -> tuple[str, ...]:
    """Return a tuple of at least one string, none of them twice."""
    result = each(value, where, text)
    if not result or len(set(result)) != len(result):
        refuse(where, 'at least one name and none twice', value)
    return result


def interval(value: object, where: str) -> tuple[float | None, float | None]:
    """Return a (low, high) pair with low < high, where None means unbounded."""
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        refuse(where, 'a pair [low, high]', value)
    low, high = (
        None if bound is None else number(bound, f'{where}[{index}]')
        for index, bound in enumerate(value)
    )
    if low is not None and high is not None and high - low < SMALLEST_POSITIVE:
        refuse(where, 'low below high', value)
    return low, high


def as_many(value: Sequence[object], where: str, size: int, of_what: str) -> None:
    """Raise FieldError if a list does not have one entry for each of `size` things."""
    if len(value) != size:
        refuse(where, f'{size} entries, one for each of {of_what}', list(value))


def plain(value: object, where: str) -> dict[str, object]:
    """Return a deep copy of a JSON object, as it will be read back from the file."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        refuse(where, 'an object with string keys', value)
    if _depth(value) > DEEPEST:
        refuse(where, f'at most {DEEPEST} objects and lists inside each other', '...')
    try:
        text = json.dumps(dict(value), allow_nan=False, ensure_ascii=False)
        text.encode()   # half of a surrogate pair is no text
        copy: dict[str, object] = json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise FieldError(
            f'field {where}: expected what JSON can hold, found {error}'
        ) from error
    return copy


def _depth(value: object) -> int:
    """Return how many objects and lists lie inside each other, DEEPEST + 1 where more do."""
    level: list[object] = [value]
    for depth in range(DEEPEST + 1):
        inner: list[object] = []
        for entry in level:
            if isinstance(entry, Mapping):
                inner += [part for part in entry.values() if isinstance(part, _NESTED)]
            elif isinstance(entry, (list, tuple)):
                inner += [part for part in entry if isinstance(part, _NESTED)]
        if not inner:
            return depth + 1
        level = inner
    return DEEPEST + 1


def keys(value: object, where: str, cls: type) -> dict[str, Any]:
    """
    Return a mapping that has the fields of dataclass `cls`: none unknown, none missing.

    Its values are unchecked, hence Any: the caller or the dataclass itself has to check them.
    """
    if not isinstance(value, Mapping):
        refuse(where, 'an object', value)
    known = [field for field in dataclasses.fields(cls) if field.init]
    unknown = sorted(str(key) for key in set(value) - {field.name for field in known})
    if unknown:
        raise FieldError(f'field {where} has an unknown entry {unknown[0]!r}')
    for field in known:
        optional = (
            field.default is not dataclasses.MISSING
            or field.default_factory is not dataclasses.MISSING
        )
        if field.name not in value and not optional:
            raise FieldError(f'field {where}.{field.name} is missing')
    return dict(value)
