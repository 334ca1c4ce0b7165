# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest

from drl_prune_ros.perception.driving_context import DrivingContext
from drl_prune_ros.perception.named_values import NamedValues, Values
from drl_prune_ros.perception.scene import Ego, InvalidInput, OutsideContract
from drl_prune_ros.policy.contracts import ObservationContract

PLACE = DrivingContext(Ego(0, 0.0, 0.0, 0.0, 0.0))


def observer(**changed):
    return NamedValues(ObservationContract(**{
        'kind': 'vector', 'shape': (3,), 'features': ('hip', 'hip.velocity', 'gap.m'),
        'units': ('rad', 'rad/s', 'm'), 'ranges': ((-2, 2), (None, None), (None, 10)),
        'normalized': False, 'clip': False, 'frame': 'none', 'rate_hz': 50,
        'control_rate_hz': 50, **changed}))


def values(hip=1.0, speed=5.0, gap=7.0):
    return Values(('gap.m', 'else', 'hip'), (gap, 0.0, hip), (0.0, 0.0, speed))


def test_names_may_come_in_any_order_and_with_others():
    built = observer().observe(PLACE, values())
    assert built.dtype == np.float32
    assert built.tolist() == [1.0, 5.0, 7.0]


def test_features_are_normalized_and_clipped_as_the_contract_says():
    assert observer(normalized=True, ranges=((-2, 2), (0, 10), (0, 10))).observe(
        PLACE, values(1.0, 5.0, 7.0)).tolist() == pytest.approx([0.5, 0.0, 0.4])
    assert observer(clip=True).observe(PLACE, values(-1.5)).tolist() == [-1.0, 1.0, 1.0]


@pytest.mark.parametrize(('sent', 'missing'), [
    (Values(('hip',), (1.0,), (2.0,)), r'lacks gap\.m \(position\)'),
    (Values(('hip', 'gap.m'), (1.0, 2.0)), r'lacks hip \(velocity\)'),
    (Values((), ()), r'lacks hip \(position\), hip \(velocity\), gap\.m \(position\)'),
])
def test_what_is_missing_is_named(sent, missing):
    with pytest.raises(InvalidInput, match=missing):
        observer().observe(PLACE, sent)


@pytest.mark.parametrize('bad', [math.nan, math.inf, -math.inf, 1e39])
def test_what_is_not_finite_for_the_network_is_named(bad):
    with pytest.raises(InvalidInput, match=r'hip\.velocity of the vector is') as caught:
        observer().observe(PLACE, values(speed=bad))
    assert not isinstance(caught.value, OutsideContract)


@pytest.mark.parametrize(('sent', 'reason'), [
    (values(hip=2.1), 'hip is 2.1, outside of -2 to 2'),
    (values(gap=11.0), 'gap.m is 11, outside of anything to 10'),
])
def test_what_the_policy_never_saw_is_outside_the_contract(sent, reason):
    with pytest.raises(OutsideContract, match=reason):
        observer().observe(PLACE, sent)


@pytest.mark.parametrize(('names', 'numbers', 'reason'), [
    (('a', 'a'), (1.0, 2.0), 'a name twice'), (('a', 'b'), (1.0,), '2 names, but 1 numbers'),
])
def test_names_and_numbers_have_to_match(names, numbers, reason):
    with pytest.raises(InvalidInput, match=reason):
        Values(names, numbers)
