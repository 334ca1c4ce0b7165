# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Recipes are read, ordered and refused in one line."""

from pathlib import Path

import pytest

from drl_prune_ros.cli.main import make_parser
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.reporting.recipe import load_recipe, read_recipe, recipe_names

GOOD = """\
version: 1
task: T-v0
rows:
  teacher:
    commands: ['drl-prune train T-v0 --run {run}']
  dense:
    from: teacher
    commands: ['drl-prune train T-v0 --teacher {from} --run {run}']
    policy: models/T-v0-dense.onnx
    sha256: abc
    results: [results/T-v0/dense.json]
  small:
    from: dense
    commands:
    - drl-prune prune T-v0 --teacher {from_policy} --run {run}
    - drl-prune evaluate {run}/policy.onnx --into {run}/result.json
"""
PLACE, ROOT = Path('runs'), Path('tree')


def written(folder: Path, text: str) -> Path:
    path = folder / 'T-v0.yaml'
    path.write_text(text)
    return path


def test_a_row_comes_after_those_that_it_starts_from(tmp_path: Path) -> None:
    recipe = read_recipe(written(tmp_path, GOOD))
    assert [row.name for row in recipe.chain('small')] == ['teacher', 'dense', 'small']
    assert [row.name for row in recipe.chain('teacher')] == ['teacher']
    with pytest.raises(DrlPruneError, match="no row 'tiny': choose from teacher, dense, small"):
        recipe.chain('tiny')


def test_folders_are_filled_in(tmp_path: Path) -> None:
    recipe = read_recipe(written(tmp_path, GOOD))
    assert recipe.words(recipe.rows['dense'], PLACE, ROOT) == [
        ['drl-prune', 'train', 'T-v0', '--teacher', 'runs/teacher', '--run', 'runs/dense']]
    first, second = recipe.words(recipe.rows['small'], PLACE, ROOT)
    assert first[4] == 'runs/dense/policy.onnx'
    assert second[2:] == ['runs/small/policy.onnx', '--into', 'runs/small/result.json']


@pytest.mark.parametrize('mark', ["commit: '1234567'", 'not_reproducible: it was edited'])
def test_the_shipped_policy_stands_for_a_row_that_cannot_be_made(
        mark: str, tmp_path: Path) -> None:
    marked = GOOD.replace('sha256: abc', f'sha256: abc\n    {mark}')
    recipe = read_recipe(written(tmp_path, marked))
    assert [row.name for row in recipe.chain('small')] == ['small']
    words = recipe.words(recipe.rows['small'], PLACE, ROOT)[0]
    assert words[4] == 'tree/models/T-v0-dense.onnx'
    # It can be asked for all the same.
    assert [row.name for row in recipe.chain('dense')] == ['teacher', 'dense']


@pytest.mark.parametrize(('old', 'new', 'message'), [
    ('version: 1', 'version: 2', 'has version 2, this program reads 1: update drl_prune_ros'),
    ('version: 1', 'version: one', 'has version one, this program reads 1: write it as version 1'),
    ('version: 1\n', '', 'has version None, this program reads 1'),
    (GOOD, 'rows: [', 'is not a recipe: while parsing'),
    (GOOD, '- a list', 'is not a recipe: version, task and rows are missing'),
    (GOOD, '\tx: 1', 'is not a recipe: while scanning'),
    ('task: T-v0', 'task: U-v0', 'needs `task: T-v0` and at least one row'),
    ('task: T-v0\n', 'task: T-v0\nnotes: none\n', "the recipe has an unknown key 'notes'"),
    ('from: teacher', 'form: teacher', "the row 'dense' has an unknown key 'form': choose from"),
    ('from: teacher', 'from: tutor', "'dense' starts from 'tutor', which is not a row"),
    ('from: teacher', 'from: small', "'dense' starts from itself, by way of dense, small"),
    ('    sha256: abc\n', '', "'dense' needs both `policy` and `sha256`, or neither"),
    ('sha256: abc', 'sha256: 123', "`sha256` of the row 'dense' must be a text, found 123"),
    ("commands: ['drl-prune train T-v0 --run {run}']", 'commands: []',
     "the row 'teacher' has no commands: give them, or `not_reproducible: why`"),
    ("commands: ['drl-prune train T-v0 --run {run}']", 'commands: drl-prune train T-v0',
     "`commands` of the row 'teacher' is no list of texts"),
    ('drl-prune train T-v0 --run', 'rm -rf --run', "'teacher' has a command that is none"),
    ('--run {run}', '--run {home}', "'teacher' has a command that is none"),
    ('train T-v0 --run', 'train T-v0 --teacher {from} --run', 'a command that is none'),
    ('results: [results/T-v0/dense.json]', 'results: results/T-v0/dense.json',
     "`results` of the row 'dense' is no list of texts"),
])
def test_what_is_wrong_is_one_line(old: str, new: str, message: str, tmp_path: Path) -> None:
    path = written(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(DrlPruneError) as error:
        read_recipe(path)
    line = str(error.value)
    assert '\n' not in line and message in line and str(path) in line


def test_every_command_of_the_recipes_is_understood() -> None:
    """The verbs themselves take every command line, with its options as they are now."""
    seen = set()
    for task in recipe_names():
        recipe = load_recipe(task)
        for row in recipe.rows.values():
            for words in recipe.words(row, PLACE, ROOT):
                args = make_parser(words[1]).parse_args(words[1:])
                seen.add(args.verb)
    assert seen >= {'train', 'prune', 'evaluate', 'reference', 'export'}
