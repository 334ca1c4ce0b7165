# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The picture shows what the committed results say."""

import json
from pathlib import Path
import shutil

import pytest

from drl_prune_ros.cli.main import main
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.reporting.picture import draw, style_of, STYLES, write_picture
from drl_prune_ros.reporting.picture_points import methods_of, Panel, Point, read_panels

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / 'results'
PICTURE = ROOT / 'docs/pictures/skill-against-weights.svg'
LARGEST_BYTES = 300_000


@pytest.fixture(scope='module')
def panels() -> list[Panel]:
    return read_panels(RESULTS)


def test_the_committed_picture_is_the_one_of_the_results(tmp_path: Path) -> None:
    made = tmp_path / 'made.svg'
    assert main(['report', '--results', str(RESULTS), '--picture', str(made)]) == 0
    assert made.read_text() == PICTURE.read_text(), (
        'run drl-prune report --picture docs/pictures/skill-against-weights.svg')
    assert len(made.read_bytes()) < LARGEST_BYTES


def test_every_policy_with_a_skill_is_one_point(panels: list[Panel]) -> None:
    by_task = {panel.task: panel for panel in panels}
    written = [json.loads(path.read_text()) for folder in ('.', 'baselines', 'gst')
               for path in (RESULTS / folder).glob('*/*-1???.json')]
    counts = {task: len({each['sha256'] for each in written if each['task'] == task})
              for task in by_task}
    assert {task: len(panel.points) for task, panel in by_task.items()} == counts
    assert {each['task'] for each in written} - set(by_task) == {'Humanoid-v3'}


def test_the_headline_is_the_smallest_lossless_policy(panels: list[Panel]) -> None:
    for panel in panels:
        assert panel.headline in panel.points
        smaller = [point for point in panel.points if point.lossless
                   and point.weights < panel.headline.weights]
        assert panel.headline.lossless is bool(
            [point for point in panel.points if point.lossless and point.method != 'dense'])
        assert not panel.headline.lossless or not smaller


def test_a_linear_policy_has_as_many_weights_as_its_tick_says(panels: list[Panel]) -> None:
    linear = [(panel.weights_linear, point.weights) for panel in panels
              for point in panel.points if point.method == 'linear']
    assert linear and all(tick == weights for tick, weights in linear)


def test_every_method_has_a_style_of_its_own(panels: list[Panel]) -> None:
    assert set(methods_of(panels)) <= set(STYLES)
    assert len({style[1:] for style in STYLES.values()}) == len(STYLES)
    assert style_of('dormant').label == 'dormant'


def test_a_method_nobody_knows_is_drawn_too() -> None:
    point = Point('dormant', 1, 50, 0.5, 0.1, 'no')
    figure = draw([Panel('T', False, (point,), point, 1000, 8)])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ['dormant']
    assert '50 weights, 20× fewer, not lossless' in [
        text.get_text() for text in figure.axes[0].texts]


def test_what_cannot_be_drawn_is_told(tmp_path: Path) -> None:
    with pytest.raises(DrlPruneError, match=r'\.svg or \.png'):
        write_picture(RESULTS, tmp_path / 'picture.pdf')
    shutil.copytree(RESULTS / 'gst/Humanoid-v3', tmp_path / 'Humanoid-v3')
    with pytest.raises(DrlPruneError, match='drl-prune reference'):
        write_picture(tmp_path, tmp_path / 'picture.svg')
    assert not (tmp_path / 'picture.svg').exists()
