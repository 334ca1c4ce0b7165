# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The README shows what the committed results say."""

import json
from pathlib import Path

import pytest

from drl_prune_ros.benchmark.bench import bench_report
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.reporting.comparison import reproduced_table
from drl_prune_ros.reporting.engines_plot import write_engines_plot
from drl_prune_ros.reporting.engines_table import engines_table, read_engine_records
from drl_prune_ros.reporting.headlines import headline_table
from drl_prune_ros.reporting.papers import papers_table
from drl_prune_ros.reporting.report import report_table, with_table

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize('name, results', [
    ('docs/results.md', 'results'),
    ('docs/ablations.md', 'results/ablations'),
    ('docs/baselines.md', 'results/baselines'),
    ('docs/gst.md', 'results/gst'),
    ('docs/safety.md', 'results/actuation'),
])
def test_tables_are_the_ones_the_results_give(name: str, results: str) -> None:
    text = (ROOT / name).read_text()
    assert with_table(text, report_table(ROOT / results)) == text


def test_the_readme_has_the_headlines_of_the_results() -> None:
    text = (ROOT / 'README.md').read_text()
    assert with_table(text, headline_table(ROOT / 'results')) == text


def test_the_papers_stand_beside_the_committed_results() -> None:
    text = (ROOT / 'docs/papers.md').read_text()
    assert with_table(text, papers_table(ROOT / 'results'), 'papers') == text


def test_what_was_made_again_stands_beside_the_recorded_rows() -> None:
    text = (ROOT / 'docs/recipes.md').read_text()
    table = reproduced_table(ROOT / 'results')
    assert with_table(text, table) == text
    assert 'CartPole-v1/dense-1000' in table and 'LunarLander-v2/dense-1000' in table


def test_the_speed_of_the_compiled_highway_is_that_of_its_records(tmp_path: Path) -> None:
    text = (ROOT / 'docs/highway.md').read_text()
    assert with_table(text, engines_table(ROOT / 'results'), 'engines') == text
    made = tmp_path / 'made.svg'
    write_engines_plot(ROOT / 'results', made)
    assert made.read_bytes() == (ROOT / 'docs/pictures/highway-speed.svg').read_bytes(), (
        'run drl-prune report --engines --picture docs/pictures/highway-speed.svg')
    for record in read_engine_records(ROOT / 'results'):
        assert record['differing'] == 0
    with pytest.raises(DrlPruneError, match='run drl-prune compare-engines TASK'):
        engines_table(tmp_path)
    with pytest.raises(DrlPruneError, match=r'as \.svg'):
        write_engines_plot(ROOT / 'results', tmp_path / 'made.pdf')


def test_the_bench_is_the_one_of_its_record() -> None:
    text = (ROOT / 'docs/bench.md').read_text()
    record = json.loads((ROOT / 'results/highway-fast-v0/bench.json').read_text())
    assert with_table(text, bench_report(record)) == text


def test_a_readme_without_markers_is_refused() -> None:
    with pytest.raises(DrlPruneError, match='<!-- results:begin -->'):
        with_table('# no markers', 'table')


def test_no_results_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(DrlPruneError, match='copy result'):
        report_table(tmp_path)
