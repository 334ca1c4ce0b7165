# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The own box among the objects is found, and nothing that is near is taken for it."""

from dataclasses import replace
import math

from hypothesis import given
from hypothesis import strategies as st
import pytest

from drl_prune_ros.perception.own_box import check_own_box
from drl_prune_ros.perception.scene import Contradiction, Ego, Objects
from drl_prune_ros.perception.synchronizer import InputSynchronizer

EGO = Ego(5, 100.0, 50.0, 0.7, 20.0, lateral_speed=0.2)


def box(ahead=0.0, left=0.0, speed=20.0, turned=0.0, length=4.5, width=1.8, number=7, ego=EGO):
    """Return one object, placed and turned as seen from the vehicle, moving along its own yaw."""
    cos, sin = math.cos(ego.yaw), math.sin(ego.yaw)
    yaw = ego.yaw + turned
    return Objects(
        x=[ego.x + cos * ahead - sin * left], y=[ego.y + sin * ahead + cos * left],
        vx=[speed * math.cos(yaw)], vy=[speed * math.sin(yaw)], yaw=[yaw], length=[length],
        width=[width], id=[number])


OWN = [
    ('exact', {}),
    ('at base_link, behind the center', {'ahead': -1.4}),
    ('measured, 0.4 m off', {'ahead': 0.3, 'left': 0.3, 'speed': 20.8, 'turned': 0.05}),
    ('turned by 180 degrees, as boxes are', {'turned': math.pi, 'speed': -20.0}),
    ('of a bus', {'ahead': 3.0, 'length': 12.0, 'width': 2.5}),
    ('of a small robot', {'ahead': 0.1, 'length': 0.5, 'width': 0.3}),
]


@pytest.mark.parametrize('changed', [
    pytest.param(changed, id=name, marks=pytest.mark.reaction(
        'against the vehicle', f'its own box among the objects, {name}', 'inputs contradict'))
    for name, changed in OWN])
def test_the_own_box_is_found_and_named_by_its_id(changed):
    with pytest.raises(Contradiction, match='object 7 lies where the vehicle itself is'):
        check_own_box(EGO, box(**changed))


def test_it_is_found_while_the_vehicle_stands():
    ego = replace(EGO, speed=0.0, lateral_speed=0.0)
    with pytest.raises(Contradiction):
        check_own_box(ego, box(speed=0.0, ego=ego))


@pytest.mark.parametrize('frame', ['map', 'base_link'])
def test_it_is_found_in_a_set_of_inputs_and_in_either_frame(frame):
    sets = InputSynchronizer(base_link_to_center=1.4)
    own = box(ahead=1.4) if frame == 'map' else box(1.4, ego=Ego(0, 0.0, 0.0, 0.0, 20.0))
    sets.odometry(EGO, 'map', 0, 'base_link')
    with pytest.raises(Contradiction, match='object 7'):
        sets.sensor('objects', own, 5, frame, 0)


@pytest.mark.parametrize('changed', [
    {'left': 1.9}, {'left': -1.9}, {'ahead': 4.6}, {'ahead': -4.6},    # bumper to bumper
    {'ahead': 2.5, 'left': 0.0}, {'left': 0.9},                        # a crash, half overlapping
    {'speed': 10.0}, {'ahead': 0.5, 'speed': 0.0},                     # run through in one tick
    {'turned': math.pi / 2},                                           # crossing
    {'length': 0.0, 'width': 0.0},                                     # no size is known
    {'left': 0.5, 'length': 0.6, 'width': 0.6},                        # a pedestrian
])
def test_what_is_near_or_crashes_is_left_alone(changed):
    check_own_box(EGO, box(**changed))


@given(
    st.floats(-60, 60), st.floats(-60, 60), st.floats(-40, 40), st.floats(-4, 4),
    st.floats(0.5, 60), st.floats(0.3, 10))
def test_bodies_that_can_be_side_by_side_are_never_taken_for_it(
        ahead, left, speed, turned, length, width):
    if abs(ahead) >= length / 2 or abs(left) >= width / 2:   # the own center is outside
        check_own_box(EGO, box(ahead, left, speed, turned, length, width))


@pytest.mark.parametrize('place', [
    pytest.param((20_000.0, 3_500.0), marks=pytest.mark.reaction(
        'inside one message', 'objects in millimeters, all of them', 'inputs contradict')),
    pytest.param((5e6, 7e5), marks=pytest.mark.reaction(
        'inside one message', 'objects in another frame than they name', 'inputs contradict'))])
def test_objects_that_are_all_far_away_are_refused(place):
    far = Objects.of_rows([(*place, 0.0, 0.0, 0.0, 4.0, 2.0, 1)])
    with pytest.raises(Contradiction, match=r'the nearest object is .* km from the vehicle'):
        check_own_box(EGO, far)
    near = (EGO.x + 30.0, EGO.y, 0.0, 0.0, 0.0, 4.0, 2.0, 2)
    check_own_box(EGO, Objects.of_rows([*far.rows(), near]))


def test_none_and_many_objects():
    check_own_box(EGO, Objects.none())
    many = [[*values, 5.0, 0.0, 0.0, 4.0, 2.0, number] for number, values in enumerate(
        (200.0 + 10.0 * n, 0.0) for n in range(50))]
    check_own_box(EGO, Objects.of_rows([tuple(row) for row in many]))
    own = (EGO.x, EGO.y, 20.0 * math.cos(0.7), 20.0 * math.sin(0.7), 0.7, 4.0, 2.0, 50)
    with pytest.raises(Contradiction, match='object 50'):
        check_own_box(EGO, Objects.of_rows([*map(tuple, many), own]))
