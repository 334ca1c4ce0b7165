# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A recipe runs in a folder of its own, survives a kill, and is held against what is recorded."""

import fcntl
import json
import os
from pathlib import Path
import re
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

from drl_prune_ros.cli.main import main
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.reporting import recipe as recipes
from drl_prune_ros.reporting.comparison import compare_row, comparison_table
from drl_prune_ros.reporting.recipe import read_recipe, Recipe
from drl_prune_ros.reporting.reproduction import command_lines, reproduce

ROOT = Path(__file__).resolve().parents[2]
DSP = 'models/highway-fast-v0-dsp.onnx'
QUICK = f"""\
version: 1
task: CartPole-v1
rows:
  made:
    commands:
    - drl-prune train CartPole-v1 --threads 1 --steps 6000 --final-episodes 5 --run {{run}}
  copied:
    from: made
    commands:
    - drl-prune export {{from}} --output {{run}}/policy.onnx --result {{run}}/result.json
    - drl-prune evaluate {{run}}/policy.onnx --episodes 10 --into {{run}}/result.json
    results: [results/CartPole-v1/copied.json]
  source:
    commands:
    - drl-prune inspect {ROOT / DSP}
    - drl-prune inspect {{run}}/nothing.onnx
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    path = tmp_path / 'recipes' / 'CartPole-v1.yaml'
    path.parent.mkdir()
    path.write_text(QUICK)
    return read_recipe(path)


# Six processes, which import torch each, and that on a busy machine.
@pytest.mark.timeout(400)
def test_a_killed_row_goes_on_and_is_compared(
        recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture) -> None:
    folder = tmp_path / 'again'
    program = ('import sys; from pathlib import Path\n'
               'from drl_prune_ros.reporting.recipe import read_recipe\n'
               'from drl_prune_ros.reporting.reproduction import reproduce\n'
               "reproduce(read_recipe(Path(sys.argv[1])), 'copied', Path(sys.argv[2]))")
    started = subprocess.Popen([sys.executable, '-c', program, str(recipe.path), str(folder)],
                               cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    run = folder / 'CartPole-v1' / 'made'
    try:
        end = time.monotonic() + 120
        while not (run / 'run.yaml').exists():
            assert started.poll() is None and time.monotonic() < end
            time.sleep(0.05)
    finally:
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()
    # The command that it had started dies too, and gives the lock back.
    with (folder / 'CartPole-v1/.lock').open('w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
    assert not (run / 'policy.onnx').exists()

    # The verb goes on with it, and prints figures without recorded ones beside them.
    monkeypatch.setattr(recipes, 'recipes_dir', lambda: recipe.path.parent)
    assert main(['reproduce', 'CartPole-v1/copied', '--folder', str(folder), '--json']) == 0
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert told['recorded'] is None
    assert told['obtained']['engines']['envpool']['episodes'] == 10
    assert told['folder'] == str(folder / 'CartPole-v1' / 'copied')
    assert err.count('$ drl-prune') == 3 and '--resume' in err.splitlines()[0]

    # Everything has ended: nothing runs again.
    made = read_policy(run / 'policy.onnx').sha256
    assert reproduce(recipe, 'copied', folder) == folder / 'CartPole-v1' / 'copied'
    assert '$ ' not in capsys.readouterr().err
    assert read_policy(run / 'policy.onnx').sha256 == made

    # What an export that was cut short has left is written again.
    (folder / 'CartPole-v1/copied.progress.json').unlink()
    reproduce(recipe, 'copied', folder)
    assert capsys.readouterr().err.count('$ drl-prune') == 2


def test_what_fails_is_told_and_done_again(
        recipe: Recipe, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    for _ in range(2):
        with pytest.raises(DrlPruneError, match=r'nothing.onnx` ended with status 2: correct'):
            reproduce(recipe, 'source', tmp_path)
    # The first command ended, and was not given again.
    assert capsys.readouterr().err.count(DSP) == 1


@pytest.mark.parametrize(('text', 'message'), [
    ('{"version": 1, "done": ["drl-prune inspect x"]}', 'was made by other commands'),
    ('{"version": 2, "done": []}', 'has version 2, this program reads 1'),
    ('{"version"', 'is damaged: remove it'),
])
def test_a_folder_of_something_else_is_refused(
        text: str, message: str, recipe: Recipe, tmp_path: Path) -> None:
    (tmp_path / 'CartPole-v1').mkdir()
    (tmp_path / 'CartPole-v1/source.progress.json').write_text(text)
    with pytest.raises(DrlPruneError, match=message):
        reproduce(recipe, 'source', tmp_path)


def test_two_at_once_are_refused(recipe: Recipe, tmp_path: Path) -> None:
    (tmp_path / 'CartPole-v1').mkdir()
    with (tmp_path / 'CartPole-v1/.lock').open('w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(DrlPruneError, match='is in use: wait for the command'):
            reproduce(recipe, 'source', tmp_path)


def test_a_row_without_commands_says_why(tmp_path: Path) -> None:
    path = tmp_path / 'T-v0.yaml'
    path.write_text('version: 1\ntask: T-v0\nrows:\n  old: {not_reproducible: it was lost}\n')
    with pytest.raises(DrlPruneError, match='T-v0/old has no commands: it was lost'):
        reproduce(read_recipe(path), 'old', tmp_path)


def test_a_dry_run_prints_commands_that_can_be_pasted(
        recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setattr(recipes, 'recipes_dir', lambda: recipe.path.parent)
    arguments = ['reproduce', 'CartPole-v1/copied', '--dry-run', '--folder', str(tmp_path / 'a b')]
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == command_lines(recipe, 'copied', tmp_path / 'a b') and len(lines) == 3
    assert lines[1].startswith(f"drl-prune export '{tmp_path}/a b/CartPole-v1/made' --output")
    assert main([*arguments, '--json']) == 0
    assert json.loads(capsys.readouterr().out) == {'commands': lines}
    assert not (tmp_path / 'a b').exists()


def test_the_recorded_files_agree_with_themselves(tmp_path: Path) -> None:
    """A row beside its own recorded files is the same in every figure."""
    recipe = read_recipe(ROOT / 'recipes/highway-fast-v0.yaml')
    row = recipe.rows['dsp-teacher-1000']
    (tmp_path / 'policy.onnx').write_bytes((ROOT / DSP).read_bytes())
    (tmp_path / 'result.json').write_bytes((ROOT / row.results[0]).read_bytes())
    compared = compare_row(row, tmp_path, ROOT)
    assert compared['recorded'] == compared['obtained']
    assert compared['same'] == {'file': True, 'network': True}
    table = comparison_table(compared)
    assert re.search(r'\| weights +\| 528 ', table) and 'policy network' in table

    other = ROOT / 'models/highway-fast-v0-pops.onnx'
    (tmp_path / 'policy.onnx').write_bytes(other.read_bytes())
    assert compare_row(row, tmp_path, ROOT)['same'] == {'file': False, 'network': False}


@pytest.mark.parametrize(('task', 'name', 'figure'), [
    ('CartPole-v1', 'reference', 'envpool floor'),
    ('highway-fast-v0', 'pace', 'median_ratio'),
    ('highway-fast-v0', 'engines', 'differing'),
    ('highway-fast-v0', 'bench', 'times_faster'),
])
def test_a_record_is_compared_too(task: str, name: str, figure: str, tmp_path: Path) -> None:
    row = read_recipe(ROOT / f'recipes/{task}.yaml').rows[name]
    recorded = ROOT / row.results[0]
    with pytest.raises(DrlPruneError, match='is damaged or missing'):
        compare_row(row, tmp_path, ROOT)
    (tmp_path / task).mkdir()
    (tmp_path / task / recorded.name).write_bytes(recorded.read_bytes())
    compared: dict[str, Any] = compare_row(row, tmp_path, ROOT)
    assert figure in compared['recorded'] and compared['recorded'] == compared['obtained']
    assert figure in comparison_table(compared)


@pytest.mark.parametrize(('arguments', 'message'), [
    ([], 'give TASK/ROW, with a task of CartPole-v1'),
    (['CartPole-v1'], 'give CartPole-v1/ROW, with a row of dense-1000'),
    (['CartPole-v1/none'], "has no row 'none': choose from dense-1000"),
    (['Elsewhere/none'], "no recipe of 'Elsewhere': choose from CartPole-v1"),
    (['--check', 'Elsewhere'], "no recipe of 'Elsewhere'"),
])
def test_what_cannot_be_meant_is_one_line(
        arguments: list[str], message: str, capsys: pytest.CaptureFixture) -> None:
    assert main(['reproduce', *arguments]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and message in lines[0]


def test_check_as_json(capsys: pytest.CaptureFixture) -> None:
    assert main(['reproduce', '--check', 'CartPole-v1', '--json']) == 0
    assert json.loads(capsys.readouterr().out) == {'disagreements': []}
