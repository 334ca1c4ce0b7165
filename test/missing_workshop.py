# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Where the workshop is not installed, tests that need it are skipped, and those of a vehicle run.

One rule: a test, its file or its conftest that imports a package of the extra [train] that is not
installed is skipped. What the vehicle side must not import is held by test_imports.py, which needs
no workshop. Where all of it is installed, nothing here does anything.
"""

from __future__ import annotations

from collections.abc import Generator
import importlib.util

import pytest

WORKSHOP = (
    'envpool', 'gymnasium', 'highway_env', 'imageio_ffmpeg', 'matplotlib', 'onnx', 'onnxruntime',
    'pandas', 'rich', 'scipy', 'stable_baselines3', 'tensorboard', 'torch', 'tqdm')
REASON = 'needs the workshop, which is not installed'


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


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Skip a file, or a folder by its conftest."""
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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line what was left out."""
    reasons = [report.longrepr[2] for report in terminalreporter.stats.get('skipped', ())]
    names = sorted({reason.rpartition(' ')[2] for reason in reasons if REASON in reason})
    if names:
        terminalreporter.write_line(
            f'{sum(REASON in reason for reason in reasons)} tests or files of tests were skipped: '
            f'the workshop is not installed here (no {", ".join(names)})')
