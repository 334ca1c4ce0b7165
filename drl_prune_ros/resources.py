# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the data files are: in the source tree, a pip install or a colcon install."""

from collections.abc import Iterator
import os
from pathlib import Path

from drl_prune_ros.errors import DrlPruneError

PACKAGE = 'drl_prune_ros'


def share_dir() -> Path:
    """
    Return the folder that holds this package's `package.xml`, `config/`, `models/` and `recipes/`.

    Nothing of ROS is needed to find it. Raises DrlPruneError where the package was installed
    without its data files.
    """
    for folder in _candidates(Path(__file__).resolve()):
        if (folder / 'package.xml').is_file() and (folder / 'config').is_dir():
            return folder
    raise DrlPruneError(
        f'the data files of {PACKAGE} are missing (share/{PACKAGE} beside {Path(__file__).parent} '
        'or under AMENT_PREFIX_PATH): install the package again with pip or colcon')


def config_dir() -> Path:
    """Return the folder of tasks, node parameters and vehicle profiles."""
    return share_dir() / 'config'


def models_dir() -> Path:
    """Return the folder of the policies that come with the package."""
    return share_dir() / 'models'


def recipes_dir() -> Path:
    """Return the folder of the recipes, a file each task."""
    return share_dir() / 'recipes'


def _candidates(module: Path) -> Iterator[Path]:
    """
    List where the data files of the package at `module` may be, best first.

    Data that belongs to the running code goes before what an environment variable names: a
    sourced workspace may hold another version.
    """
    # The source tree; also pip install -e and colcon build --symlink-install.
    yield module.parents[1]
    # <prefix>/lib/pythonX.Y/site-packages/drl_prune_ros and <prefix>/share/drl_prune_ros, which
    # is what pip (also with --user, --prefix and --target) and colcon make.
    for parent in module.parents[1:]:
        yield parent / 'share' / PACKAGE
    for prefix in filter(None, os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep)):
        yield Path(prefix) / 'share' / PACKAGE
