# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from drl_prune_ros.monitoring.trend import Trend


@pytest.mark.parametrize('start', [0.0, 1e9])
def test_the_slope_is_that_of_least_squares(start):
    random = np.random.default_rng(0)
    times = np.cumsum(random.uniform(0.5, 5.0, 300))
    values = 40.0 + 3e-4 * times + random.normal(0, 0.1, 300)
    trend = Trend()
    for time, value in zip(start + times, values, strict=True):
        trend.add(time, value)
    assert trend.slope == pytest.approx(np.polyfit(times, values, 1)[0], rel=1e-4)


def test_one_time_has_no_slope():
    trend = Trend()
    assert trend.slope is None
    trend.add(5.0, 1.0)
    trend.add(5.0, 2.0)
    assert trend.slope is None
    trend.add(6.0, 2.5)
    assert trend.slope == pytest.approx(1.0)
