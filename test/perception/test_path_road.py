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
    ({'points': np.zeros((0, 2))}, 'fewer than two'),
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


def instance(points, what):
    return pytest.param(points, id=what.replace(' ', '-'), marks=pytest.mark.reaction(
        'against the road', what, 'the road of the other poses'))


STRAIGHT = [(float(x), 0.0) for x in range(0, 101, 10)]


@pytest.mark.parametrize('points', [
    instance([*STRAIGHT, (100.0, 0.0)], 'a path with its last pose twice'),
    instance([*STRAIGHT, (100.0 + 1e-9, 1e-12)], 'a path whose last poses almost agree'),
    instance([*STRAIGHT, (100.0 - 1e-3, 0.0)], 'a path whose last pose lies 1 mm back'),
    instance([(5e-324, 0.0), (0.0, 1e-310), *STRAIGHT], 'a path that begins with tiny numbers'),
    instance([*STRAIGHT, *[(100.0, 1e-300 * n) for n in range(50)]],
             'a path that ends in many poses at one place'),
    instance([(x / 1000.0, 0.0) for x in range(0, 100_001, 11)], 'a path with a pose every 11 mm'),
])
def test_poses_almost_in_one_place_count_as_one(points):
    road = road_from_path(points, 3, 4.0, 0)
    [segment] = road.segments
    assert segment.lanes[0].length == pytest.approx(100.0, abs=0.011)
    assert segment.lanes[0].heading == pytest.approx(0.0, abs=1e-3)


def test_a_dense_path_keeps_its_shape():
    angles = np.arange(0.0, 1.5, 0.0005 / 3)   # 5 mm apart
    points = 30.0 * np.stack([np.sin(angles), 1.0 - np.cos(angles)], axis=1)
    road = road_from_path(points, 1, 4.0, 0)
    legs = [segment.lanes[0] for segment in road.segments]
    assert len(legs) > 5
    assert max(min(leg.distance(x, y) for leg in legs) for x, y in points[::100]) < 0.11


def refused(points, what):
    return pytest.param(points, id=what.replace(' ', '-'), marks=pytest.mark.reaction(
        'against the road', what, 'refused in one line; the road before stays'))


@pytest.mark.parametrize('points', [
    refused([(0.0, 0.0), (1e300, 0.0)], 'a path to 1e300 m'),
    refused([(1e300, 0.0), (1e300, 1.0)], 'a path at 1e300 m'),
    refused([(-1.7e308, 0.0), (1.7e308, 0.0)], 'a path whose length overflows'),
    refused([(0.0, 0.0), (5e-324, 0.0)], 'a path of the least number'),
    refused([(0.0, 0.0), (1e-3, 0.0), (2e-3, 0.0)], 'a path of 2 mm'),
    refused([(3.0, 4.0)] * 100, 'a path of one place'),
    refused([(3.0, 4.0)], 'a path of one pose'),
    refused([], 'a path of no pose'),
    refused([(0.0, 0.0), (np.inf, 0.0)], 'a path with an infinite number'),
    refused([(float(n), 3.0 * (n % 2)) for n in range(10_000)], 'a path of 10,000 corners'),
    refused([(float(n), 0.0) for n in range(10_001)], 'a path of more poses than are read'),
])
def test_a_path_that_is_no_road(points):
    with pytest.raises(RoadError) as caught:
        road_from_path(points, 3, 4.0, 0)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize('seed', range(40))
def test_any_numbers_make_a_road_or_an_error(seed):
    random = np.random.default_rng(seed)
    for _ in range(25):
        size = random.integers(0, 30)
        points = random.normal(size=(size, 2)) * 10.0 ** random.integers(-320, 309, (size, 1))
        points[random.random(size) < 0.1] = random.choice([0.0, -0.0, 1e-310, 1e9, np.nan])
        points = np.repeat(points, random.integers(1, 3), axis=0)
        try:
            road = road_from_path(points, int(random.integers(1, 5)), 4.0, 0)
        except RoadError as error:
            assert str(error).isprintable()
        else:
            assert all(np.isfinite(lane.length) for segment in road.segments
                       for lane in segment.lanes)
            assert np.isfinite(road.frame().yaw)
