# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What runs on the vehicle stays light, in the source and in the process."""

import ast
from pathlib import Path
import pkgutil
import shutil
import subprocess
import sys

import pytest

import drl_prune_ros

ROOT = Path(__file__).resolve().parents[1]
VEHICLE = ('policy', 'monitoring', 'perception', 'control', 'nodes')
# The simulator is highway-env behind topics, and a policy is written in the workshop.
EXCEPT = ('drl_prune_ros.nodes.simulator_node', 'drl_prune_ros.policy.writer')
HEAVY = {'torch', 'stable_baselines3', 'gymnasium', 'highway_env', 'envpool', 'matplotlib',
         'onnx', 'onnxruntime', 'pandas', 'scipy'}
WORKSHOP = {f'drl_prune_ros.{folder}'
            for folder in (
                'tasks', 'training', 'pruning', 'reporting', 'benchmark', 'cli', 'simulator')}


def modules_of(*folders: str) -> list[str]:
    package = Path(drl_prune_ros.__file__).parent
    return [module.name for folder in folders for module in pkgutil.walk_packages(
        [str(package / folder)], prefix=f'drl_prune_ros.{folder}.')
        if not module.name.startswith(EXCEPT) and not module.name.endswith('.__main__')]


def loaded_with(modules: list[str]) -> set[str]:
    """Import `modules` in a fresh interpreter; return everything that it has loaded then."""
    program = 'import importlib, sys\n' + ''.join(
        f'importlib.import_module({module!r})\n' for module in modules) + 'print(*sys.modules)'
    return set(subprocess.run(
        [sys.executable, '-c', program], cwd=ROOT, check=True, timeout=60,
        stdout=subprocess.PIPE, text=True).stdout.split())


@pytest.mark.parametrize('folder', VEHICLE)
def test_vehicle_code_loads_nothing_of_the_workshop(folder: str) -> None:
    modules = modules_of(folder)
    loaded = loaded_with(modules)
    assert set(modules) <= loaded
    assert sorted(loaded & (HEAVY | WORKSHOP)) == []


def test_only_nodes_load_ros() -> None:
    modules = modules_of('policy', 'monitoring', 'perception', 'control')
    assert not loaded_with(modules) & {'rclpy', 'std_msgs', 'nav_msgs', 'sensor_msgs'}


@pytest.mark.parametrize('folder', ['control', 'perception', 'policy', 'monitoring'])
def test_the_safety_path_has_no_any(folder: str) -> None:
    """Where a type is Any, mypy checks nothing; the flags of pyproject.toml see explicit ones."""
    files = sorted((ROOT / 'drl_prune_ros' / folder).rglob('*.py'))
    assert files
    assert [str(file) for file in files if 'Any' in {
        name for node in ast.walk(ast.parse(file.read_text())) for name in (
            getattr(node, 'id', ''), getattr(node, 'name', ''), getattr(node, 'attr', ''))}] == []


@pytest.mark.parametrize(('where', 'line', 'contract'), [
    ('policy', 'import torch', 'needs nothing of the workshop'),
    ('perception', 'from drl_prune_ros.tasks import catalogue', 'needs nothing of the workshop'),
    ('nodes', 'import drl_prune_ros.simulator', 'needs nothing of the workshop'),
    ('control', 'import rclpy', 'Only nodes know ROS'),
    ('monitoring', 'import rclpy', 'Only nodes know ROS'),
    ('control', 'import onnx', 'without the library that writes it'),
    ('policy', 'import drl_prune_ros.control', 'rests on those below it'),
    ('nodes/monitor_node', 'import drl_prune_ros.nodes.policy_node.inputs', 'share conversions'),
    ('nodes/conversions', 'import drl_prune_ros.nodes.policy_node.inputs', 'share conversions'),
    ('pruning/methods/pops', 'import drl_prune_ros.pruning.methods.gst.blocks',
     'Methods do not import each other'),
    ('pruning/methods', 'import drl_prune_ros.pruning.methods.magnitude',
     'Methods do not import each other'),
    ('pruning/structured', 'import drl_prune_ros.pruning.methods.dsp', 'knows none of them'),
])
def test_a_forbidden_import_is_found(
        where: str, line: str, contract: str, tmp_path: Path) -> None:
    """The contracts of pyproject.toml are about the names that the code really has."""
    pytest.importorskip('importlinter', reason='import-linter comes from pip alone')
    shutil.copytree(ROOT / 'drl_prune_ros', tmp_path / 'drl_prune_ros',
                    ignore=shutil.ignore_patterns('__pycache__'))
    shutil.copy(ROOT / 'pyproject.toml', tmp_path)
    (tmp_path / 'drl_prune_ros' / where / 'offender.py').write_text(f'{line}\n')
    lint = subprocess.run(
        [sys.executable, '-c', 'from importlinter.cli import lint_imports_command as lint; lint()',
         '--no-cache'],
        cwd=tmp_path, timeout=60, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        check=False)
    assert lint.returncode == 1, lint.stdout
    broken = [text for text in lint.stdout.splitlines() if 'BROKEN' in text]
    assert any(contract in text for text in broken), lint.stdout
