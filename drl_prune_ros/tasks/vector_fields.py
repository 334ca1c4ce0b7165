# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The values of a vector observation, as a task's file lists them in short.

    fields:
    - {names: [x, y], unit: m, range: [-100, 100]}
    - repeat: 32
      fields:
      - {names: [distance], unit: m, range: [-60, 60]}
      - {names: [speed], unit: m/s, range: [-20, 20]}

Here x and y are followed by distance_0, speed_0, distance_1, ... to speed_31.
"""

from collections.abc import Mapping, Sequence
from typing import Any


def with_fields(observation: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return an observation's entry with `fields` written out as shape, features, units and ranges.

    :raises KeyError: a name, unit or range is missing.
    """
    entry = dict(observation)
    if 'fields' not in entry:
        return entry
    values = _values(entry.pop('fields'))
    names, units, ranges = ([value[part] for value in values] for part in range(3))
    return {**entry, 'shape': [len(values)], 'features': names, 'units': units, 'ranges': ranges}


def _values(fields: Sequence[Mapping[str, Any]], suffix: str = '') -> list[tuple[Any, ...]]:
    """Return (name, unit, range) of every value, in order."""
    values: list[tuple[Any, ...]] = []
    for field in fields:
        if 'repeat' in field:
            for index in range(field['repeat']):
                values += _values(field['fields'], f'{suffix}_{index}')
        else:
            values += [(f'{name}{suffix}', field['unit'], list(field['range']))
                       for name in field['names']]
    return values
