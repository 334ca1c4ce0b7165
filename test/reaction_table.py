# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The tables of reactions in docs/, made from the tests that prove them.

A test that shows what follows on a contradiction, on what is meant to harm, or on what was made
elsewhere carries the mark `reaction(kind, instance, reaction)`: one row. The kind says which page
it is on. A row is written only where every test that carries it passed.

    pytest -m reaction --reactions-into=docs/safety.md
    pytest -m reaction --reactions-into=docs/teachers.md
"""

from __future__ import annotations

from argparse import ArgumentTypeError
from pathlib import Path

import pytest

# In the order of each table: what is wrong with an input first, what ends a node last.
PAGES = {
    'safety.md': (
        'stops', 'roads that turn', 'cars ahead', 'pose against twist', 'inside one message',
        'against the vehicle', 'against the road', 'against the clock', 'identity', 'state',
        'transforms', 'words and ends', 'launch', 'callbacks', 'policy files', 'run folders',
        'unpickling'),
    'teachers.md': (
        'teachers', 'teacher statistics', 'teacher spaces', 'older files', 'teacher figure',
        'large numbers', 'learners', 'environments')}
KINDS = tuple(kind for kinds in PAGES.values() for kind in kinds)
HEADER = ('| kind | what is sent or happens | what follows |', '| --- | --- | --- |')
NAME = 'reactions'   # of the markers in the page
OPTION = '--reactions-into'
Row = tuple[str, str, str]


def rows_of(item: pytest.Item) -> list[Row]:
    """Return the rows that a test proves; raises where a mark is not one of a known kind."""
    rows = []
    for mark in item.iter_markers('reaction'):
        kind, instance, reaction = mark.args
        if kind not in KINDS:
            raise pytest.UsageError(
                f'{item.nodeid}: no kind of reaction is called {kind!r}: choose one of '
                f'{", ".join(KINDS)}')
        rows.append((kind, instance, reaction))
    return rows


def table(rows: set[Row], page: str) -> str:
    """Return the rows whose kinds belong to `page`, a name in docs/, as a table in Markdown."""
    kinds = PAGES[page]
    ordered = sorted((row for row in rows if row[0] in kinds),
                     key=lambda row: (kinds.index(row[0]), row))
    return '\n'.join((*HEADER, *(
        f'| {" | ".join(cell.replace("|", chr(92) + "|") for cell in row)} |'
        for row in ordered)))


def _page(text: str) -> Path:
    page = Path(text)
    if page.name not in PAGES:
        raise ArgumentTypeError(f'{text} has no table: choose one of {", ".join(PAGES)}')
    return page


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that writes the table."""
    parser.addoption(
        OPTION, type=_page,
        help='write the table of the reactions that tests prove into this page')


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have each report carry the rows of its test, also from a worker of pytest-xdist."""
    for item in items:
        item.user_properties.extend(('reaction', row) for row in rows_of(item))


def pytest_configure(config: pytest.Config) -> None:
    """Watch the outcomes where a table is to be written; workers only send theirs."""
    if config.getoption(OPTION) and not hasattr(config, 'workerinput'):
        config.pluginmanager.register(Writer(config.getoption(OPTION)))


class Writer:
    """Collects outcomes, and writes the table of the rows that passed into a page."""

    def __init__(self, page: Path) -> None:
        self._page = page
        self._passed: set[Row] = set()
        self._failed: set[Row] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the outcome of one phase of a test."""
        rows = {tuple(row) for name, row in report.user_properties if name == 'reaction'}
        if report.failed or report.skipped:
            self._failed |= rows
        elif report.when == 'call':
            self._passed |= rows

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the table, and name the rows that no test proved."""
        from drl_prune_ros.reporting.report import with_table

        kinds = PAGES[self._page.name]
        rows = {row for row in self._passed - self._failed if row[0] in kinds}
        text = self._page.read_text()
        self._page.write_text(with_table(text, table(rows, self._page.name), NAME))
        terminalreporter.write_line(f'{len(rows)} reactions written into {self._page}')
        for row in sorted(row for row in self._failed if row[0] in kinds):
            terminalreporter.write_line(f'not proven, and left out: {" | ".join(row)}')
