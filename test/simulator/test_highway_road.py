# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import gymnasium
import highway_env  # noqa: F401 - registers the environments
import numpy as np
import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.perception.road import Road
from drl_prune_ros.simulator.highway_road import describe_road, segment_nodes


def network_of(task):
    return gymnasium.make(task).unwrapped.road.network


@pytest.mark.parametrize('task', ['highway-fast-v0', 'highway-v0', 'merge-v0', 'exit-v0'])
def test_lanes_lie_where_highway_env_has_them_with_y_to_the_left(task):
    network = network_of(task)
    road = describe_road(network)
    nodes = segment_nodes(network)
    assert [(segment.start, segment.end) for segment in road.segments] == list(nodes)
    for segment, (start, end) in zip(road.segments, nodes, strict=True):
        theirs = network.graph[start][end]
        assert len(segment.lanes) == len(theirs)
        for lane, other in zip(segment.lanes, theirs, strict=True):
            assert (lane.length, lane.width, lane.speed_limit, lane.forbidden) == (
                other.length, other.width, other.speed_limit, other.forbidden)
            for s in np.linspace(-5.0, other.length, 9):
                x, y = other.position(s, 1.0)
                np.testing.assert_allclose(lane.position(s, -1.0), (x, -y), atol=1e-9)
                assert lane.heading_at(s) == pytest.approx(-other.heading_at(s))


@pytest.mark.parametrize('task', ['highway-fast-v0', 'merge-v0'])
def test_the_road_frame_restores_highway_env_exactly(task):
    network = network_of(task)
    restored = Road.from_json(describe_road(network).to_json()).network()
    for segment, (start, end) in zip(restored.segments, segment_nodes(network), strict=True):
        for lane, other in zip(segment.lanes, network.graph[start][end], strict=True):
            for position in np.random.default_rng(0).uniform((-9, -9), (400, 15), (20, 2)):
                assert lane.local(*position) == other.local_coordinates(position)
                assert lane.distance_with_heading(*position, 0.3) == (
                    other.distance_with_heading(position, 0.3))


@pytest.mark.usefixtures('same_traffic')
@pytest.mark.parametrize(('task', 'reason'), [
    ('roundabout-v0', 'does not begin at its origin'),
    ('intersection-v0', 'does not begin at its origin'),
])
def test_roads_whose_road_frame_would_not_be_highway_envs_are_refused(task, reason):
    with pytest.raises(DrlPruneError, match=reason):
        describe_road(network_of(task))
