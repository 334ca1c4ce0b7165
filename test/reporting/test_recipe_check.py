# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The recipes agree with results, references, catalogue and policies; what does not is told."""

import json
from pathlib import Path
import shutil
import subprocess
import sys

import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.reporting.recipe_check import check_recipes

ROOT = Path(__file__).resolve().parents[2]
DENSE = '2c10f32ee6439f798803b556b69df13cadc44285fcbfc3fee89ac28d25611469'


def test_the_recipes_of_this_repository_hold() -> None:
    assert check_recipes(ROOT) == []


def test_it_is_quick_enough_for_every_change() -> None:
    program = ('import sys; from drl_prune_ros.cli.main import main\n'
               "status = main(['reproduce', '--check']); loaded = {'torch', 'scipy'}\n"
               'print(*loaded & set(sys.modules)); sys.exit(status)')
    done = subprocess.run([sys.executable, '-c', program], cwd=ROOT, check=True, timeout=60,
                          stdout=subprocess.PIPE, text=True)
    assert done.stdout == 'every recipe: all holds\n\n'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Copy what the recipe of CartPole-v1 is about."""
    for name in ('config/tasks/CartPole-v1.yaml', 'config/references/CartPole-v1.json',
                 'recipes/CartPole-v1.yaml', 'models/CartPole-v1-dense.onnx',
                 'models/CartPole-v1-dsp.onnx'):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ('results/CartPole-v1', 'results/ablations/CartPole-v1',
                 'results/reproduced/CartPole-v1'):
        shutil.copytree(ROOT / name, tmp_path / name)
    assert check_recipes(tmp_path) == []
    return tmp_path


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


RECIPE = 'recipes/CartPole-v1.yaml'
CATALOGUE = 'config/tasks/CartPole-v1.yaml'
REFERENCE = 'config/references/CartPole-v1.json'
DENSE_RESULT = 'results/CartPole-v1/dense-1000.json'
SMALL_RESULT = 'results/CartPole-v1/dsp-teacher-1000.json'
ABLATION = 'results/ablations/CartPole-v1/rollback-1000.json'


@pytest.mark.parametrize(('file', 'old', 'new', 'message', 'count'), [
    (RECIPE, DENSE, 'f' * 64, f'has the digest {DENSE}, the recipe says fff', 2),
    (DENSE_RESULT, f'"sha256": "{DENSE}"', '"sha256": "f"',
     f'dense-1000.json is of digest f, CartPole-v1-dense.onnx has {DENSE}', 1),
    (SMALL_RESULT, '"weights": 6,', '"weights": 5,', 'weights 5, CartPole-v1-dsp.onnx has 6', 1),
    (SMALL_RESULT, '"commit": "af3d596', '"commit": "bf3d596', 'is of provenance {', 1),
    (SMALL_RESULT, '"seed": 1000,', '"seed": 1001,', 'has seed 1001, the recipe 1000', 1),
    (SMALL_RESULT, '"environment_steps": 451552', '"environment_steps": 551552',
     'took 251,552 steps, 150,000 asked for, recipe and catalogue ask for 150,000', 1),
    (ABLATION, '--without guard', '--without refit',
     'was made with --without reconstruction, the recipe says --without rollback', 1),
    (ABLATION, '"method": "dsp-teacher-without-guard"', '"method": "dsp-teacher"',
     'has method dsp-teacher, the recipe dsp-teacher-without-rollback', 1),
    (ABLATION, DENSE, 'f' * 64, 'had another teacher than the policy of dense-1000', 1),
    (ABLATION, '"commit": "02cbafd', '"commit": "02cbafd0+changes", "was": "',
     'was made from an edited tree (02cbafd+changes): say `not_reproducible`', 1),
    # Every result of the row.
    (RECIPE, '--final-episodes 1000', '--final-episodes 500',
     'has 1,000 episodes on envpool, the recipe plays 500', 3),
    # Its own results, and those of the rows that started from its run.
    (RECIPE, '--seed 1000', '--seed 1001', 'has seed 1000, the recipe 1001', 2 + 6),
    (RECIPE, 'drl-prune train CartPole-v1', 'drl-prune train Hopper-v3',
     'a command is about Hopper-v3', 1),
    (RECIPE, '    - results/ablations/CartPole-v1/none-1000.json\n', '',
     'results/ablations/CartPole-v1/none-1000.json is in no recipe: add the row', 1),
    (RECIPE, 'CartPole-v1/none-1000.json', 'CartPole-v1/nobody-1000.json',
     'nobody-1000.json does not exist', 2),
    (RECIPE, 'CartPole-v1/none-1000.json', 'CartPole-v1/teacher-regularizer-1000.json',
     'teacher-regularizer-1000.json is in 2 rows: leave it in one', 4),
    (RECIPE, 'from: dense-1000', 'from: nobody', "starts from 'nobody', which is not a row", 1),
    (RECIPE, 'version: 1', 'version: 2', 'has version 2, this program reads 1', 1),
    (RECIPE, 'rows:', 'rows: [', 'is not a recipe', 1),
    (CATALOGUE, 'total_steps: 300_000', 'total_steps: 500_000',
     'took 301,056 steps, 300,000 asked for, recipe and catalogue ask for 500,000', 1 + 6),
    (CATALOGUE, 'target_weights: 8', 'target_weights: 5',
     'was made with --target-weights 8, recipe and catalogue ask for 5', 12),
    (REFERENCE, DENSE, 'f' * 64, 'is measured on envpool by another dense policy', 1),
    (REFERENCE, '"episodes": 10000', '"episodes": 9999',
     'has 9,999 and 10,000 episodes, the recipe plays 10,000', 1),
    (DENSE_RESULT, '"cost"', '"price"', "cannot be checked: KeyError 'cost'", 1),
    (DENSE_RESULT, '{', '', 'cannot be checked: JSONDecodeError', 5),
])
def test_a_disagreement_is_one_line(
        file: str, old: str, new: str, message: str, count: int, tree: Path) -> None:
    edit(tree / file, old, new)
    lines = check_recipes(tree)
    assert any(message in line for line in lines), lines
    assert len(lines) == count and not any('\n' in line for line in lines), lines


def test_a_new_file_needs_a_row(tree: Path) -> None:
    for name in ('results/CartPole-v1/new.json', 'models/new.onnx', 'config/references/new.json'):
        (tree / name).write_text(json.dumps({}))
    assert [line.split(' is in no recipe')[0] for line in check_recipes(tree)] == [
        'results/CartPole-v1/new.json', 'models/new.onnx', 'config/references/new.json']
    # One task alone says nothing of files that may be another's.
    assert check_recipes(tree, 'CartPole-v1') == []


def test_what_cannot_be_checked_is_one_line(tree: Path) -> None:
    with pytest.raises(DrlPruneError, match="no recipe of 'Elsewhere'"):
        check_recipes(tree, 'Elsewhere')
    shutil.rmtree(tree / 'results')
    with pytest.raises(DrlPruneError, match='has no results/: check the recipes in a clone'):
        check_recipes(tree)
