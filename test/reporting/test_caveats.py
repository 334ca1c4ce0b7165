# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A row that no command makes again is marked in the tables, and the reason stands below."""

from pathlib import Path

from drl_prune_ros.reporting.caveats import caveats, footnotes, method_of
from drl_prune_ros.reporting.headlines import headline_table
from drl_prune_ros.reporting.recipe import load_recipe, recipe_names
from drl_prune_ros.reporting.report import read_results, report_table

ROOT = Path(__file__).resolve().parents[2]


def test_what_the_recipes_mark_is_marked_in_the_tables() -> None:
    marked = {result for task in recipe_names() for row in load_recipe(task).rows.values()
              for result in row.results if row.commit or row.not_reproducible}
    assert {path.relative_to(ROOT).as_posix() for path in caveats()} == marked
    told = [(each['task'], each['method']) for each in read_results(ROOT / 'results')
            if 'caveat' in each]
    assert ('intersection-v0', 'dense') in told and ('Hopper-v3', 'dense') not in told
    table = report_table(ROOT / 'results')
    assert table.count('† |') + table.count('†  ') >= len(told)
    assert '* † intersection-v0, dense, seed 1000, cannot be made again by this' in table


def test_rows_of_one_reason_share_a_line() -> None:
    row = {'task': 'T-v0', 'method': 'gst', 'seed': 1000, 'caveat': 'it was lost'}
    rows = [row, {**row, 'seed': 1001}, {**row, 'caveat': 'it was sold'},
            {'task': 'T-v0', 'method': 'dense', 'seed': 1000}]
    assert footnotes(rows) == [
        '* † T-v0, gst, seed 1000, 1001, cannot be made again by this program: it was lost',
        '* † T-v0, gst, seed 1000, cannot be made again by this program: it was sold']
    assert [method_of(each) for each in rows] == ['gst †', 'gst †', 'gst †', 'dense']


def test_the_headlines_point_to_the_reasons() -> None:
    table = headline_table(ROOT / 'results')
    assert 'distilled+ft †' in table
    assert table.endswith('[results.md](docs/results.md) says why.')
