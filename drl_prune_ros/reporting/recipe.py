# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
A recipe: the commands that make every policy, result and reference of a task, as data.

    recipes/TASK.yaml
        version: 1
        task: TASK
        rows:
          dsp-teacher-1000:
            from: dense-1000                     the row that it starts from, if any
            commands: [drl-prune prune TASK --teacher {from} --run {run} ..., ...]
            policy: models/TASK-dsp.onnx         the policy file that is shipped, if it is
            sha256: ...                          and its digest
            results: [results/TASK/dsp-teacher-1000.json]
            commit: 8450865                      where only an older program makes it
            not_reproducible: why                where no command makes it

In a command `{run}` is the folder of the row, where `drl-prune train` and `prune` leave
`policy.onnx` and `result.json`; `{from}` is the folder of the row that it starts from, and
`{from_policy}` its policy file, which is the shipped one where that cannot be made again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
import shlex
from typing import Any

import yaml

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.resources import recipes_dir

RECIPE_VERSION = 1
PROGRAM = 'drl-prune'
KEYS = ('from', 'commands', 'policy', 'sha256', 'results', 'commit', 'not_reproducible')
LISTS = ('commands', 'results')
FROM_POLICY = '{from_policy}'
POLICY_FILE = 'policy.onnx'
"""Name of the policy file that a run leaves in its folder."""


@dataclass(frozen=True)
class Row:
    """
    One row of a recipe.

    `commands` are command lines that begin with `drl-prune`, in order. `start` is the name of the
    row that it starts from. `policy` and `results` are paths in the source tree, `sha256` the
    digest of the policy file. `commit` is the commit whose program makes the recorded files, None
    where the present one does; `not_reproducible` is why no command does.
    """

    name: str
    commands: tuple[str, ...] = ()
    start: str | None = None
    policy: str | None = None
    sha256: str | None = None
    results: tuple[str, ...] = ()
    commit: str | None = None
    not_reproducible: str | None = None

    @property
    def stands_in(self) -> bool:
        """Whether its shipped policy file stands for it, since nothing here makes it again."""
        return self.policy is not None and self.caveat is not None

    @property
    def caveat(self) -> str | None:
        """Why the present program does not make what is recorded; None where it does."""
        return self.not_reproducible or (
            f'only the program of commit {self.commit} makes it' if self.commit else None)


@dataclass(frozen=True)
class Recipe:
    """The rows of one task by name, read from `path`."""

    path: Path
    task: str
    rows: dict[str, Row]

    def chain(self, name: str) -> list[Row]:
        """Return the row `name` after those that have to be made before, the first one first."""
        if name not in self.rows:
            raise DrlPruneError(f'{self.path} has no row {name!r}: choose from '
                                f'{", ".join(self.rows)}')
        row = self.rows[name]
        rows = [row]
        while row.start is not None and not self._by_shipped_file(row):
            row = self.rows[row.start]
            if row in rows:
                raise DrlPruneError(f'{self.path}: the row {name!r} starts from itself, by way of '
                                    f'{", ".join(each.name for each in rows)}: correct `from`')
            rows.append(row)
        return rows[::-1]

    def words(self, row: Row, place: Path, root: Path) -> list[list[str]]:
        """
        Return the words of every command of `row`.

        :param place: where each row has a folder of its name.
        :param root: the source tree with the policies that are shipped.
        """
        start = place / (row.start or '')
        teacher = start / POLICY_FILE
        if row.start is not None and self._by_shipped_file(row):
            teacher = root / str(self.rows[row.start].policy)
        places = {'run': place / row.name, 'from': start, 'from_policy': teacher}
        return [[word.format_map(places) for word in shlex.split(line)] for line in row.commands]

    def _by_shipped_file(self, row: Row) -> bool:
        return (row.start is not None and self.rows[row.start].stands_in
                and any(FROM_POLICY in line for line in row.commands))


def recipe_names() -> list[str]:
    """List the tasks that have a recipe, sorted."""
    return sorted(path.stem for path in recipes_dir().glob('*.yaml'))


def load_recipe(task: str) -> Recipe:
    """Read the recipe of `task`; raises DrlPruneError for a task without one."""
    if task not in recipe_names():
        raise DrlPruneError(f'no recipe of {task!r}: choose from {", ".join(recipe_names())}')
    return read_recipe(recipes_dir() / f'{task}.yaml')


def read_recipe(path: Path) -> Recipe:
    """Read a recipe file; raises DrlPruneError saying what is wrong in it, in one line."""
    try:
        content = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = str(error).splitlines()[0]
        raise DrlPruneError(f'{path} is not a recipe: {reason}: correct the file') from None
    if not isinstance(content, Mapping):
        raise DrlPruneError(f'{path} is not a recipe: version, task and rows are missing')
    version = content.get('version')
    if version != RECIPE_VERSION:
        update = ('update drl_prune_ros' if isinstance(version, int) and version > RECIPE_VERSION
                  else f'write it as version {RECIPE_VERSION}')
        raise DrlPruneError(f'{path} has version {version}, this program reads {RECIPE_VERSION}: '
                            f'{update}')
    _check_keys(path, 'the recipe', content, ('version', 'task', 'rows'))
    task, rows = content.get('task'), content.get('rows')
    if task != path.stem or not isinstance(rows, Mapping) or not rows:
        raise DrlPruneError(f'{path} needs `task: {path.stem}` and at least one row')
    recipe = Recipe(path, path.stem, {
        str(name): _row(path, str(name), entry) for name, entry in rows.items()})
    for name, row in recipe.rows.items():
        if row.start is not None and row.start not in recipe.rows:
            raise DrlPruneError(f'{path}: the row {name!r} starts from {row.start!r}, which is '
                                'not a row: correct `from`')
    for name in recipe.rows:
        recipe.chain(name)   # refuses a circle
    return recipe


def _row(path: Path, name: str, entry: Any) -> Row:
    where = f'the row {name!r}'
    if not isinstance(entry, Mapping):
        raise DrlPruneError(f'{path}: {where} is no mapping of {", ".join(KEYS)}')
    _check_keys(path, where, entry, KEYS)
    lists = {key: entry.get(key, []) for key in LISTS}
    for key, values in lists.items():
        if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
            raise DrlPruneError(f'{path}: `{key}` of {where} is no list of texts')
    if not lists['commands'] and not entry.get('not_reproducible'):
        raise DrlPruneError(f'{path}: {where} has no commands: give them, or '
                            '`not_reproducible: why`')
    for line in lists['commands']:
        _check_command(path, where, line, 'from' in entry)
    texts = {key: entry[key] for key in KEYS if key not in LISTS and key in entry}
    for key, value in texts.items():
        if not isinstance(value, str) or not value:
            raise DrlPruneError(f'{path}: `{key}` of {where} must be a text, found {value!r}: '
                                'put it in quotes')
    if ('policy' in texts) != ('sha256' in texts):
        raise DrlPruneError(f'{path}: {where} needs both `policy` and `sha256`, or neither')
    return Row(name, tuple(lists['commands']), texts.pop('from', None),
               results=tuple(lists['results']), **texts)


def _check_keys(path: Path, where: str, entry: Mapping[Any, Any], known: tuple[str, ...]) -> None:
    for key in entry:
        if key not in known:
            raise DrlPruneError(f'{path}: {where} has an unknown key {key!r}: choose from '
                                f'{", ".join(known)}')


def _check_command(path: Path, where: str, line: str, starts: bool) -> None:
    places = dict.fromkeys(('run', 'from', 'from_policy') if starts else ('run',), '')
    try:
        words = shlex.split(line)
        for word in words:
            word.format_map(places)
    except (ValueError, KeyError, IndexError):
        words = []
    if len(words) < 3 or words[0] != PROGRAM:
        raise DrlPruneError(
            f'{path}: {where} has a command that is none: {line!r}: begin with {PROGRAM} and a '
            'verb, and fill in {run} and, with `from`, {from} and {from_policy} alone')
