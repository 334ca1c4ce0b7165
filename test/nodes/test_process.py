# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import subprocess

import pytest

from drl_prune_ros.benchmark.node_process import node_command


@pytest.mark.parametrize(('arguments', 'complaint'), [
    (['--params-file', 'nowhere.yaml'], 'nowhere.yaml'), (['--bogus'], '--bogus')])
def test_ros_arguments_that_cannot_be_used_are_told_without_a_traceback(arguments, complaint):
    node = subprocess.run(
        [*node_command('policy', {}, ()), *arguments], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=60)
    assert node.returncode == 1
    assert 'Traceback' not in node.stdout
    # rcl may have said something of its own before.
    last = node.stdout.splitlines()[-1]
    assert last.startswith('[ERROR]')
    assert complaint in last
