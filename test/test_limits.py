# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""docs/limits.md says what the code bounds."""

from importlib import import_module
from pathlib import Path
import re

import pytest

PAGE = (Path(__file__).parents[1] / 'docs/limits.md').read_text()
ROWS = re.findall(r'^\| [^|]+ \| ([^|]+) \| `([\w.]+)` \|$', PAGE, flags=re.MULTILINE)
UNITS = {'': 1, 'KiB': 2**10, 'MiB': 2**20}


def number(text: str) -> float:
    value, _, unit = text.strip().partition(' ')
    return float(value.replace(',', '')) * UNITS[unit]


@pytest.mark.parametrize(('shown', 'name'), ROWS, ids=[name for _, name in ROWS])
def test_a_limit_is_as_documented(shown: str, name: str) -> None:
    module, _, constant = name.rpartition('.')
    found = getattr(import_module(f'drl_prune_ros.{module}'), constant)
    if isinstance(found, tuple):
        assert tuple(map(number, shown.split(' to '))) == found
    else:
        assert number(shown) == found


def test_every_bound_of_a_policy_file_is_documented() -> None:
    bounds = vars(import_module('drl_prune_ros.policy.bounds'))
    named = {name for _, name in ROWS} | {'policy.bounds.LARGEST_OBSERVATION'}
    assert {f'policy.bounds.{name}' for name in bounds if name.isupper()} <= named
