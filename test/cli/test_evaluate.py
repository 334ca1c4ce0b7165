# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The evaluate verb keeps its contract with scripts."""

import json
from pathlib import Path

import gymnasium  # noqa: F401 - the verb needs it
import pytest

from drl_prune_ros.cli.main import main
from drl_prune_ros.resources import models_dir

POLICY = models_dir() / 'highway-fast-v0-dsp.onnx'
KEYS = {'task', 'returns', 'seeds', 'return_mean', 'return_ci95', 'skill', 'crash_rate',
        'speed_mean', 'length_mean', 'episodes', 'engine'}


@pytest.mark.parametrize(('engine', 'episodes'), [('compiled', 40), ('gymnasium', 3)])
def test_json_has_what_scripts_rely_on(
        engine: str, episodes: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['evaluate', str(POLICY), '--episodes', str(episodes), '--seed', '70',
                 '--engine', engine, '--json']) == 0
    report = json.loads(capsys.readouterr().out)
    assert KEYS <= set(report)
    assert report['task'] == 'highway-fast-v0'
    assert report['engine'] == engine
    assert report['episodes'] == len(report['returns']) == episodes
    assert report['seeds'] == list(range(70, 70 + episodes))
    assert report['return_mean'] == pytest.approx(sum(report['returns']) / episodes)
    low, high = report['return_ci95']
    assert low <= report['return_mean'] <= high
    assert 0 <= report['crash_rate'] <= 1
    assert 15 < report['speed_mean'] < 31
    assert 1 <= report['length_mean'] <= 30


def test_table_shows_skill_and_crashes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['evaluate', str(POLICY), '--episodes', '20']) == 0
    text = capsys.readouterr().out
    assert all(word in text for word in ('return', 'skill', 'crash rate', 'speed', 'm/s'))


@pytest.mark.parametrize(('arguments', 'message'), [
    (['no-such-file.onnx'], 'does not exist'),
    ([str(POLICY), '--episodes', '0'], 'at least 1'),
    ([str(POLICY), '--paired-with', str(POLICY)], '--paired-with goes with --into'),
    ([str(POLICY), '--beside', str(POLICY)], '--paired-with goes with --into'),
])
def test_bad_input_is_one_line(
        arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['evaluate', *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.strip().splitlines()) == 1


def test_a_truncated_policy_is_refused(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / 'cut.onnx'
    path.write_bytes(POLICY.read_bytes()[:500])
    assert main(['evaluate', str(path)]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_with_the_limits_and_the_delay_of_a_vehicle(highway_policy, capsys):
    command = ['evaluate', str(highway_policy), '--episodes', '1', '--vehicle', 'passenger_car']
    assert main([*command, '--delay', '0.2', '--json']) == 0
    figures = json.loads(capsys.readouterr().out)
    assert (figures['vehicle'], figures['delay_s']) == ('passenger_car', 0.2)
    assert figures['episodes'] == 1
    assert 0.0 <= figures['guard_share'] <= 1.0 and figures['interventions'] >= 0
    for wrong in (['--delay', '-1'], ['--engine', 'compiled']):
        assert main([*command, *wrong]) == 2
    assert '--vehicle' in capsys.readouterr().err
