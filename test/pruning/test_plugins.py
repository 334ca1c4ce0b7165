# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Methods of other packages: found by entry point, and refused in a line where they are broken."""

from collections.abc import Callable, Iterator
from pathlib import Path
import sys

import pytest

from drl_prune_ros.pruning.registry import BUILT_IN, GROUP, methods

METHOD = """
from drl_prune_ros.pruning.method import Method

class Other(Method):
    name = {name!r}

    def settings(self, task, dense, from_teacher, overrides):
        raise NotImplementedError

    def run(self, context):
        raise NotImplementedError
"""
NAMES = [method.name for method in BUILT_IN]


@pytest.fixture
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Return a function that installs a package with one entry point of our group."""
    monkeypatch.syspath_prepend(tmp_path)
    methods.cache_clear()

    def install(package: str, source: str, attribute: str = 'Other') -> None:
        monkeypatch.delitem(sys.modules, package, raising=False)   # of the test before
        (tmp_path / f'{package}.py').write_text(source)
        info = tmp_path / f'{package}-1.0.dist-info'
        info.mkdir()
        (info / 'METADATA').write_text(f'Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n')
        (info / 'entry_points.txt').write_text(f'[{GROUP}]\nother = {package}:{attribute}\n')
    yield install
    methods.cache_clear()


def test_a_method_of_another_package_joins(register: Callable[..., None]) -> None:
    register('one_package', METHOD.format(name='one'))
    assert list(methods()) == [*NAMES, 'one']


@pytest.mark.parametrize(('source', 'attribute', 'reason'), [
    ('import no_such_library', 'Other', "ModuleNotFoundError: No module named 'no_such_library'"),
    ('raise ValueError("two\\nlines")', 'Other', 'ValueError: two lines'),
    ('Other = 3', 'Other', '3 is no subclass of drl_prune_ros.pruning.method.Method'),
    ('', 'Other', "AttributeError: module 'bad_package' has no attribute 'Other'"),
    (METHOD.replace('def run(', 'def runs(').format(name='two'), 'Other', 'abstract'),
    (METHOD.format(name='dsp'), 'Other', 'there is a method called dsp already')])
def test_a_broken_one_is_told_in_a_line_and_hides_no_other(
        source: str, attribute: str, reason: str, register: Callable[..., None],
        caplog: pytest.LogCaptureFixture) -> None:
    register('bad_package', source, attribute)
    register('good_package', METHOD.format(name='good'))
    assert list(methods()) == [*NAMES, 'good']
    assert methods()['dsp'] is BUILT_IN[0]
    [line] = caplog.messages
    assert line.startswith('drl-prune: method other of bad_package is left out: ')
    assert reason in line and '\n' not in line
