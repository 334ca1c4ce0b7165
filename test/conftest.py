# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What every test that talks over ROS 2 needs: this machine only, and no logs left behind."""

import os
from pathlib import Path

import pytest

# UDP alone: shared memory leaves files behind when a test ends a process the hard way.
os.environ.update({
    'FASTDDS_BUILTIN_TRANSPORTS': 'UDPv4',
    'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
    'MPLBACKEND': 'Agg',
    'SDL_VIDEODRIVER': 'dummy',
    # The networks are small: threads would only wait for each other, long on a busy machine.
    'OMP_NUM_THREADS': '1',
})


@pytest.fixture(scope='session', autouse=True)
def ros_log_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep the logs of nodes out of the home folder."""
    folder = tmp_path_factory.mktemp('ros_log')
    os.environ['ROS_LOG_DIR'] = str(folder)
    return folder


@pytest.fixture(scope='session')
def highway_policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a policy of random weights for highway-fast-v0; it crashes on some seeds."""
    import numpy as np

    from drl_prune_ros.policy.manifest import dense_widths, Manifest
    from drl_prune_ros.policy.network import MlpNetwork
    from drl_prune_ros.policy.policy_file import write_policy
    from drl_prune_ros.tasks.catalogue import load_task

    task, random = load_task('highway-fast-v0'), np.random.default_rng(3)
    network = MlpNetwork(
        layers=(
            (random.normal(size=(16, 25)), random.normal(size=16)),
            (random.normal(size=(5, 16)), random.normal(size=5))),
        activation='tanh', output='argmax')
    manifest = Manifest(
        task.id, task.observation, task.action, widths=(25, 16, 5),
        widths_dense=dense_widths(25, 5))
    path = tmp_path_factory.mktemp('policy') / 'random.onnx'
    write_policy(path, network, manifest)
    return path
