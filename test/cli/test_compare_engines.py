# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""drl-prune compare-engines."""

import json
from pathlib import Path

import numpy as np
import pytest

from drl_prune_ros.cli.main import main
from drl_prune_ros.policy.manifest import Manifest
from drl_prune_ros.policy.network import MlpNetwork
from drl_prune_ros.policy.policy_file import write_policy
from drl_prune_ros.resources import models_dir
from drl_prune_ros.tasks.catalogue import load_task


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


def test_engines_that_disagree_are_told_by_the_status(
        tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert 'envpool' not in load_task('roundabout-v0').engines
    assert compare('roundabout-v0', '--actions', 'FASTER', '--episodes', '2',
                   '--results', str(tmp_path)) == 1
    out = capsys.readouterr().out
    assert 'envpool: two seeds start THE SAME' in out
    assert 'roundabout-v0: the engines disagree' in out


def test_a_policy_that_sees_what_envpool_does_not_show_is_refused(
        tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    task = load_task('intersection-v0')
    assert task.config
    size, outputs = task.observation.size, task.outputs
    policy = tmp_path / 'policy.onnx'
    write_policy(
        policy, MlpNetwork(((np.ones((outputs, size)), np.zeros(outputs)),), 'relu', 'argmax'),
        Manifest(task.id, task.observation, task.action, (size, outputs), task.dense_widths))
    assert compare(task.id, '--policy', str(policy), '--results', str(tmp_path)) == 2
    assert 'configures it, which EnvPool cannot: compare constant' in capsys.readouterr().err


@pytest.mark.parametrize(('arguments', 'message'), [
    (['CartPole-v1', '--actions', 'JUMP'], "no action 'JUMP': choose from PUSH_LEFT, PUSH_RIGHT"),
    (['CartPole-v1', '--episodes', '1'], '--episodes must be at least 2'),
    (['Hopper-v3'], 'Gymnasium has no Hopper-v3'),
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
