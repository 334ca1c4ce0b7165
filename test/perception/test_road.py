# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import copy
import json

import numpy as np
import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.perception.lane_network import Segment
from drl_prune_ros.perception.lanes import CircularLane, SineLane, StraightLane
from drl_prune_ros.perception.road import Road, RoadError


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
