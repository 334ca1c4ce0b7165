# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""drl-prune compare-engines."""

import json
from pathlib import Path

import pytest

from drl_prune_ros.cli.main import main
from drl_prune_ros.resources import models_dir


def compare(*arguments: str) -> int:
    return main(['compare-engines', *arguments])


def test_a_policy_and_an_action_are_played_and_recorded(
        tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    policy = next(models_dir().glob('CartPole-v1-*.onnx'))
    arguments = ['CartPole-v1', '--actions', 'PUSH_LEFT', '--policy', str(policy),
                 '--episodes', '5', '--results', str(tmp_path)]
    assert compare(*arguments, '--json') == 0
    record = json.loads(capsys.readouterr().out)
    assert [each['policy'] for each in record['policies']] == ['PUSH_LEFT', policy.name]
    path = tmp_path / 'CartPole-v1' / 'engines.json'
    assert json.loads(path.read_text()) == record

    assert compare(*arguments) == 2
    assert 'exists and is kept: give --overwrite' in capsys.readouterr().err
    assert compare(*arguments, '--overwrite') == 0
    out = capsys.readouterr().out
    assert 'PUSH_LEFT: agree' in out
    assert out.endswith(f'CartPole-v1: the engines agree\n{path}\n')


def test_a_driving_task_is_held_against_highway_env(
        tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    policy = models_dir() / 'merge-v0-dsp.onnx'
    arguments = ['merge-v0', '--seeds', '3', '--seed', '7', '--policy', str(policy)]
    assert compare(*arguments, '--json', '--results', str(tmp_path)) == 0
    record = json.loads(capsys.readouterr().out)
    assert record['episodes'] == 6
    assert record['decisions'] > 30
    assert record['differing'] == 0
    assert record['speed_ratio'] > 50
    path = tmp_path / 'merge-v0' / 'engines.json'
    assert json.loads(path.read_text()) == record
    assert compare(*arguments, '--results', str(tmp_path)) == 2
    assert 'exists and is kept: give --overwrite' in capsys.readouterr().err


def test_an_id_outside_the_catalogue_is_compared_as_it_is(
        capsys: pytest.CaptureFixture) -> None:
    assert compare('two-way-v0', '--seeds', '1') in (0, 2)
    out = capsys.readouterr()
    assert 'two-way-v0: 2 episodes' in out.out or 'TimeToCollision' in out.err


@pytest.mark.parametrize(('arguments', 'message'), [
    (['CartPole-v1', '--actions', 'JUMP'], "no action 'JUMP': choose from PUSH_LEFT, PUSH_RIGHT"),
    (['CartPole-v1', '--episodes', '1'], '--episodes must be at least 2'),
    (['Hopper-v3'], 'Gymnasium has no Hopper-v3'),
    (['CartPole-v1', '--seeds', '3'], '--seeds is for driving tasks'),
    (['highway-fast-v0', '--episodes', '3'], '--episodes is for tasks of EnvPool'),
    (['highway-fast-v0', '--seeds', '0'], '--seeds must be at least 1'),
    (['parking-v0'], 'the compiled highway has no ParkingEnv'),
    (['merge-v0', '--policy', str(models_dir() / 'highway-v0-dsp.onnx')],
     'does not see and act as merge-v0 asks for'),
    (['no-such-task'], 'unknown task'),
])
def test_wrong_use_is_told_in_one_line(
        arguments: list[str], message: str, tmp_path: Path,
        capsys: pytest.CaptureFixture) -> None:
    assert compare(*arguments, '--results', str(tmp_path)) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count('\n') == 1
    assert not list(tmp_path.iterdir())
