# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Every lane function against highway-env's lane classes."""

from highway_env.road import lane as highway_lane
import numpy as np
import pytest

from drl_prune_ros.perception.lanes import CircularLane, SineLane, StraightLane

SAMPLES = 40
CLOSE = {'rtol': 0.0, 'atol': 1e-9}


def point(random, scale=300.0):
    return tuple(map(float, random.uniform(-scale, scale, 2)))


def common(random):
    return {
        'width': float(random.uniform(2, 6)), 'speed_limit': float(random.uniform(5, 40)),
        'forbidden': bool(random.integers(4) == 0)}


def straight(random):
    given = {'start': point(random), 'end': point(random), **common(random)}
    return StraightLane(**given), highway_lane.StraightLane(**given)


def sine(random):
    given = {
        'start': point(random), 'end': point(random),
        'amplitude': float(random.uniform(-5, 5)), 'pulsation': float(random.uniform(0, 0.2)),
        'phase': float(random.uniform(-4, 4)), **common(random)}
    return SineLane(**given), highway_lane.SineLane(**given)


def circular(random):
    given = {
        'center': point(random), 'radius': float(random.uniform(5, 100)),
        'start_phase': float(random.uniform(-4, 4)), **common(random)}
    given['end_phase'] = given['start_phase'] + float(random.uniform(-3, 3))
    clockwise = given['end_phase'] > given['start_phase']
    return CircularLane(**given), highway_lane.CircularLane(**given, clockwise=clockwise)


@pytest.fixture(params=[straight, sine, circular])
def lanes(request):
    random = np.random.default_rng(7)
    return [request.param(random) for _ in range(SAMPLES)]


def places(lane, random):
    """Return positions on the lane, beside it and past its ends."""
    for _ in range(SAMPLES):
        s = random.uniform(-10.0, lane.length + 10.0)
        yield np.array(lane.position(s, random.uniform(-3, 3) * lane.width))
    yield from random.uniform(-400, 400, (SAMPLES, 2))


def test_length(lanes):
    for ours, theirs in lanes:
        assert ours.length == pytest.approx(theirs.length, rel=1e-15)


def test_positions_and_headings(lanes):
    random = np.random.default_rng(8)
    for ours, theirs in lanes:
        for s, r in random.uniform(-150, 150, (SAMPLES, 2)):
            np.testing.assert_allclose(ours.position(s, r), theirs.position(s, r), **CLOSE)
            np.testing.assert_allclose(ours.heading_at(s), theirs.heading_at(s), **CLOSE)


def test_local_coordinates(lanes):
    random = np.random.default_rng(9)
    for ours, theirs in lanes:
        for place in places(ours, random):
            np.testing.assert_allclose(
                ours.local(*place), theirs.local_coordinates(place), **CLOSE)


def test_local_coordinates_of_arrays(lanes):
    random = np.random.default_rng(10)
    for ours, _ in lanes:
        positions = np.array(list(places(ours, random)))
        s, r = ours.local(positions[:, 0], positions[:, 1])
        one_by_one = np.array([ours.local(*place) for place in positions])
        np.testing.assert_allclose(np.stack([s, r], axis=1), one_by_one, **CLOSE)


def test_distances(lanes):
    random = np.random.default_rng(11)
    for ours, theirs in lanes:
        for place in places(ours, random):
            yaw = random.uniform(-7, 7)
            np.testing.assert_allclose(ours.distance(*place), theirs.distance(place), **CLOSE)
            np.testing.assert_allclose(
                ours.distance_with_heading(*place, yaw),
                theirs.distance_with_heading(place, yaw), **CLOSE)


def test_what_is_on_the_lane_or_may_change_to_it(lanes):
    random = np.random.default_rng(12)
    seen = set()
    for ours, theirs in lanes:
        for place in places(ours, random):
            answers = (
                ours.on_lane(*place), ours.on_lane(*place, margin=1.5),
                ours.reachable_from(*place), ours.after_end(*place))
            assert answers == (
                theirs.on_lane(place), theirs.on_lane(place, margin=1.5),
                theirs.is_reachable_from(place), theirs.after_end(place))
            seen.add(answers)
    assert len(seen) > 5


def test_lanes_without_length_are_refused():
    with pytest.raises(ValueError, match='same point'):
        StraightLane(start=(1.0, 2.0), end=(1.0, 2.0))
    with pytest.raises(ValueError, match='no length'):
        CircularLane(center=(0.0, 0.0), radius=5.0, start_phase=1.0, end_phase=1.0)
