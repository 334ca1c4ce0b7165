# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Silence makes the policy node stop, and how long that takes is timed."""

import dataclasses
import time
from types import SimpleNamespace

import pytest

from drl_prune_ros.benchmark.nodes.silence_node import SilenceNode
from drl_prune_ros.benchmark.stop_latency import measure_stops, stops_line, StopSettings
from drl_prune_ros.cli import bench
from drl_prune_ros.cli.main import main
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.resources import models_dir

POLICY = models_dir() / 'highway-fast-v0-dsp.onnx'


@pytest.mark.parametrize('busy', [False, True])
def test_every_silence_ends_in_a_stop(busy: bool) -> None:
    told: list[tuple[int, int]] = []
    found = measure_stops(
        read_policy(POLICY), StopSettings(3, 20.0, 'single_threaded', busy),
        lambda *done: told.append(done))
    assert found['trials'] == 3 and found['busy'] == busy
    # A stop is due a time-out after the last answer, which a control period may lie behind the
    # last input; how much later it comes is for the command to tell.
    assert found['timeout_ms'] - 200.0 <= found['min_ms'] <= found['p50_ms'] <= found['max_ms']
    assert told[-1][1] == 3
    assert ('every core busy' if busy else 'idle') in stops_line(found)


def test_a_policy_that_may_stand_is_refused() -> None:
    policy = read_policy(POLICY)
    action = dataclasses.replace(
        policy.manifest.action, options={'target_speeds': [0.0, 5.0, 10.0]})
    slow = dataclasses.replace(
        policy, manifest=dataclasses.replace(policy.manifest, action=action))
    with pytest.raises(DrlPruneError, match='never stands'):
        measure_stops(slow, StopSettings(1, 20.0, 'single_threaded'), lambda *_: None)


@pytest.mark.parametrize(('arguments', 'message'), [
    (['--stops', '0'], '--stops must be 1 to 10,000'),
    (['--stops', '10001'], '--stops must be 1 to 10,000'),
    (['--stops', '5', '--rate', '2'], '--rate of at least 4'),
    (['--busy'], '--busy is for --stops')])
def test_bad_wishes_are_one_line(
        arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['bench', str(POLICY), *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_policy_without_speeds_is_refused_before_anything_is_measured(
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(bench, 'measure_runtimes', lambda *_: pytest.fail('measured'))
    assert main(['bench', str(models_dir() / 'CartPole-v1-dsp.onnx'), '--stops', '5']) == 2
    assert 'never stands' in capsys.readouterr().err


def test_a_command_that_comes_late_is_waited_for_at_the_same_rate() -> None:
    """The busier the computer is, the later the first command of a trial comes."""
    came_s = time.monotonic() + 0.4
    published: list[float] = []
    speeds: list[float] = []

    def spin_once(seconds: float) -> None:
        time.sleep(seconds)
        if time.monotonic() >= came_s:
            speeds.append(20.0)

    node = SimpleNamespace(
        _values={'rate': 20.0}, _speeds=speeds, _slower_ns=None, _ego=lambda: None,
        _client=SimpleNamespace(publish=lambda *_: published.append(time.monotonic())))
    SilenceNode._drive(node, 0.1, spin_once)   # type: ignore[arg-type]
    assert speeds and len(published) <= 0.4 * 20 + 2
