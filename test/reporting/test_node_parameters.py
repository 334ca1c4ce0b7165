# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""docs/nodes.md says what the nodes declare, subscribe to, publish and serve."""

from pathlib import Path
import re

import pytest

from drl_prune_ros.cli.main import main
from drl_prune_ros.nodes.common.parameters import Parameter
from drl_prune_ros.reporting import node_parameters
from drl_prune_ros.reporting.node_parameters import NODES, parameter_table
from drl_prune_ros.reporting.report import with_table

ROOT = Path(__file__).parents[2]
PAGE = ROOT / 'docs/nodes.md'
PRIVATE_NAME = re.compile(r'~/[a-z_/]*[a-z]')


@pytest.mark.parametrize('node', NODES)
def test_the_page_has_the_parameters_that_a_node_declares(node: str) -> None:
    text = PAGE.read_text()
    assert with_table(text, parameter_table(node), f'{node}_parameters') == text, (
        f'run drl-prune report --parameters {node} --into docs/nodes.md')


def test_the_page_names_every_topic_and_service_and_no_other() -> None:
    sources = [path.read_text() for folder in ('drl_prune_ros/nodes', 'launch')
               for path in (ROOT / folder).rglob('*.py')]
    quoted = {name for text in sources for name in re.findall(r"'(~/[a-z_/]*[a-z])'", text)}
    told = set(PRIVATE_NAME.findall(PAGE.read_text()))
    assert len(quoted) > 15
    assert quoted - told == set()
    # A launch file makes the names of the inputs, '~/input/' and these.
    launch = (ROOT / 'launch/drive.launch.py').read_text()
    made = {name for name in told - quoted if re.search(rf"'{name.rpartition('/')[2]}'", launch)}
    assert told - quoted - made == set()


def test_a_row_says_type_default_range_choices_and_changes(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_parameters, 'parameters_of', lambda _: (
        Parameter('rate', 5.0, 'Of answers.', low=0.5, high=20.0),
        Parameter('count', 3, 'Of lanes.', low=0, high=2**31 - 1),
        Parameter('way', '', 'A | B.', choices=('a', 'b'), changeable=True),
        Parameter('on', True, 'Or off.')))
    rows = [re.sub(' +', ' ', line) for line in parameter_table('policy').splitlines()[2:]]
    assert rows == [
        '| `rate` | double | `5.0` | Of answers. 0.5 to 20. |',
        '| `count` | int | `3` | Of lanes. 0 or more. |',
        r"| `way` | string | `''` | A \| B. One of `a`, `b`. May be set while the node runs. |",
        '| `on` | bool | `true` | Or off. |']


def test_the_command_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['report', '--parameters', 'simulator']) == 0
    assert capsys.readouterr().out.startswith('| parameter')
