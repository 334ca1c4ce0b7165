# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The package as pip and colcon install it, and what its descriptions say of it."""

import ast
from importlib.metadata import distribution, version
from importlib.util import find_spec
import os
from pathlib import Path
import re
import shutil
import subprocess
import sys

from catkin_pkg.package import parse_package
from catkin_pkg.package_version import get_forthcoming_label
import pytest

import drl_prune_ros
from drl_prune_ros import resources
from drl_prune_ros.errors import DrlPruneError

ROOT = Path(__file__).resolve().parents[1]
EXECUTABLES = {'policy_node', 'monitor_node', 'simulator_node', 'drl-prune'}
SITE = f'lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages'
ASK = 'from drl_prune_ros import resources as r; print(r.__file__, r.config_dir(), r.models_dir())'


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a command with nothing of this process's Python path; return what it printed."""
    inherited = {name: value for name, value in os.environ.items()
                 if name not in ('PYTHONPATH', 'AMENT_PREFIX_PATH')}
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=inherited | environment, timeout=100,
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


def files(folder: Path) -> set[str]:
    """Name every file under `folder`, relative to it."""
    return {str(path.relative_to(folder)) for path in folder.rglob('*')
            if path.is_file() and path.suffix != '.pyc'}


@pytest.fixture(scope='module')
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what is built, since a build leaves files in its source folder."""
    copy = tmp_path_factory.mktemp('sources') / 'drl_prune_ros'
    copy.mkdir()
    for name in ('config', 'drl_prune_ros', 'launch', 'models', 'recipes', 'resource'):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name,
                            ignore=shutil.ignore_patterns('__pycache__'))
    for name in ('LICENSE', 'README.md', 'package.xml', 'pyproject.toml', 'setup.cfg', 'setup.py'):
        shutil.copy(ROOT / name, copy)
    return copy


@pytest.fixture(scope='module')
def wheel(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel that every pip installation unpacks."""
    if not (find_spec('setuptools.command.bdist_wheel') or find_spec('wheel')):
        pytest.skip('setuptools before 70.1 needs the package wheel to build one')
    folder = tmp_path_factory.mktemp('wheel')
    run(sys.executable, '-m', 'pip', 'wheel', '--quiet', '--no-deps', '--no-build-isolation',
        '--wheel-dir', folder, sources, cwd=folder)
    return next(folder.glob('*.whl'))


def pip_install(wheel: Path, *where: str | Path) -> None:
    run(sys.executable, '-m', 'pip', 'install', '--quiet', '--no-deps', '--no-compile',
        '--ignore-installed', *where,
        wheel, cwd=wheel.parent)


@pytest.mark.parametrize(('option', 'site'), [('--prefix', SITE), ('--target', '')])
def test_pip_installs_data_beside_the_code(
        option: str, site: str, wheel: Path, sources: Path, tmp_path: Path) -> None:
    prefix = tmp_path / 'prefix'
    pip_install(wheel, option, prefix)
    share = prefix / 'share/drl_prune_ros'

    module, config, models = run(
        sys.executable, '-c', ASK, cwd=tmp_path, PYTHONPATH=str(prefix / site)).split()
    assert Path(module).is_relative_to(prefix)
    assert (Path(config), Path(models)) == (share / 'config', share / 'models')
    assert files(share / 'config') == files(sources / 'config')
    assert files(share / 'models') == files(sources / 'models')
    assert files(share / 'launch') == files(sources / 'launch')
    assert files(share / 'recipes') == files(sources / 'recipes')
    assert (prefix / 'share/ament_index/resource_index/packages/drl_prune_ros').is_file()


def test_pip_puts_the_executables_where_a_shell_and_ros2_run_find_them(
        wheel: Path, tmp_path: Path) -> None:
    pip_install(wheel, '--prefix', tmp_path)
    assert {path.name for path in (tmp_path / 'bin').iterdir()} == EXECUTABLES
    found_by_ros2 = tmp_path / 'lib/drl_prune_ros'
    assert {path.name for path in found_by_ros2.iterdir()} == EXECUTABLES
    usage = run(found_by_ros2 / 'drl-prune', '--help', cwd=tmp_path,
                PYTHONPATH=str(tmp_path / SITE))
    assert 'usage: drl-prune' in usage


@pytest.mark.parametrize('option', [[], ['--symlink-install']], ids=['copies', 'symlinks'])
def test_colcon_builds_it(option: list[str], sources: Path, tmp_path: Path) -> None:
    run(sys.executable, '-m', 'colcon', '--log-base', 'log', 'build', *option,
        '--base-paths', sources, cwd=tmp_path)
    prefix = tmp_path / 'install/drl_prune_ros'
    share = prefix / 'share/drl_prune_ros'

    executables = prefix / 'lib/drl_prune_ros'
    assert {path.name for path in executables.iterdir()} == EXECUTABLES
    assert files(share / 'config') == files(sources / 'config')
    assert files(share / 'models') == files(sources / 'models')
    assert files(share / 'launch') == files(sources / 'launch')
    assert files(share / 'recipes') == files(sources / 'recipes')
    assert (prefix / 'share/ament_index/resource_index/packages/drl_prune_ros').is_file()

    # A link is followed to the source tree, where the data files stand too.
    path = os.pathsep.join([str(tmp_path / 'build/drl_prune_ros'), str(prefix / SITE)])
    _, config, models = run(sys.executable, '-c', ASK, cwd=tmp_path, PYTHONPATH=path).split()
    home = sources if option else share
    assert (Path(config), Path(models)) == (home / 'config', home / 'models')
    for name in EXECUTABLES:
        interpreter = (executables / name).read_text().splitlines()[0]
        assert interpreter == ('#!/usr/bin/env python3' if not option else f'#!{sys.executable}')
    usage = run(executables / 'drl-prune', '--help', cwd=tmp_path, PYTHONPATH=path,
                PATH=f'{Path(sys.executable).parent}{os.pathsep}{os.environ["PATH"]}')
    assert 'usage: drl-prune' in usage


def test_the_source_tree_is_used_in_place() -> None:
    assert resources.share_dir() == ROOT
    assert (resources.config_dir() / 'tasks').is_dir()


def test_code_without_data_finds_it_on_the_ament_prefix_path(
        sources: Path, tmp_path: Path) -> None:
    shutil.copytree(sources / 'drl_prune_ros', tmp_path / 'code/drl_prune_ros')
    share = tmp_path / 'overlay/share/drl_prune_ros'
    shutil.copytree(sources / 'config', share / 'config')
    shutil.copy(sources / 'package.xml', share)
    prefixes = os.pathsep.join(['/nonexistent', str(tmp_path / 'overlay')])
    _, config, _ = run(sys.executable, '-c', ASK, cwd=tmp_path / 'code',
                       AMENT_PREFIX_PATH=prefixes).split()
    assert Path(config) == share / 'config'


def test_missing_data_is_one_clear_line(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, '__file__', str(tmp_path / 'drl_prune_ros/resources.py'))
    monkeypatch.delenv('AMENT_PREFIX_PATH', raising=False)
    with pytest.raises(DrlPruneError, match='data files of drl_prune_ros are missing') as error:
        resources.config_dir()
    assert '\n' not in str(error.value)


def test_every_description_gives_the_same_version_and_license() -> None:
    package = parse_package(str(ROOT / 'package.xml'))
    assert package.version == drl_prune_ros.__version__ == version('drl_prune_ros')
    assert package.name == drl_prune_ros.__name__
    assert package.licenses == ['Apache-2.0']
    assert 'Version 2.0, January 2004' in (ROOT / package.licenses[0].file).read_text()


def test_package_xml_is_valid() -> None:
    warnings: list[str] = []
    package = parse_package(str(ROOT / 'package.xml'), warnings=warnings)
    package.validate(warnings=warnings)
    assert warnings == []
    assert package.package_format == 3
    assert package.get_build_type() == 'ament_python'


def test_package_xml_names_nothing_that_only_pip_has() -> None:
    package = parse_package(str(ROOT / 'package.xml'))
    names = {depend.name for depend in package.exec_depends + package.test_depends}
    assert not {name for name in names if name.endswith('-pip')}


def test_the_changelog_is_in_the_format_of_catkin() -> None:
    """catkin_prepare_release renames the section Forthcoming; a released version has its own."""
    text = (ROOT / 'CHANGELOG.rst').read_text(encoding='utf-8')
    assert text.splitlines()[1] == f'Changelog for package {drl_prune_ros.__name__}'
    released = re.search(rf'^{re.escape(drl_prune_ros.__version__)} \(\d{{4}}-\d\d-\d\d\)$',
                         text, re.MULTILINE)
    assert released or get_forthcoming_label(text) == 'Forthcoming'


def test_what_the_nodes_import_is_declared() -> None:
    """A ROS package that a node imports is in package.xml and comes with the extra [ros]."""
    package = parse_package(str(ROOT / 'package.xml'))
    declared = {depend.name for depend in package.exec_depends}
    wheels = {re.sub('[-_.]+', '_', re.split('[ ;<>=]', requirement)[0])
              for requirement in distribution('drl_prune_ros').requires or ()
              if requirement.startswith('ros-jazzy-')}
    # Messages that others are made of come with them.
    assert {f'ros_jazzy_{name}' for name in declared if name.endswith('_msgs')} - wheels <= {
        'ros_jazzy_std_msgs'}

    # Adapters of other stacks' messages import on demand and say what to install.
    top_level = {name.split('.')[0] for path in (ROOT / 'drl_prune_ros/nodes').rglob('*.py')
                 for name in _imports_at_the_top(path)}
    ros = {name for name in top_level if re.search('^rclpy$|_(msgs|srvs|interfaces)$', name)}
    assert ros <= declared


def test_what_the_pages_install_is_there() -> None:
    """Each extra that a page names exists, and each exists for something that a page says."""
    pages = [ROOT / 'README.md', ROOT / 'CONTRIBUTING.md', ROOT / 'constraints-noble.txt',
             *(ROOT / 'docs').glob('*.md')]
    named = {extra for page in pages
             for group in re.findall(r"(?:\.|drl_prune_ros)\[([a-z,]+)\]'", page.read_text())
             for extra in group.split(',')}
    assert named == set(distribution('drl_prune_ros').metadata.get_all('Provides-Extra'))


def test_every_declared_message_is_imported() -> None:
    package = parse_package(str(ROOT / 'package.xml'))
    declared = {depend.name for depend in package.exec_depends
                if re.search('_(msgs|srvs|interfaces)$', depend.name)}
    text = '\n'.join(path.read_text() for folder in ('drl_prune_ros', 'launch', 'test')
                     for path in (ROOT / folder).rglob('*.py'))
    assert {name for name in declared if not re.search(rf'(from|import) {name}\b', text)} == set()
    # Wheels are declared for nothing else.
    for file in ('setup.py', 'requirements.lock'):
        wheels = re.findall('ros-jazzy-([a-z-]+)', (ROOT / file).read_text())
        assert {name for wheel in wheels if (name := wheel.replace('-', '_')).endswith(
            ('_msgs', '_srvs', '_interfaces'))} <= declared


def _imports_at_the_top(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names
