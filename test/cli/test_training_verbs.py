# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Train, prune and export from the command line, small."""

import json
from pathlib import Path

import pytest

from drl_prune_ros.cli.main import main
from drl_prune_ros.training import train as training


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(training, 'GUARD_EPISODES', 8)
    monkeypatch.setattr(training, 'GUARDS_A_RUN', 2)


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Run a verb that must fail; returns its one line."""
    capsys.readouterr()
    assert main(arguments) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    return lines[0]


def test_train_export_and_inspect(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train = ['train', 'CartPole-v1', '--seed', '3', '--steps', '4096', '--final-episodes', '20',
             '--threads', '1']
    assert main(train) == 0
    run = tmp_path / 'runs' / 'CartPole-v1-dense-3'
    result = json.loads((run / 'result.json').read_text())
    assert result['weights'] == result['weights_dense'] == 4 * 256 + 256 * 256 + 256 * 2
    assert result['figures']['envpool']['episodes'] == 20
    before = (run / 'policy.onnx').read_bytes()

    assert '--resume' in refused(train, capsys)
    assert 'seed 3, not 4' in refused(
        ['train', 'CartPole-v1', '--seed', '4', '--steps', '4096', '--run', str(run),
         '--resume'], capsys)
    assert "task 'CartPole-v1'" in refused(
        ['train', 'highway-fast-v0', '--seed', '3', '--run', str(run), '--resume'], capsys)
    assert (run / 'policy.onnx').read_bytes() == before

    assert "task 'CartPole-v1', not 'highway-fast-v0'" in refused(
        ['prune', 'highway-fast-v0', '--teacher', str(run)], capsys)
    on = tmp_path / 'runs' / 'on'
    assert main([*train, '--teacher', str(run), '--run', str(on), '--steps', '2048']) == 0
    steps = json.loads((on / 'result.json').read_text())['cost']['environment_steps']
    assert steps == 4096 + 2048, 'the steps of the teacher count too'
    assert 'is a run with teacher.' in refused(
        ['train', 'CartPole-v1', '--seed', '3', '--steps', '2048', '--run', str(on), '--resume',
         '--teacher', str(on)], capsys)

    out = tmp_path / 'out.onnx'
    assert main(['export', str(run), '--output', str(out)]) == 0
    assert 'exists and is kept' in refused(
        ['export', str(run), '--output', str(out)], capsys)
    kept = tmp_path / 'kept.json'
    kept.write_text('mine')
    assert 'exists and is kept' in refused(
        ['export', str(run), '--output', 'other.onnx', '--result', str(kept)], capsys)
    assert kept.read_text() == 'mine' and not (tmp_path / 'other.onnx').exists()
    (run / 'best').rename(run / 'was_best')
    for model in run.glob('checkpoints/*/model.zip'):
        model.write_bytes(model.read_bytes()[:3000])
    assert 'is damaged: remove it' in refused(
        ['export', str(run), '--output', 'other.onnx'], capsys)
    assert main(['inspect', str(out), '--json']) == 0
    assert json.loads(capsys.readouterr().out)['weights_left'] == 1.0


@pytest.mark.parametrize(('arguments', 'message'), [
    (['train', 'no-such-task'], 'unknown task'),
    (['train', 'CartPole-v1', '--seed', '5000'], 'outside 1 to 1999'),
    (['prune', 'highway-fast-v0', '--target-weights', '3'], 'below one unit a layer'),
    (['export', 'nowhere', '--output', 'a.onnx'], 'is not a run folder'),
    (['train', 'CartPole-v1', '--final-episodes', '0'], '--final-episodes must be at least 1'),
    (['train', 'CartPole-v1', '--run', '/dev/null/run'], 'cannot use /dev/null/run'),
    (['reference', 'CartPole-v1', '--dense', 'a.onnx', '--episodes', '-1'], 'must be at least 1'),
    (['report', '--results', 'nowhere'], 'no result file'),
])
def test_bad_input_is_one_line_and_leaves_nothing(
        arguments: list[str], message: str, tmp_path: Path,
        capsys: pytest.CaptureFixture[str]) -> None:
    assert message in refused(arguments, capsys)
    assert not list(tmp_path.rglob('policy.onnx'))
