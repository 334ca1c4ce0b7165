# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""`drl-prune export --format c`; the export of runs is tested with training."""

import json
from pathlib import Path
import shutil
import subprocess
import sys

import pytest

from drl_prune_ros.cli.main import main
from drl_prune_ros.policy.policy_file import read_policy

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / 'models/highway-fast-v0-dsp.onnx'


def test_a_policy_file_becomes_a_source_and_its_header(
        tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    out = tmp_path / 'drive.c'
    assert main(['export', str(MODEL), '--format', 'c', '--output', str(out), '--json']) == 0
    assert json.loads(capsys.readouterr().out) == {
        'source': str(out), 'header': str(tmp_path / 'drive.h'),
        'sha256': read_policy(MODEL).sha256}
    assert 'int drive_act(' in out.read_text()
    assert 'policy file  highway-fast-v0-dsp.onnx' in (tmp_path / 'drive.h').read_text()


def test_a_run_gives_the_policy_file_that_it_ended_with(
        tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    run = tmp_path / 'run'
    run.mkdir()
    arguments = ['export', str(run), '--format', 'c', '--output', str(tmp_path / 'a.c')]
    assert main(arguments) == 2
    assert 'has no policy.onnx yet' in capsys.readouterr().err
    shutil.copy(MODEL, run / 'policy.onnx')
    assert main(arguments) == 0
    assert read_policy(MODEL).sha256 in (tmp_path / 'a.h').read_text()


@pytest.mark.parametrize(('arguments', 'message'), [
    ([str(MODEL)], 'is a file: give a run folder, or --format c'),
    ([str(MODEL), '--format', 'c', '--result', 'r.json'], '--result goes with a policy file'),
    ([str(MODEL), '--format', 'c'], 'let it end in .c'),
    (['nowhere.onnx', '--format', 'c'], 'does not exist'),
])
def test_what_cannot_be_meant_is_one_line(
        arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture,
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(['export', *arguments, '--output', 'out.onnx']) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and message in lines[0]
    assert not list(tmp_path.iterdir())


def test_it_needs_no_training_library(tmp_path: Path) -> None:
    """A vehicle computer, which has none, may write the source for its firmware."""
    out = tmp_path / 'a.c'
    program = (
        'import sys; from drl_prune_ros.cli.main import main; '
        f'main(["export", {str(MODEL)!r}, "--format", "c", "--output", {str(out)!r}]); '
        'print(*sys.modules)')
    done = subprocess.run([sys.executable, '-c', program], cwd=ROOT, check=True, timeout=60,
                          stdout=subprocess.PIPE, text=True)
    assert not set(done.stdout.split()) & {'torch', 'onnx', 'gymnasium', 'stable_baselines3'}
    assert out.is_file()
