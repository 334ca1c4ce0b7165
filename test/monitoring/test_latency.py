# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import sys

import numpy as np
import pytest

from drl_prune_ros.monitoring.latency import LatencyTracker, PENDING

MS = 1_000_000


def test_latency_is_from_odometry_to_the_command_that_answers_it():
    tracker = LatencyTracker(deadline_s=0.2)
    random = np.random.default_rng(0)
    expected = random.uniform(0.5, 400.0, 500)
    for stamp, latency in enumerate(expected):
        start = stamp * 10_000 * MS
        tracker.odometry(stamp, start)
        tracker.command(10**12 + stamp, start + round(latency * MS))
        tracker.answered(10**12 + stamp, stamp)
    summary = tracker.latency_ms.total.summary()
    assert summary['count'] == tracker.commands == tracker.answers == 500
    assert summary['mean'] == pytest.approx(expected.mean(), abs=1e-5)
    assert summary['max'] == pytest.approx(expected.max(), abs=1e-5)
    for percent in (50, 90, 99):
        assert summary[f'p{percent}'] == pytest.approx(
            np.percentile(expected, percent, method='inverted_cdf'), rel=0.006)
    assert tracker.dropped == 0
    assert tracker.deadline_misses == (expected > 200.0).sum()


@pytest.mark.parametrize('order', ['oca', 'oac', 'coa', 'cao', 'aoc', 'aco'])
def test_messages_may_be_seen_in_any_order(order):
    tracker = LatencyTracker(0.2)
    for step in order:
        if step == 'o':
            tracker.odometry(5, 1 * MS)
        elif step == 'c':
            tracker.command(7, 4 * MS)
        else:
            tracker.answered(7, 5)
    assert tracker.latency_ms.total.buckets() == [(3.0, 1)]


def test_what_comes_again_counts_once():
    tracker = LatencyTracker(0.2)
    for now in (0, 50 * MS):
        tracker.odometry(1, now)
        tracker.command(1, now + MS)
        tracker.answered(1, 1)
    assert tracker.latency_ms.total.buckets() == [(1.0, 1)]
    assert (tracker.commands, tracker.answers) == (2, 1)


def test_commands_that_answer_nothing_have_no_latency():
    tracker = LatencyTracker(0.2)
    for number in range(3 * PENDING):
        tracker.command(number, number)
        tracker.odometry(number, number)
    assert tracker.commands == 3 * PENDING
    assert tracker.answers == 0
    assert tracker.latency_ms.total.count == 0


def test_inputs_that_a_later_one_overtook_are_dropped():
    """Those from before the first answer are not: the policy was not there yet."""
    tracker = LatencyTracker(0.2)
    for stamp in range(10):
        tracker.odometry(stamp, stamp * 200 * MS)
    for stamp in (4, 5, 8, 9):
        tracker.command(100 + stamp, (stamp * 200 + 1) * MS)
        tracker.answered(100 + stamp, stamp)
    assert tracker.dropped == 2
    assert tracker.answers == 4
    last = 10 + 3 * PENDING
    for stamp in range(10, last):
        tracker.odometry(stamp, stamp * 200 * MS)
    tracker.command(100 + last, last * 200 * MS)
    tracker.answered(100 + last, last - 1)
    assert tracker.dropped == 2 + 3 * PENDING - 1


@pytest.mark.reaction(
    'state', 'odometry at many times the control rate',
    'what was never to be answered does not count as dropped')
@pytest.mark.parametrize('ratio', [2, 3, 10])
def test_what_was_not_to_be_answered_is_not_dropped(ratio):
    tracker = LatencyTracker(0.2)
    for tick in range(50):
        for part in range(ratio):
            stamp = tick * ratio + part
            tracker.odometry(stamp, round(stamp * 200 * MS / ratio))
            if part == 1:
                tracker.command(10_000 + stamp, round((stamp * 200 / ratio + 2) * MS))
                tracker.answered(10_000 + stamp, stamp)
    assert tracker.answers == 50
    assert tracker.dropped == 0


def test_memory_is_constant():
    tracker = LatencyTracker(0.2)

    def drive(start, count):
        for stamp in range(start, start + count):
            tracker.odometry(stamp, stamp * MS)
            tracker.command(stamp, stamp * MS + stamp % 977 * 1000)
            tracker.answered(stamp, stamp)
    drive(0, 5000)
    before = sys.getallocatedblocks()
    drive(5000, 20_000)
    assert sys.getallocatedblocks() - before < 100
    assert tracker.answers == 25_000
