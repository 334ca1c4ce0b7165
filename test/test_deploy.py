# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The service and the image start what there is, and end it so that the vehicle is stopped."""

import ast
import configparser
import json
from pathlib import Path
import re
import shlex

import pytest

from drl_prune_ros.nodes.common.launching import SIGKILL_S, SIGTERM_S
from drl_prune_ros.nodes.conversions.outputs import ADAPTERS

ROOT = Path(__file__).resolve().parents[1]


def joined(path: str) -> str:
    """Return a file with its continued lines as one."""
    return (ROOT / path).read_text().replace('\\\n', ' ')


@pytest.fixture(scope='module')
def service() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str   # type: ignore[assignment,method-assign]
    parser.read_string(joined('deploy/drl_prune_ros.service'))
    return parser['Service']


@pytest.fixture(scope='module')
def image() -> dict[str, list[str]]:
    """Return the instructions of the image, in their order, by their names."""
    instructions: dict[str, list[str]] = {}
    for line in joined('deploy/Dockerfile').splitlines():
        if line and not line.startswith('#'):
            name, _, rest = line.partition(' ')
            instructions.setdefault(name, []).append(rest.strip())
    return instructions


def check_launch(script: str) -> None:
    """Hold a command line of `ros2 launch` against drive.launch.py."""
    words = shlex.split(script.partition('exec ')[2])
    assert words[:5] == ['ros2', 'launch', '-n', 'drl_prune_ros', 'drive.launch.py']
    text = (ROOT / 'launch/drive.launch.py').read_text()
    table = next(
        node.value for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and node.targets[0].id == 'ARGUMENTS')
    known = {key.value for key in table.keys}
    for word in words[5:]:
        name, _, value = word.partition(':=')
        assert word == '$@' or name in known
        assert name != 'output_type' or value in ADAPTERS


@pytest.mark.reaction(
    'launch', 'the service or the container is stopped',
    'SIGINT; the vehicle is stopped before it would be killed')
def test_the_service_waits_for_the_vehicle(service: configparser.SectionProxy) -> None:
    assert service['KillSignal'] == 'SIGINT'
    assert service['KillMode'] == 'mixed'   # the signal goes to launch alone
    assert float(service['TimeoutStopSec']) > float(SIGTERM_S) + float(SIGKILL_S)
    shell, option, script = shlex.split(service['ExecStart'])
    assert (shell, option) == ('/bin/bash', '-c')
    check_launch(script)


def test_the_image_waits_for_the_vehicle(image: dict[str, list[str]]) -> None:
    assert image['STOPSIGNAL'] == ['SIGINT']
    told = re.search(r'--stop-timeout (\d+)', (ROOT / 'deploy/Dockerfile').read_text())
    assert float(told[1]) > float(SIGTERM_S) + float(SIGKILL_S)
    entrypoint, = image['ENTRYPOINT']
    shell, option, script, _ = json.loads(entrypoint)
    assert (shell, option) == ('/bin/bash', '-c')
    check_launch(script)


def test_the_image_copies_what_there_is(image: dict[str, list[str]]) -> None:
    """What is left out of it is not needed to build, as test_packaging.py builds it."""
    for instruction in image['COPY']:
        *sources, _ = instruction.split()
        assert all((ROOT / source).exists() for source in sources)
    left_out = {line for line in (ROOT / '.dockerignore').read_text().splitlines()
                if line and not line.startswith('#')}
    assert not left_out & {
        'config', 'drl_prune_ros', 'launch', 'models', 'recipes', 'resource', 'package.xml',
        'setup.py', 'setup.cfg', 'pyproject.toml', 'README.md', 'LICENSE'}
