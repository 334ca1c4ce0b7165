# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from drl_prune_ros.perception.path_road import road_from_path
from drl_prune_ros.perception.road import Road, RoadError


def test_a_straight_path_gives_one_segment_of_parallel_lanes():
    points = np.stack([np.linspace(0.0, 500.0, 101), np.full(101, -4.0)], axis=1)
    road = road_from_path(points, lane_count=3, lane_width=4.0, path_lane=1, speed_limit=25.0)
    assert len(road.segments) == 1
    ends = [(lane.start, lane.end) for lane in road.segments[0].lanes]
    assert ends == [
        ((0.0, 0.0), (500.0, 0.0)), ((0.0, -4.0), (500.0, -4.0)), ((0.0, -8.0), (500.0, -8.0))]
    assert {(lane.width, lane.speed_limit) for lane in road.segments[0].lanes} == {(4.0, 25.0)}
    assert Road.from_json(road.to_json()) == road


def test_a_bend_is_cut_into_legs_close_to_the_path():
    angles = np.linspace(0.0, 1.0, 400)
    points = 300.0 * np.stack([np.sin(angles), 1.0 - np.cos(angles)], axis=1)
    road = road_from_path(points, lane_count=2, lane_width=3.5, path_lane=0)
    assert 5 < len(road.segments) < 60
    legs = [segment.lanes[0] for segment in road.segments]
    for x, y in points:
        assert min(leg.distance(x, y) for leg in legs) < 0.11
    network = road.network()
    assert network.following((0, 1), legs[0].length, 0.0) == (1, 1)


@pytest.mark.parametrize(('change', 'reason'), [
    ({'points': [(0.0, 0.0)]}, 'fewer than two'),
    ({'points': []}, 'not a list of finite positions'),
    ({'points': [(0.0, 0.0), (0.0, 0.0)]}, 'fewer than two'),
    ({'points': [(0.0, 0.0), (0.0, float('nan'))]}, 'finite'),
    ({'lane_width': 0.0}, 'lane_width is 0.0'),
    ({'path_lane': 2}, 'path_lane is 2, but lane_count is 2'),
    ({'path_lane': -1}, 'path_lane is -1'),
])
def test_what_cannot_be_a_road(change, reason):
    given = {'points': [(0.0, 0.0), (9.0, 0.0)], 'lane_count': 2, 'lane_width': 4.0,
             'path_lane': 0}
    with pytest.raises(RoadError, match=reason):
        road_from_path(**{**given, **change})
