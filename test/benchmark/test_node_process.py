# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import pytest

from drl_prune_ros.benchmark.node_process import DISCOVERY_VARIABLES, node_group


@pytest.mark.reaction(
    'words and ends', 'ROS_DISCOVERY_SERVER in the shell of `drive` or `bench`',
    'one line says that it is not used; the nodes find each other')
@pytest.mark.parametrize('name', DISCOVERY_VARIABLES)
def test_what_leads_nodes_elsewhere_is_named_and_kept_from_them(
        name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(name, '127.0.0.1:11811')
    monkeypatch.setenv('ROS_DISTRO', 'jazzy')
    with node_group('drl_prune_test_') as (_, folder, environment):
        assert name not in environment
        assert environment['ROS_DISTRO'] == 'jazzy'
        assert environment['ROS_LOG_DIR'] == str(folder)
    said = capsys.readouterr().err
    assert said.startswith(f'{name} is not used: ')
    assert said.count('\n') == 1


def test_a_shell_without_them_hears_nothing(
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in DISCOVERY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    with node_group('drl_prune_test_'):
        pass
    assert capsys.readouterr().err == ''
