# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What every test that talks over ROS 2 needs: this machine only, and a domain of its own."""

from collections.abc import Iterator
import fcntl
import itertools
import os
from pathlib import Path
import tempfile

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

# Above these the ports of a domain do not exist; below, down to 102, Linux hands them out to
# whoever asks. They are taken in turn, so that what one test left behind has gone when its domain
# comes round again.
DOMAINS = range(215, 232)
turn = itertools.count(os.getpid())


@pytest.fixture(scope='session', autouse=True)
def ros_log_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep the logs of nodes out of the home folder."""
    folder = tmp_path_factory.mktemp('ros_log')
    os.environ['ROS_LOG_DIR'] = str(folder)
    return folder


@pytest.fixture
def ros_domain_id(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """
    Give the test a ROS_DOMAIN_ID that no other test of this user has, and set it.

    A lock on a file holds it, also against another pytest on this machine.
    """
    for _ in DOMAINS:
        domain = DOMAINS[next(turn) % len(DOMAINS)]
        path = Path(tempfile.gettempdir()) / f'drl_prune_ros_{os.getuid()}_domain_{domain}.lock'
        with path.open('w') as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            monkeypatch.setenv('ROS_DOMAIN_ID', str(domain))
            yield domain
            return
    pytest.fail(f'all of the ROS domains {DOMAINS} are taken by other test runs')


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
