# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Run the commands of a recipe, and hold what they made against what is recorded.

    FOLDER/TASK/ROW/                what the commands of a row make
    FOLDER/TASK/ROW.progress.json   its commands that have ended
    FOLDER/TASK/.lock               held while a command runs

A command is a process of its own, so that one leaves nothing behind for the next. The lock goes to
it too: where `reproduce` alone was killed, nobody starts beside the command that goes on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
import fcntl
import json
from pathlib import Path
import shlex
import subprocess
import sys
from typing import IO

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.files import write_atomically
from drl_prune_ros.reporting.recipe import PROGRAM, Recipe, Row
from drl_prune_ros.resources import share_dir

PROGRESS_VERSION = 1
RUNNER = (f'import sys; sys.argv[0] = {PROGRAM!r}\n'
          'from drl_prune_ros.cli.main import main; sys.exit(main())')
"""What starts a command in this Python: `drl-prune` itself may not be on the path."""
INTERRUPTED = 130
STDERR = 2


def command_lines(recipe: Recipe, name: str, folder: Path) -> list[str]:
    """Return the command lines that make the row `name` below `folder`, in order."""
    place, root = folder / recipe.task, source_tree()
    return [shlex.join(words) for row in recipe.chain(name)
            for words in recipe.words(row, place, root)]


def source_tree() -> Path:
    """Return the folder of models/ and results/, short where the command was given there."""
    root = share_dir()
    return Path() if root == Path.cwd() else root


def reproduce(recipe: Recipe, name: str, folder: Path, quiet: bool = False) -> Path:
    """
    Run what is left of the commands of the row `name` and of those that it starts from.

    :param quiet: let the commands print on stderr alone.
    Returns the folder of the row. Raises DrlPruneError where a command fails; calling it again
    goes on from there.
    """
    place = folder / recipe.task
    rows = recipe.chain(name)
    for row in rows:
        if not row.commands:
            raise DrlPruneError(
                f'{recipe.task}/{row.name} has no commands: {row.not_reproducible}')
    place.mkdir(parents=True, exist_ok=True)
    with _locked(place) as lock:
        for row in rows:
            if row.caveat:
                print(f'{recipe.task}/{row.name} as recorded cannot be made by this program: '
                      f'{row.caveat}', file=sys.stderr)
            _run_row(recipe, row, place, lock, quiet)
    return place / name


@contextmanager
def _locked(place: Path) -> Iterator[IO[str]]:
    with (place / '.lock').open('w') as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DrlPruneError(f'{place} is in use: wait for the command that runs there, or '
                                'give another --folder') from None
        yield lock


def _run_row(recipe: Recipe, row: Row, place: Path, lock: IO[str], quiet: bool) -> None:
    file = place / f'{row.name}.progress.json'
    commands = recipe.words(row, place, source_tree())
    lines = [shlex.join(words) for words in commands]
    done = _done(file)
    if done != lines[:len(done)]:
        raise DrlPruneError(f'{place / row.name} was made by other commands than those of the '
                            'recipe: give another --folder')
    (place / row.name).mkdir(exist_ok=True)
    for words, line in zip(commands[len(done):], lines[len(done):], strict=True):
        resumed = _resume(words, place / row.name)
        print(f'$ {shlex.join([*words, *resumed])}', file=sys.stderr, flush=True)
        status = subprocess.run(
            [sys.executable, '-c', RUNNER, *words[1:], *resumed], check=False,
            pass_fds=[lock.fileno()], stdout=STDERR if quiet else None).returncode
        if status == INTERRUPTED:
            raise KeyboardInterrupt
        if status:
            raise DrlPruneError(f'`{line}` ended with status {status}: correct what it says, and '
                                'give the same command again')
        done.append(line)
        content = {'version': PROGRESS_VERSION, 'done': done}
        write_atomically(file, (json.dumps(content, indent=1) + '\n').encode(), overwrite=True)


def _resume(words: list[str], folder: Path) -> list[str]:
    """Return what a command that was cut short needs; what another one left is removed."""
    if '--run' in words:
        return ['--resume'] if (folder / 'run.yaml').is_file() else []
    for option in ('--output', '--result'):
        if option in words:
            left = Path(words[words.index(option) + 1])
            if left.is_relative_to(folder):
                left.unlink(missing_ok=True)
    return []


def _done(file: Path) -> list[str]:
    if not file.is_file():
        return []
    try:
        content = json.loads(file.read_text())
        if content['version'] == PROGRESS_VERSION:
            return [str(line) for line in content['done']]
    except (ValueError, TypeError, KeyError):
        raise DrlPruneError(f'{file} is damaged: remove it and the folder beside it, or give '
                            'another --folder') from None
    raise DrlPruneError(f'{file} has version {content["version"]}, this program reads '
                        f'{PROGRESS_VERSION}: give another --folder')
