# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The tests where the workshop is not installed, as `colcon test` runs them on a vehicle."""

import os
from pathlib import Path
import re
import subprocess
import sys

from missing_workshop import missing_of, WORKSHOP
import pytest

ROOT = Path(__file__).resolve().parents[1]
HIDE = f"""
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] in {WORKSHOP}:
            raise ModuleNotFoundError(f'No module named {{name!r}}', name=name)

sys.meta_path.insert(0, Hidden())
"""


def run(tmp_path: Path, *words: str) -> tuple[int, str]:
    """Run pytest where no package of the workshop can be imported."""
    (tmp_path / 'sitecustomize.py').write_text(HIDE)
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get('PYTHONPATH')]))
    done = subprocess.run(
        [sys.executable, '-m', 'pytest', *words], cwd=ROOT, timeout=100, text=True,
        env=os.environ | {'PYTHONPATH': path}, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def test_every_file_is_collected_or_skipped(tmp_path: Path) -> None:
    status, said = run(tmp_path, '--collect-only')
    assert status == 0, said
    assert re.search(r'^skipped \d\d+ tests, .*no .*stable_baselines3', said, re.M)
    for folder in ('control', 'launch', 'monitoring', 'nodes', 'perception', 'policy'):
        assert f'test/{folder}/' in said


def test_the_tests_of_a_vehicle_run(tmp_path: Path) -> None:
    """Two that do without, one of them with a policy, and one that compares with highway-env."""
    status, said = run(
        tmp_path, 'test/perception/test_scene.py', 'test/control/test_control_loop.py',
        'test/control/test_controller.py')
    assert status == 0, said
    passed, skipped = re.search(r'(\d+) passed, (\d+) skipped', said).groups()
    assert int(passed) >= 100 and int(skipped) == 1
    assert re.search(r'^skipped \d tests, .* \(no gymnasium', said, re.M)


def test_only_a_missing_package_of_the_workshop_is_a_reason_to_skip(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('missing_workshop._installed', lambda name: name == 'torch')
    assert missing_of(ModuleNotFoundError('no', name='numpy')) is None
    assert missing_of(ModuleNotFoundError('no', name='drl_prune_ros.nowhere')) is None
    assert missing_of(ModuleNotFoundError('no', name='torch.nowhere')) is None   # torch is there
    assert missing_of(ModuleNotFoundError('no', name='onnx.helper')) == 'onnx'
    assert missing_of(ImportError('no', name='torch')) is None
    assert missing_of(AssertionError()) is None


def test_a_package_that_is_missing_is_found_below_other_errors(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('missing_workshop._installed', lambda name: False)
    error = RuntimeError()
    error.__cause__ = ModuleNotFoundError('no', name='stable_baselines3.common')
    assert missing_of(error) == 'stable_baselines3'
