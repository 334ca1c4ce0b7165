# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
A run folder: everything needed to understand, repeat or resume one training run.

    run.yaml          what is run: task, method, settings, seed, command line, versions, commit
    metrics.jsonl     one JSON object per line, appended; survives a resume
    tensorboard/      the same figures for TensorBoard
    checkpoints/STEP/ model, random states and pruner state; written whole or not at all
    best/STEP/        candidates to deploy: the best policies of every size by the validation
                      episodes; one is left when the run has ended
    outcome.json      which candidate was chosen, and whether it is good enough
    policy.onnx       the policy file, once the run has ended
"""

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
import json
import os
from pathlib import Path
import platform
import shlex
import subprocess
import sys
from typing import Any

import yaml

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.files import write_versioned
from drl_prune_ros.training.checked_entry import CHECK, checked, is_whole
from drl_prune_ros.training.run_versions import RUN_VERSION, upgraded, upgraded_row

PACKAGES = ('drl_prune_ros', 'torch', 'stable-baselines3', 'envpool', 'gymnasium', 'highway-env',
            'numpy')
WRITTEN = {'task', 'seed', 'command', 'versions', 'commit'}


def package_versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that shape a run's outcome."""
    versions = {'python': platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def source_commit() -> str | None:
    """Return the git commit of the source tree, with '+changes' when it was edited, or None."""
    def git(*arguments: str) -> str:
        return subprocess.run(
            ['git', '-C', str(tree), *arguments],
            check=True, capture_output=True, text=True, timeout=10).stdout.strip()
    tree = Path(__file__).resolve().parents[2]
    try:
        if Path(git('rev-parse', '--show-toplevel')).resolve() != tree:
            return None   # installed somewhere below the repository of another project
        changed = git('status', '--porcelain', '--untracked-files=no')
        return git('rev-parse', 'HEAD') + ('+changes' if changed else '')
    except (OSError, subprocess.SubprocessError):
        return None


def portable(argument: str) -> str:
    """Return an argument without the folders of this machine: a policy file travels."""
    path = Path(argument)
    return str(Path(*path.parts[-2:])) if path.is_absolute() and len(path.parts) > 2 else argument


def provenance(seed: int) -> dict[str, Any]:
    """Return what made a result: command line, seed, package versions and commit."""
    return {
        'command': shlex.join([Path(sys.argv[0]).name, *map(portable, sys.argv[1:])]),
        'seed': seed,
        'versions': package_versions(),
        'commit': source_commit(),
    }


def _flat(config: Mapping[str, Any], prefix: str = '') -> dict[str, Any]:
    """Return nested settings as one mapping from dotted names to values."""
    flat: dict[str, Any] = {}
    for name, value in config.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f'{prefix}{name}.')
        else:
            flat[f'{prefix}{name}'] = value
    return flat


def _told(value: Any) -> str:
    return 'left at its default' if value is None else repr(value)


def append_line(path: Path, entry: Mapping[str, Any]) -> None:
    """Append one JSON object as a line of its own, also after a line that a kill cut short."""
    with path.open('a+b') as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read() != b'\n':
                file.write(b'\n')
        file.write(json.dumps(entry).encode() + b'\n')


class RunFolder:
    """
    The files of one run; `path` exists and `config` says what is run.

    `checked`: whether every line of its log has a checksum, which earlier versions lack.
    """

    def __init__(self, path: Path, config: dict[str, Any]) -> None:
        self.path = path
        self.config = config
        self.checked = True

    @classmethod
    def create(cls, path: Path, config: Mapping[str, Any], seed: int) -> 'RunFolder':
        """Start a new run at `path`; a folder that holds a run already is never touched."""
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise DrlPruneError(
                f'{path} exists already: give --resume to continue it, or another --run')
        entry = {**config, 'seed': seed, **provenance(seed)}
        path.mkdir(parents=True, exist_ok=True)
        entry = checked({'version': RUN_VERSION, **entry})
        write_versioned(path / 'run.yaml', RUN_VERSION, entry)
        del entry[CHECK]
        return cls(path, entry)

    @classmethod
    def open(cls, path: Path) -> 'RunFolder':
        """Open an existing run; raise DrlPruneError if there is none of a known version."""
        file = path / 'run.yaml'
        if not file.is_file():
            raise DrlPruneError(f'{path} is not a run folder: run.yaml is missing')
        try:
            config = yaml.safe_load(file.read_text(encoding='utf-8'))
            found = config['version']
            known = found in range(1, RUN_VERSION + 1)
        except (yaml.YAMLError, ValueError, TypeError, KeyError, AttributeError,
                RecursionError, OverflowError):
            raise DrlPruneError(f'{file} is damaged: start a new run') from None
        if config.get(CHECK) or found == RUN_VERSION:
            if not is_whole(config):
                raise DrlPruneError(f'{file} is damaged, or was edited: start a new run')
            del config[CHECK]
        if not known or isinstance(found, bool):
            raise DrlPruneError(f'{file} has version {found}, this program reads 1 to '
                                f'{RUN_VERSION}: use the release that wrote it')
        if missing := sorted(WRITTEN - set(config)):
            raise DrlPruneError(f'{file} is damaged ({missing[0]} is missing): start a new run')
        run = cls(path, upgraded(config))
        run.checked = found == RUN_VERSION
        return run

    def require(self, **expected: Any) -> None:
        """
        Raise DrlPruneError if a run is of another task, method or settings.

        A section of settings must be the same both ways: what is left out there is at its default.
        """
        found, wanted = _flat(self.config), _flat(expected)
        sections = tuple(f'{name}.' for name, value in expected.items()
                         if isinstance(value, Mapping))
        for name in (*wanted, *(name for name in found if name.startswith(sections))):
            was, now = found.get(name), wanted.get(name)
            if was != now:
                raise DrlPruneError(
                    f'{self.path} is a run with {name} {_told(was)}, not {_told(now)}: '
                    'give another --run, or the arguments it was started with')

    @property
    def checkpoints(self) -> Path:
        """Folder of the checkpoints, one folder per checkpoint, named by its step."""
        return self.path / 'checkpoints'

    @property
    def best(self) -> Path:
        """Folder of the candidates to deploy, named by their steps; one is left at the end."""
        return self.path / 'best'

    @property
    def policy_file(self) -> Path:
        """Where the run's policy file is written when it ends."""
        return self.path / 'policy.onnx'

    @property
    def steps_taught(self) -> int:
        """Environment steps of the teacher that the run started from, 0 without one."""
        steps: int = (self.config.get('teacher') or {'steps': 0})['steps']
        return steps

    @property
    def steps(self) -> int:
        """Environment steps of the run so far."""
        return max((row['step'] for row in self.metrics()), default=0)

    def log(self, **figures: Any) -> None:
        """Append one line of figures to metrics.jsonl."""
        append_line(self.path / 'metrics.jsonl', checked(figures) if self.checked else figures)

    def metrics(self) -> list[dict[str, Any]]:
        """
        Read metrics.jsonl; a line that a kill cut short is left out.

        :raises DrlPruneError: a whole line is damaged.
        """
        file = self.path / 'metrics.jsonl'
        if not file.is_file():
            return []
        rows = []
        for number, line in enumerate(file.read_bytes().split(b'\n'), 1):
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                if line.endswith(b'}'):
                    raise self._damaged(file, number) from None
                continue   # cut short
            if not isinstance(row, dict) or (self.checked and not is_whole(row)):
                raise self._damaged(file, number)
            row.pop(CHECK, None)
            rows.append(upgraded_row(row))
        return rows

    @staticmethod
    def _damaged(file: Path, number: int) -> DrlPruneError:
        return DrlPruneError(f'{file} is damaged in line {number}: remove the line')
