# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The command imports only the chosen verb, and tells what went wrong in one line."""

import ast
import os
from pathlib import Path
import subprocess
import sys
from types import ModuleType
from typing import Any

import pytest

from drl_prune_ros import __version__
from drl_prune_ros.cli import main as command
from drl_prune_ros.errors import DrlPruneError


def verb_that(behavior: Any) -> ModuleType:
    """Return a verb's module whose `main` does as told."""
    module = ModuleType('drl_prune_ros.cli.inspect')
    module.add_arguments = lambda parser: parser.add_argument('policy')  # type: ignore[attr-defined]
    module.main = behavior  # type: ignore[attr-defined]
    return module


@pytest.fixture
def run_verb(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a function that runs the command with a verb that does as told."""

    def run(behavior: Any) -> int:
        monkeypatch.setitem(sys.modules, 'drl_prune_ros.cli.inspect', verb_that(behavior))
        return command.main(['inspect', 'policy.onnx'])

    return run


def raising(error: BaseException) -> Any:
    def behavior(args: Any) -> int:
        raise error

    return behavior


def test_help_lists_the_verbs_in_order(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(['--help'])
    assert ended.value.code == 0
    out = capsys.readouterr().out
    places = [out.index(f'\n  {name} ') for name in command.VERBS]
    assert places == sorted(places)
    assert all(verb.help in out for verb in command.VERBS.values())


def test_version(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit):
        command.main(['--version'])
    assert capsys.readouterr().out.strip() == __version__


@pytest.mark.parametrize('arguments', [[], ['bench'], ['inspect'], ['inspect', 'a', '--color']])
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    assert ended.value.code == 2
    assert 'usage: drl-prune' in capsys.readouterr().err


def test_every_verb_has_what_the_command_calls() -> None:
    """Read rather than imported, for that takes seconds and all the workshop's packages."""
    for path in Path(command.__file__).parent.glob('*.py'):
        if path.stem.replace('_', '-') in command.VERBS:
            tree = ast.parse(path.read_text())
            functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
            assert functions >= {'add_arguments', 'main'}, path


def test_the_verbs_status_is_the_commands(run_verb: Any) -> None:
    seen = []
    assert run_verb(lambda args: seen.append(args.policy) or 3) == 3
    assert seen == ['policy.onnx']


def test_what_the_user_can_fix(run_verb: Any, capsys: pytest.CaptureFixture) -> None:
    assert run_verb(raising(DrlPruneError('no such policy: check it'))) == 2
    captured = capsys.readouterr()
    assert captured.err == 'drl-prune: error: no such policy: check it\n'
    assert captured.out == ''


def test_interrupted(run_verb: Any) -> None:
    assert run_verb(raising(KeyboardInterrupt())) == 130


def test_a_package_that_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    for verb, package, extras in [
        ('train', 'torch', 'train'),
        ('drive', 'rclpy', 'train,ros'),
        ('inspect', 'onnxruntime', 'onnx'),
    ]:
        missing = raising(ModuleNotFoundError('No module', name=package))
        monkeypatch.setitem(sys.modules, f'drl_prune_ros.cli.{verb}', verb_that(missing))
        assert command.main([verb, 'x']) == 2
        told = f"{verb} needs {package}: pip install 'drl_prune_ros[{extras}]'"
        assert told in capsys.readouterr().err


def test_a_mistake_of_ours_is_not_hidden(run_verb: Any) -> None:
    with pytest.raises(ModuleNotFoundError):
        run_verb(raising(ModuleNotFoundError('No module', name='drl_prune_ros.gone')))
    with pytest.raises(ZeroDivisionError):
        run_verb(raising(ZeroDivisionError()))


def drl_prune(*arguments: str, **options: Any) -> subprocess.CompletedProcess:
    """Run the real command in its own process."""
    return subprocess.run(
        [sys.executable, '-m', 'drl_prune_ros.cli.main', *arguments],
        text=True, timeout=60, stderr=subprocess.PIPE, **options,
    )


def test_a_reader_that_went_away() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = drl_prune('--help', stdout=writing)
    finally:
        os.close(writing)
    assert done.stderr == ''
    assert done.returncode in (0, 141)


IMPORTED = """
import sys
from drl_prune_ros.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print('MODULES', *sys.modules)
"""


@pytest.mark.parametrize('arguments', [['--help'], ['inspect', '--help'], ['inspect', 'no.onnx']])
def test_only_the_chosen_verb_is_imported(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, '-c', IMPORTED, *arguments],
        capture_output=True, text=True, timeout=60, check=True,
    )
    modules = set(done.stdout.rpartition('MODULES')[2].split())
    verbs = {name for name in command.VERBS if f'drl_prune_ros.cli.{name}' in modules}
    assert verbs == {name for name in arguments if name in command.VERBS}
    heavy = {'torch', 'gymnasium', 'stable_baselines3', 'highway_env', 'rclpy', 'onnx', 'yaml'}
    assert not modules & heavy
