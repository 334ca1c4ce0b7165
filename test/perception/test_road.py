# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import copy
import json
import time

import numpy as np
import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.perception.lane_network import Segment
from drl_prune_ros.perception.lanes import CircularLane, SineLane, StraightLane
from drl_prune_ros.perception.road import LONGEST_TEXT, MOST_LANES, Road, RoadError


def some_road(random):
    def number():
        return float(random.normal() * 10.0 ** random.integers(-12, 12))

    phase = float(random.normal())
    return Road((
        Segment('a', 'b', (
            StraightLane(start=(number(), 2.0), end=(number(), 2.0), width=abs(number())),)),
        Segment('b', 'c', (
            SineLane(
                start=(0.0, 1.5), end=(number(), number()), amplitude=number(),
                pulsation=number(), phase=phase, forbidden=True),)),
        Segment('c', 'd', (
            CircularLane(
                center=(number(), number()), radius=abs(number()), start_phase=phase,
                end_phase=phase + float(random.uniform(1, 3)), speed_limit=abs(number())),))))


def test_every_number_survives_the_round_trip_exactly():
    for seed in range(50):
        road = some_road(np.random.default_rng(seed))
        assert Road.from_json(road.to_json()) == road


@pytest.fixture
def content():
    lane = {
        'shape': 'straight', 'start': [0.0, 0.0], 'end': [100.0, 0.0], 'width': 4.0,
        'speed_limit': 30.0, 'forbidden': False}
    right = {**lane, 'start': [0.0, -4.0], 'end': [100.0, -4.0]}
    return {
        'format': 'drl_prune_ros/road', 'version': 1,
        'segments': [{'from': '0', 'to': '1', 'lanes': [lane, right]}]}


def refused(content, reason):
    text = content if isinstance(content, str) else json.dumps(content)
    with pytest.raises(RoadError, match=reason) as caught:
        Road.from_json(text)
    assert isinstance(caught.value, DrlPruneError)
    assert '\n' not in str(caught.value)


def test_a_good_description_is_read(content):
    assert Road.from_json(json.dumps(content)).lane_count == 2


@pytest.mark.parametrize(('text', 'reason'), [
    ('', 'not JSON'), ('{"format": ', 'not JSON'), ('[' * 100_000, 'not JSON'),
    ('[]', '"format"'), ('7', '"format"'), ('{}', '"format"'),
])
def test_what_is_no_description(text, reason):
    refused(text, reason)


@pytest.mark.parametrize(('change', 'reason'), [
    ({'version': 2}, 'version 2 is not 1'),
    ({'version': None}, 'version None is not 1'),
    ({'extra': 1}, 'unknown member "extra"'),
    ({'segments': []}, 'at least one'),
    ({'segments': {}}, 'at least one'),
    ({'segments': [1]}, r'segments\[0\] is not an object'),
    ({'segments': [{'from': '0', 'to': '1'}]}, 'lacks "lanes"'),
    ({'segments': [{'from': 0, 'to': '1', 'lanes': []}]}, 'not a string'),
    ({'segments': [{'from': '0', 'to': '1', 'lanes': []}]}, 'at least one'),
    ({'segments': [{'from': '0', 'to': '1', 'lanes': [None]}]}, 'needs a "shape"'),
])
def test_what_is_wrong_with_the_road(content, change, reason):
    refused({**content, **change}, reason)


@pytest.mark.parametrize(('change', 'reason'), [
    ({'shape': 'clothoid'}, 'one of straight, sine, circular'),
    ({'shape': []}, 'one of straight, sine, circular'),
    ({'shape': 'sine'}, 'lacks "amplitude"'),
    ({'radius': 1.0}, 'unknown member "radius"'),
    ({'width': 0.0}, r'segments\[0\]\.lanes\[1\]\.width: expected a number above 0, found 0\.0'),
    ({'width': '4'}, 'width: expected a number'),
    ({'width': True}, 'width: expected a number'),
    ({'width': 10 ** 400}, 'width: expected a finite number'),
    ({'speed_limit': float('nan')}, 'speed_limit: expected a finite number'),
    ({'start': [0.0, float('inf')]}, 'start: expected a finite number'),
    ({'start': [0.0]}, r'start: expected a point \[x, y\]'),
    ({'start': 3}, r'start: expected a point \[x, y\]'),
    ({'start': [100.0, -4.0]}, 'same point'),
    ({'forbidden': 0}, 'forbidden: expected true or false'),
    ({'start': [0.0, 4.0], 'end': [100.0, 4.0]}, 'numbered from the left'),
])
def test_what_is_wrong_with_a_lane(content, change, reason):
    lane = content['segments'][0]['lanes'][1]
    content['segments'][0]['lanes'][1] = {**lane, **change}
    refused(content, reason)


@pytest.mark.parametrize('name', ['start', 'end', 'width', 'speed_limit', 'forbidden'])
def test_a_lane_that_lacks_a_member(content, name):
    del content['segments'][0]['lanes'][0][name]
    refused(content, f'lacks "{name}"')


def test_two_segments_between_the_same_nodes(content):
    content['segments'] *= 2
    refused(content, 'two segments lead from "0" to "1"')


def test_roads_differ_when_a_lane_does(content):
    other = copy.deepcopy(content)
    other['segments'][0]['lanes'][1]['forbidden'] = True
    assert Road.from_json(json.dumps(content)) != Road.from_json(json.dumps(other))


def long_road(segments, lanes=3):
    def lane(segment, number):
        return {'shape': 'straight', 'start': [100.25 * segment, -4.0 * number],
                'end': [100.25 * (segment + 1), -4.0 * number], 'width': 4.0,
                'speed_limit': 30.0, 'forbidden': False}
    return json.dumps({'format': 'drl_prune_ros/road', 'version': 1, 'segments': [
        {'from': str(n), 'to': str(n + 1), 'lanes': [lane(n, k) for k in range(lanes)]}
        for n in range(segments)]})


def processor_s(work):
    """Return the least processor time of three calls."""
    def once():
        begun = time.process_time()
        work()
        return time.process_time() - begun
    return min(once() for _ in range(3))


@pytest.mark.reaction('against the road', 'a valid road of as many lanes as are read',
                      'taken, in a time that grows as its length')
def test_a_long_road_is_read_in_a_time_that_grows_as_its_length():
    text = long_road(MOST_LANES // 3)
    assert len(text) < LONGEST_TEXT
    road = Road.from_json(text)
    assert sum(len(segment.lanes) for segment in road.segments) == MOST_LANES // 3 * 3
    assert processor_s(lambda: Road.from_json(text)) < 0.3
    assert processor_s(road.network) < 0.3


def large(text, what):
    return pytest.param(text, id=what.replace(' ', '-'), marks=pytest.mark.reaction(
        'against the road', what, 'refused in one line; the road before stays'))


@pytest.mark.parametrize('text', [
    large(lambda: long_road(MOST_LANES, 1)[:-1] + ' ' * LONGEST_TEXT + '}', 'a road of 10 MB'),
    large(lambda: long_road(MOST_LANES + 1, 1), 'a road of one lane too many'),
    large(lambda: long_road(1, MOST_LANES + 1), 'a segment of thousands of lanes'),
    large(lambda: long_road(1).replace('"width": 4.0', '"width": 4.0, "width": 9.0'),
          'a member twice in a road'),
    large(lambda: '[' * LONGEST_TEXT, 'half a million brackets'),
    large(lambda: '[' + '[],' * (LONGEST_TEXT // 3 - 1) + '0]', 'a list of 170,000 lists'),
    large(lambda: long_road(1).replace('4.0', '1e300'), 'a lane of 1e300 m'),
    large(lambda: long_road(1).replace('4.0', '5e-324'), 'a lane of a width of 5e-324 m'),
    large(lambda: long_road(1).replace('4.0', '9' * 4000), 'a width of 4,000 digits'),
    large(lambda: long_road(1).replace('"1"', '"1", "' + 'x' * 10**5 + '\\u001b[2J": 1'),
          'a name of 100,000 characters in a road'),
    large(lambda: long_road(1).replace('"version": 1', '"version": "' + '\\ud800' * 9**5 + '"'),
          'halves of surrogate pairs in a road'),
])
def test_a_large_road_is_refused_in_one_short_line(text):
    text = text()
    with pytest.raises(RoadError) as caught:
        Road.from_json(text)
    assert str(caught.value).isprintable() and len(str(caught.value)) < 1100
