# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from drl_prune_ros.control.limits import Limits, NAMES
from drl_prune_ros.control.profile import load_profile
from drl_prune_ros.errors import DrlPruneError

VALUES = {'speed': [0.0, 10.0, 30.0], **{name: [4.0, 3.0, 1.0] for name in NAMES}}


@pytest.mark.parametrize('speed', [0.0, 4.0, 10.0, 17.5, 30.0, 90.0])
def test_between_the_points_they_are_linear_and_beyond_constant(speed):
    limits = load_profile('passenger_car').limits
    for name in NAMES:
        expected = np.interp(
            speed, limits.speed, [getattr(point, name) for point in limits.points])
        assert getattr(limits.at(speed), name) == pytest.approx(expected)
    assert limits.at(-speed) == limits.at(speed)


def test_reading_them():
    assert Limits.from_dict(VALUES).at(20.0).jerk == 2.0


@pytest.mark.parametrize(('change', 'reason'), [
    ({'speed': [1.0, 10.0, 30.0]}, 'limits.speed must increase from 0'),
    ({'speed': [0.0, 10.0, 10.0]}, 'limits.speed must increase from 0'),
    ({'jerk': [1.0]}, 'limits.jerk has 1 numbers, but limits.speed has 3'),
    ({'jerk': [1.0, 0.0, 1.0]}, r'limits\.jerk\[1\]: expected a number above 0'),
    ({'jerk': [1.0, float('nan'), 1.0]}, r'limits\.jerk\[1\]: expected a finite number'),
    ({'jerk': '123'}, 'limits.jerk: expected a list'),
    ({'steering': [1.0, 1.1, 1.1]}, 'limits.steering must not grow'),
    ({'wings': [1.0]}, 'must have exactly speed, acceleration'),
])
def test_a_wrong_entry(change, reason):
    with pytest.raises(DrlPruneError, match=reason):
        Limits.from_dict({**VALUES, **change})
