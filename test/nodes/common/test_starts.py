# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What keeps a node from starting is told in one line."""

import os

import pytest

OVERRIDE = 'qos_overrides./{name}/input/odometry.subscription.depth'


@pytest.mark.reaction(
    'words and ends', 'use_sim_time: "true", a string', 'one line, and status 1')
@pytest.mark.reaction(
    'words and ends', 'simulator_node without the workshop',
    'one line that says what to install, and status 1')
def test_what_keeps_a_node_from_starting_is_told_in_one_line(
        graph, tmp_path, monkeypatch, highway_policy):
    policy = {'policy': str(highway_policy), 'output_type': 'twist'}
    started = {
        'use_sim_time': graph.start(
            'policy', (('__node', 'clock'),), **policy, use_sim_time='true'),
        'a parameter cannot be used': graph.start(
            'monitor', (('__node', 'watch'),), use_sim_time='true'),
        'qos_overrides of ~/input/odometry cannot be used': graph.start(
            'policy', (('__node', 'deep'),), **policy,
            **{OVERRIDE.format(name='deep'): 'deep'})}
    (tmp_path / 'sitecustomize.py').write_text(
        "import sys\nsys.modules['gymnasium'] = sys.modules['highway_env'] = None\n")
    monkeypatch.setenv('PYTHONPATH', f'{tmp_path}{os.pathsep}{os.environ.get("PYTHONPATH", "")}')
    started['the simulator needs: install the workshop'] = graph.start('simulator')
    for complaint, node in started.items():
        assert node.wait() == 1, complaint
        assert len(node.errors) == 1, node.log
        assert complaint in node.errors[0]
        assert 'Traceback' not in node.log
