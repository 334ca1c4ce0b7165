# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which lane is nearest and which comes next, against highway-env's RoadNetwork."""

import gymnasium
import highway_env  # noqa: F401 - registers the environments
import numpy as np
import pytest

from drl_prune_ros.simulator.highway_road import describe_road, segment_nodes

TASKS = ['highway-fast-v0', 'merge-v0', 'exit-v0']


@pytest.fixture(params=TASKS)
def networks(request):
    theirs = gymnasium.make(request.param).unwrapped.road.network
    return describe_road(theirs).network(), theirs


def positions(count):
    random = np.random.default_rng(3)
    for _ in range(count):
        yield random.uniform((-50, -10), (1200, 20)), random.uniform(-4, 4)


def test_nearest_lane(networks):
    ours, theirs = networks
    nodes = segment_nodes(theirs)
    found = set()
    for position, yaw in positions(300):
        segment, number = ours.nearest(*position, yaw)
        found.add((segment, number))
        assert (*nodes[segment], number) == theirs.get_closest_lane_index(position, yaw)
    assert len(found) >= 3


def test_following_lane(networks):
    ours, theirs = networks
    nodes = segment_nodes(theirs)
    for position, _ in positions(60):
        for segment, (start, end) in enumerate(nodes):
            for number in range(len(theirs.graph[start][end])):
                next_segment, next_number = ours.following((segment, number), *position)
                expected = theirs.next_lane((start, end, number), position=position)
                assert (*nodes[next_segment], next_number) == expected
