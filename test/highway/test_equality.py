# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The compiled highway gives the episodes that highway-env gives, to the bit."""

import json
import os
from pathlib import Path
import subprocess
import sys

import pytest

PLAIN = {'OPENBLAS_CORETYPE': 'Nehalem',
         'NPY_DISABLE_CPU_FEATURES': 'X86_V4 AVX512_ICL AVX512_SPR'}
DENSE = {'lanes_count': 5, 'vehicles_count': 30, 'vehicles_density': 1.5}


def play(*arguments: object) -> list[int]:
    script = Path(__file__).with_name('equality.py')
    done = subprocess.run(
        [sys.executable, str(script), *map(str, arguments)], env={**os.environ, **PLAIN},
        capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(('name', 'seeds', 'steps', 'config'), [
    ('highway-fast-v0', 3, 40, None),
    ('highway-fast-v0', 2, 12, DENSE),
    ('highway-v0', 1, 3, None),
    ('merge-v0', 3, 40, None),
    ('merge-v1', 3, 40, None),
    ('roundabout-v0', 2, 20, None),
    ('roundabout-v1', 4, 20, None),
    ('intersection-v0', 2, 20, None),
    ('intersection-v2', 3, 20, {'destination': None}),
    ('intersection-v1', 4, 12, {'action': {'type': 'ContinuousAction'}}),   # not dynamical
    ('racetrack-v1', 3, 40, {'other_vehicles': 4}),
])
def test_every_number_is_that_of_highway_env(
        name: str, seeds: int, steps: int, config: dict | None) -> None:
    played, decisions, differing = play(
        name, seeds, 2, steps, *([json.dumps(config)] if config else []))
    assert played == 2 * seeds
    assert decisions >= played
    assert differing == 0
