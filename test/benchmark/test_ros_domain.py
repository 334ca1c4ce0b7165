# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import socket

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
