# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest

from drl_prune_ros.perception.scene import Ego, InvalidInput, NUMBERS, Objects

FIELDS = ('x', 'y', 'vx', 'vy', 'yaw', 'length', 'width', 'id')


def scene(**changed):
    return {**{name: [1, 2] for name in FIELDS}, **changed}


@pytest.mark.parametrize('name', ['x', 'y', 'yaw', 'speed', 'yaw_rate', 'lateral_speed'])
@pytest.mark.parametrize('value', [math.nan, math.inf, -math.inf])
def test_ego_refuses_what_is_not_finite(name, value):
    with pytest.raises(InvalidInput, match=f'^{name} of the odometry is'):
        Ego(**{'stamp_ns': 0, 'x': 0.0, 'y': 0.0, 'yaw': 0.0, 'speed': 0.0, name: value})


@pytest.mark.parametrize('one', [1, True, np.float32(1.0), np.float64(1.0)])
def test_every_number_of_the_vehicle_is_a_float(one):
    ego = Ego(0, one, 2, 0.0, one, one, one)
    assert {type(getattr(ego, name)) for name in NUMBERS} == {float}
    assert (ego.x, ego.y, ego.lateral_speed) == (1.0, 2.0, 1.0)


@pytest.mark.parametrize('name', ['x', 'y', 'vx', 'vy', 'yaw', 'length', 'width', 'id'])
@pytest.mark.parametrize('value', [math.nan, math.inf, -math.inf])
def test_objects_refuse_what_is_not_finite(name, value):
    with pytest.raises(InvalidInput, match=f'^{name} of an object'):
        Objects(**scene(**{name: [0.0, value]}))


@pytest.mark.parametrize('name', FIELDS)
def test_objects_refuse_columns_of_different_lengths(name):
    with pytest.raises(InvalidInput, match='has shape'):
        Objects(**scene(**{name: [1, 2, 3]}))


def test_objects_refuse_columns_with_two_axes():
    with pytest.raises(InvalidInput, match='has shape'):
        Objects(**{name: [[1], [2]] for name in FIELDS})


@pytest.mark.parametrize('name', ['length', 'width'])
def test_objects_refuse_negative_sizes(name):
    with pytest.raises(InvalidInput, match='negative'):
        Objects(**scene(**{name: [1.0, -1.0]}))


def test_objects_are_float64_and_read_only_and_their_own():
    x = np.array([1, 2], dtype=np.float32)
    objects = Objects(**scene(x=x))
    x[0] = math.nan
    assert objects.x.dtype == np.float64 and objects.id.dtype == np.int64
    assert objects.x.tolist() == [1.0, 2.0] and len(objects) == 2
    with pytest.raises(ValueError):
        objects.x[0] = math.nan


def test_no_objects():
    assert len(Objects.none()) == 0
