# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The compiled highway gives the episodes that highway-env gives, to the bit.

Of each id, or version of one, that has no recorded episodes (test_recorded.py).
"""

from collections.abc import Iterator
import json
import os
from pathlib import Path
import subprocess
import sys

import gymnasium
import highway_env  # noqa: F401  registers its environments
import pytest

from drl_prune_ros.highway.equality import PLAIN
from drl_prune_ros.highway.scenarios import CLASSES

SEEDS, DECISIONS = 1, 12
# Beside their own configuration: what makes episodes longer, or fuller.
CONFIGS = {
    'intersection-v0': {'destination': None},
    'intersection-v1': {'action': {'type': 'ContinuousAction'}},   # not dynamical
    'merge-generic-v1': {'lanes_count': 4, 'vehicles_count': 8},
    'roundabout-generic-v1': {'roundabout_lanes': 3, 'vehicles_count': 12},
    'racetrack-v0': {'other_vehicles': 4},
    'racetrack-oval-v1': {
        'other_vehicles': 4, 'no_lanes': 5, 'length': 150, 'block_lane': True,
        'force_decision': True}}
RECORDED = {case['id'] for case in json.loads(
    Path(__file__).with_name('cases.json').read_text()).values()}
IDS = sorted({
    name for name, spec in gymnasium.registry.items()
    if str(spec.entry_point).startswith('highway_env.')
    and str(spec.entry_point).rpartition(':')[2] in CLASSES} - RECORDED | {'intersection-v1'})


@pytest.fixture(scope='module')
def played() -> Iterator[dict[str, list[int]]]:
    """Play all ids in a process of its own, in plain arithmetic."""
    script = Path(__file__).with_name('beside.py')
    lines = [json.dumps([name, CONFIGS.get(name), CONFIGS.get(name), SEEDS, DECISIONS])
             for name in IDS]
    done = subprocess.run(
        [sys.executable, str(script)], env={**os.environ, **PLAIN}, capture_output=True, text=True,
        input='\n'.join(lines) + '\n', timeout=300)
    assert done.returncode == 0, done.stderr
    yield dict(zip(IDS, map(json.loads, done.stdout.splitlines()), strict=True))


def test_every_kind_of_road_is_played() -> None:
    assert {'exit-v0', 'two-way-v0', 'u-turn-v1', 'merge-v0', 'merge-generic-v0', 'roundabout-v0',
            'roundabout-generic-v0', 'intersection-v0', 'racetrack-v0', 'racetrack-oval-v0',
            'racetrack-large-v1'} <= set(IDS)
    assert len(RECORDED) == 6


@pytest.mark.parametrize('name', IDS)
def test_every_number_is_that_of_highway_env(played: dict[str, list[int]], name: str) -> None:
    episodes, decisions, differing = played[name]
    assert episodes == 2 * SEEDS
    assert decisions >= episodes
    assert differing == 0
