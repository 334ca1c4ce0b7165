# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Recorded episodes of highway-env are played again, number for number; see recorded.py."""

import json
import os
from pathlib import Path
import subprocess
import sys

import numpy as np

from drl_prune_ros.highway.equality import PLAIN

HERE = Path(__file__).parent
CASES = json.loads((HERE / 'cases.json').read_text())
SEEDS = 4   # of each case; `recorded.py replay` plays all


def test_the_first_recorded_episodes_of_each_case_are_equal() -> None:
    done = subprocess.run(
        [sys.executable, 'recorded.py', f'replay-{SEEDS}'], cwd=HERE, env={**os.environ, **PLAIN},
        capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    found = {name: numbers for name, *numbers in map(str.split, done.stdout.splitlines())}
    assert set(found) == set(CASES)
    for played, decisions, differing in found.values():
        assert int(played) == 2 * SEEDS
        assert int(decisions) > int(played)
        assert int(differing) == 0


def test_what_is_kept_is_light_and_whole() -> None:
    files = list((HERE / 'recorded').glob('*.npz'))
    assert {file.stem for file in files} == set(CASES)
    assert sum(file.stat().st_size for file in files) < 1_000_000
    for file in files:
        kept = np.load(file)
        assert len(kept['lengths']) == len(kept['digests']) == 2 * len(kept['seeds'])
        assert kept['lengths'].sum() == len(kept['actions'])
        assert np.array_equal(kept['seeds'], np.arange(len(kept['seeds'])))
