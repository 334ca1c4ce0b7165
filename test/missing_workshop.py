# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Where the workshop is not installed, tests that need it are skipped, and those of a vehicle run.

One rule: a test, its file or the conftest of its folder that imports a package of the extra
[train] that is not installed is skipped. What the vehicle side must not import is held by
test_imports.py, which needs no workshop. Where all of it is installed, nothing here does anything.
"""

from __future__ import annotations

import ast
from collections.abc import Generator
import importlib.util
from pathlib import Path

import pytest

# Those of the extra, and those that come with them.
WORKSHOP = (
    'PIL', 'envpool', 'gymnasium', 'highway_env', 'imageio_ffmpeg', 'matplotlib', 'numba', 'onnx',
    'onnxruntime', 'pandas', 'pygame', 'rich', 'scipy', 'stable_baselines3', 'tensorboard',
    'torch', 'tqdm')
REASON = 'needs the workshop, which is not installed'
FOLDERS = pytest.StashKey[dict[Path, str]]()   # that were left out, and for want of what


def missing() -> list[str]:
    """Return the packages of the workshop that are not installed."""
    return [name for name in WORKSHOP if not _installed(name)]


def missing_of(error: BaseException | None) -> str | None:
    """Return the package of the workshop for want of which an import failed; None if for none."""
    while error is not None:
        name = (getattr(error, 'name', None) or '').partition('.')[0]
        if isinstance(error, ModuleNotFoundError) and name in WORKSHOP:
            return None if _installed(name) else name
        error = getattr(error, 'cause', None) or error.__cause__ or error.__context__
    return None


def _installed(name: str) -> bool:
    """Tell a package that is there, and fails to be imported, from one that is not."""
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _skip(report: pytest.CollectReport | pytest.TestReport, call: object, path: str) -> None:
    excinfo = getattr(call, 'excinfo', None)
    name = missing_of(excinfo.value) if report.failed and excinfo is not None else None
    if name is not None:
        report.outcome = 'skipped'
        report.longrepr = (path, 1, f'{REASON}: no {name}')


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Skip a folder, by what its conftest imports: to import that would end the collection."""
    conftest = collection_path / 'conftest.py'
    if not conftest.is_file():
        return None
    tree = ast.parse(conftest.read_text())
    names = {name.partition('.')[0] for node in tree.body for name in (
        [alias.name for alias in node.names] if isinstance(node, ast.Import)
        else [node.module or ''] if isinstance(node, ast.ImportFrom) else [])}
    absent = sorted(names.intersection(missing()))
    if not absent:
        return None
    config.stash.setdefault(FOLDERS, {})[collection_path] = absent[0]
    return True


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(
    file_path: Path, parent: pytest.Collector,
) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Leave a file to pytest that launch_testing imports in vain, to see whether it is its own."""
    try:
        return (yield)
    except Exception as error:
        if missing_of(error) is None:
            raise
        return [pytest.Module.from_parent(parent, path=file_path)]


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Skip a file, by what it imports."""
    report = yield
    _skip(report, getattr(report, 'call', None), str(collector.path))
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Skip a test, by what it or its fixtures import while they run."""
    report = yield
    _skip(report, call, str(item.path))
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config,
) -> None:
    """Say in one line what was left out."""
    folders = config.stash.get(FOLDERS, {})
    names = [reason.rpartition(' ')[2] for report in terminalreporter.stats.get('skipped', ())
             if REASON in (reason := report.longrepr[2])]
    if names or folders:
        terminalreporter.write_line(
            f'skipped {len(names) + len(folders)} tests, files or folders of them: the workshop '
            f'is not installed here (no {", ".join(sorted({*names, *folders.values()}))})')
