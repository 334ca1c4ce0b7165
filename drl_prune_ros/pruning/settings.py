# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the settings of every method share: read by name, checked, written, turned off in part."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, MISSING, replace
from types import NoneType, UnionType
from typing import Any, ClassVar, get_args, get_origin, get_type_hints, Self

from drl_prune_ros.errors import DrlPruneError

PLAIN = {bool: 'true or false', int: 'a whole number', float: 'a number', str: 'a word'}


@dataclass(frozen=True)
class SettingsBase:
    """Settings of a method, or of a part of one: a frozen dataclass with a default per field."""

    LABEL: ClassVar[str] = 'pruning settings'
    """What error messages call these settings."""
    ABLATIONS: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """What `--without PART` changes: PART -> {dotted name of a setting: its value}."""
    OMITTED_AT_DEFAULT: ClassVar[tuple[str, ...]] = ()
    """Fields that `to_dict` leaves out where they are at their default."""

    def __post_init__(self) -> None:
        """Check the values."""
        self.check()

    def check(self) -> None:
        """Raise DrlPruneError if a value cannot work."""

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any], **overrides: Any) -> Self:
        """
        Read settings from a mapping.

        :param overrides: values that are not None replace those of the mapping.
        :raises DrlPruneError: a name is unknown or missing, or a value is of the wrong type.
        """
        values = {**entry, **{name: v for name, v in overrides.items() if v is not None}}
        known = {field.name: field for field in fields(cls)}
        if unknown := sorted(set(values) - set(known)):
            raise DrlPruneError(f'{cls.LABEL}: unknown name {unknown[0]!r}, choose from '
                                f'{", ".join(known)}')
        needed = [name for name, field in known.items()
                  if field.default is MISSING and field.default_factory is MISSING]
        if missing := [name for name in needed if name not in values]:
            raise DrlPruneError(f'{cls.LABEL}: {missing[0]} is missing')
        kinds = get_type_hints(cls)
        return cls(**{name: _read(f'{cls.LABEL}: {name}', value, kinds[name])
                      for name, value in values.items()})

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for YAML and JSON."""
        defaults = {field.name: field.default for field in fields(self)}
        return {name: _plain(value) for name, value in vars(self).items()
                if name not in self.OMITTED_AT_DEFAULT or value != defaults[name]}

    def without(self, parts: Iterable[str]) -> Self:
        """Return the same settings with the named parts of the method turned off."""
        changed = self
        for part in parts:
            for name, value in self.ABLATIONS[part].items():
                changed = _replaced(changed, name.split('.'), value)
        return changed


def _replaced(settings: Any, path: list[str], value: Any) -> Any:
    """Return `settings` with another value at the nested name `path`."""
    name, *rest = path
    return replace(settings, **{
        name: _replaced(getattr(settings, name), rest, value) if rest else value})


def _plain(value: Any) -> Any:
    if isinstance(value, SettingsBase):
        return value.to_dict()
    return list(value) if isinstance(value, tuple) else value


def _read(name: str, value: Any, kind: Any) -> Any:
    """Return `value` as the annotated type `kind`: plain, a tuple, or nested settings."""
    kinds = get_args(kind) if get_origin(kind) is UnionType else (kind,)
    if value is None and NoneType in kinds:
        return None
    kind = next(each for each in kinds if each is not NoneType)
    if isinstance(kind, type) and issubclass(kind, SettingsBase):
        if not isinstance(value, (kind, Mapping)):
            raise DrlPruneError(f'{name} must be a mapping of settings, got {value!r}')
        return kind.from_dict(value) if isinstance(value, Mapping) else value
    if get_origin(kind) is tuple:
        if not isinstance(value, (list, tuple)):
            raise DrlPruneError(f'{name} must be a list, got {value!r}')
        return tuple(value)
    accepted = (int, float) if kind is float else kind
    if not isinstance(value, accepted) or isinstance(value, bool) is not (kind is bool):
        raise DrlPruneError(f'{name} must be {PLAIN[kind]}, got {value!r}')
    return value
