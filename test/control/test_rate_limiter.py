# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
from itertools import pairwise

import numpy as np
import pytest

from drl_prune_ros.control.rate_limiter import RateLimiter

MS = 1_000_000


@pytest.mark.parametrize('rate_hz', [5, 10, 20, 100, 1000])
def test_of_faster_sensors_it_takes_one_a_period(rate_hz):
    limiter = RateLimiter(0.2)
    taken = [now for now in range(0, 10_000 * MS, 1_000 * MS // rate_hz) if limiter.take(now)]
    assert 50 <= len(taken) <= 51
    # From when it knows how fast they are.
    gaps = {b - a for a, b in pairwise(taken[3:])}
    assert all(199 * MS <= gap <= 201 * MS for gap in gaps)


def test_slower_sensors_are_all_taken():
    limiter = RateLimiter(0.2)
    assert all(limiter.take(now * 350 * MS) for now in range(20))


def test_jitter_loses_nothing():
    limiter = RateLimiter(0.2)
    assert all(limiter.take((200 * tick + (-1) ** tick * 40) * MS) for tick in range(50))


@pytest.mark.parametrize('jump', [-3_600_000, -1_000, 1_000, 3_600_000])
def test_a_clock_that_is_set_begins_anew(jump):
    limiter = RateLimiter(0.2)
    assert limiter.take(0)
    assert limiter.take(jump * MS)
    assert not limiter.take((jump + 50) * MS)
    assert limiter.take((jump + 200) * MS)


@pytest.mark.reaction(
    'state', 'sensors at 1, 2, 3 ... 20 times the control rate, with jitter',
    'answered at the control rate, in steady intervals')
@pytest.mark.parametrize('ratio', [1, 2, 3, 4, 5, 10, 20])
@pytest.mark.parametrize('phase', range(5))
def test_jitter_of_faster_sensors_leaves_the_intervals_steady(ratio, phase):
    random, period = np.random.default_rng(phase), 200 * MS
    limiter, sensor = RateLimiter(0.2), period / ratio
    events = [phase * 7 * MS + sensor * (number + random.uniform(-0.2, 0.2))
              for number in range(300 * ratio)]
    taken = [now for now in events if limiter.take(round(now))][1:]
    gaps = np.diff(taken) / period
    assert 0.5 < gaps.min() and gaps.max() < 1.5
    assert gaps.mean() == pytest.approx(1.0, abs=0.01)
