# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What can be known of the launch files, and of config/, without launch."""

import ast
from pathlib import Path
import re

import pytest
import yaml

from drl_prune_ros.nodes.monitor_node.node import MONITOR_PARAMETERS
from drl_prune_ros.nodes.policy_node.parameters import POLICY_PARAMETERS
from drl_prune_ros.nodes.simulator_node.node import SIMULATOR_PARAMETERS
from drl_prune_ros.resources import config_dir

ROOT = Path(__file__).resolve().parents[2]
NODES = {
    'policy': POLICY_PARAMETERS, 'monitor': MONITOR_PARAMETERS, 'simulator': SIMULATOR_PARAMETERS,
}
LAUNCH_FILES = sorted((ROOT / 'launch').glob('*.py'))


@pytest.mark.parametrize('node', NODES)
def test_config_gives_every_parameter_its_default(node):
    text = (config_dir() / f'{node}.param.yaml').read_text()
    values = yaml.safe_load(text)['/**']['ros__parameters']
    declared = {parameter.name: parameter.default for parameter in NODES[node]}
    # The comment at its top names those that launch files give.
    at_launch = re.search(r'[Ll]aunch arguments? gives? (?:these|this): ([^.]*)\.', text)
    given = set(re.split(r',[\s#]+', at_launch.group(1)))
    assert given | values.keys() == declared.keys()
    assert not given & values.keys()
    for name, value in values.items():
        assert type(value) is type(declared[name]), name
    # Two nodes take odometry when launch files start them.
    assert values | {'subscribers': 1} == {
        name: declared[name] for name in values} | {'subscribers': 1}


@pytest.mark.parametrize('path', LAUNCH_FILES, ids=lambda path: path.name)
def test_launch_files_name_what_there_is(path):
    strings = {
        node.value for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    sources = '\n'.join(
        source.read_text() for source in (ROOT / 'drl_prune_ros' / 'nodes').rglob('*.py'))
    for name in (string for string in strings if re.fullmatch(r'~/[a-z_/]*[a-z]', string)):
        assert f"'{name}'" in sources, name
    executables = {string for string in strings if re.fullmatch(r'[a-z]+_node', string)}
    assert executables <= {f'{node}_node' for node in NODES}
    assert executables
