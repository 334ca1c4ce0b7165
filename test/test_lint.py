# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What ROS's linters ask beyond ruff, checked where they are not installed too."""

from pathlib import Path
import xml.etree.ElementTree as ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[1]
HEADER = """\
# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""


def test_every_python_file_says_whose_it_is() -> None:
    folders = ('.ci', 'drl_prune_ros', 'launch', 'test')
    sources = [path for name in folders for path in (ROOT / name).rglob('*.py')]
    assert len(sources) > 20
    assert [str(path.relative_to(ROOT)) for path in sources
            if not path.read_text(encoding='utf-8').startswith(HEADER)] == []


@pytest.mark.parametrize('name', ['LICENSE', 'CONTRIBUTING.md', 'CHANGELOG.rst', 'README.md'])
def test_the_papers_of_a_ros_package_are_there(name: str) -> None:
    assert (ROOT / name).stat().st_size > 100


def test_package_xml_follows_the_order_of_format_3() -> None:
    """The schema lists the elements in a sequence; xmllint checks it where there is a network."""
    order = ['name', 'version', 'description', 'maintainer', 'license', 'url', 'author']
    depends = {'build_depend', 'buildtool_depend', 'depend', 'exec_depend', 'test_depend'}
    text = (ROOT / 'package.xml').read_text(encoding='utf-8')
    assert text.startswith('<?xml version="1.0"?>\n<?xml-model href="http://download.ros.org/'
                           'schema/package_format3.xsd" ')
    root = ElementTree.fromstring(text)
    assert root.get('format') == '3'
    tags = [child.tag for child in root]
    assert set(tags) <= {*order, *depends, 'export'}
    rank = [order.index(tag) if tag in order else len(order) + (tag == 'export') for tag in tags]
    assert rank == sorted(rank)
