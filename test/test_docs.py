# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a reader meets first is short, complete, and leads somewhere."""

from pathlib import Path
import re

import pytest
import reaction_table
from reaction_table import NAME, rows_of, table

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / 'README.md', ROOT / 'CONTRIBUTING.md', *sorted((ROOT / 'docs').glob('*.md'))]
LINK = re.compile(r'\]\(([^)#\s]*)(#[^)\s]*)?\)')


def anchors_of(page: Path) -> set[str]:
    """Return the anchors of the headings of a page, as GitHub makes them."""
    headings = re.findall(r'^#+ (.*)$', page.read_text(), flags=re.MULTILINE)
    return {'#' + re.sub(r'[^\w\- ]', '', heading.lower()).replace(' ', '-')
            for heading in headings}


@pytest.mark.parametrize('page', PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(page.read_text()):
        if '://' not in target:
            found = page.parent / target if target else page
            assert found.exists(), target
            assert not anchor or anchor in anchors_of(found), f'{target}{anchor}'


def test_the_index_leads_to_every_page() -> None:
    index = (ROOT / 'docs/README.md').read_text()
    linked = {target for target, _ in LINK.findall(index)}
    assert {page.name for page in (ROOT / 'docs').glob('*.md')} - linked == {'README.md'}


def test_the_readme_is_for_someone_in_a_hurry() -> None:
    lines = (ROOT / 'README.md').read_text().splitlines()
    assert len(lines) < 200
    tables = [line for line in lines if line.startswith('|')]
    assert tables and max(line.count('|') - 1 for line in tables) <= 6


def test_pictures_are_light() -> None:
    pictures = list((ROOT / 'docs/pictures').iterdir())
    assert {picture.suffix for picture in pictures} == {'.svg', '.gif'}
    assert all(picture.stat().st_size < 1_000_000 for picture in pictures)


@pytest.mark.parametrize('name', reaction_table.PAGES)
def test_the_table_of_reactions_is_that_of_the_tests_that_prove_it(
    name: str, request: pytest.FixtureRequest,
) -> None:
    """`pytest -m reaction --reactions-into=docs/PAGE` writes it."""
    items = request.session.items
    rows = {row for item in items for row in rows_of(item)}
    page = (ROOT / 'docs' / name).read_text()
    written = page.split(f'<!-- {NAME}:begin -->')[1].split(f'<!-- {NAME}:end -->')[0]
    if {item.path for item in items} >= set((ROOT / 'test').rglob('test_*.py')):
        assert written.strip() == table(rows, name)
    else:
        assert set(table(rows, name).splitlines()) <= set(written.splitlines())
