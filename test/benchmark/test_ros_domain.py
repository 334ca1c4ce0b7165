# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import os
from pathlib import Path
import socket

import pytest

from drl_prune_ros.benchmark import ros_domain
from drl_prune_ros.benchmark.ros_domain import own_ros_domain


def test_nobody_else_gets_the_same_domain():
    with own_ros_domain() as first, own_ros_domain() as second:
        assert first != second
        assert 0 < first < 102


def test_a_domain_in_which_somebody_listens_is_left_alone(monkeypatch):
    with own_ros_domain() as domain:
        pass
    monkeypatch.setattr(ros_domain, 'DOMAINS', [domain, domain + 1])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as participant:
        participant.bind(('', 7410 + 250 * domain))
        for _ in range(5):
            with own_ros_domain() as other:
                assert other == domain + 1


@pytest.mark.reaction('run folders', 'a symbolic link in place of the lock of a ROS domain',
                      'another domain is taken; the target of the link is untouched')
def test_the_lock_of_a_domain_follows_no_link(
        monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ros_domain.tempfile, 'gettempdir', lambda: str(tmp_path))
    monkeypatch.setattr(ros_domain, 'DOMAINS', [90, 91])
    target = tmp_path / 'target'
    target.write_text('mine')
    (tmp_path / f'drl_prune_ros_{os.getuid()}_domain_90.lock').symlink_to(target)
    (tmp_path / f'drl_prune_ros_{os.getuid()}_domain_91.lock').write_text('older')
    for _ in range(5):
        with own_ros_domain() as domain:
            assert domain == 91
    assert target.read_text() == 'mine'
