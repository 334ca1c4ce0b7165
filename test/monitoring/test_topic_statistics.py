# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import math

import pytest

from drl_prune_ros.monitoring.topic_statistics import TopicStatistics

MS = 1_000_000


def drive(statistics, arrivals_ms, latency_ms):
    for number, arrival_ms in enumerate(arrivals_ms):
        stamp = round(arrival_ms * MS)
        statistics.latency.odometry(stamp, round((arrival_ms - latency_ms) * MS))
        statistics.command(stamp + number, stamp)
        statistics.latency.answered(stamp + number, stamp)


def test_windows_and_total():
    statistics = TopicStatistics(deadline_s=0.005, start_ns=0)
    drive(statistics, [50, 100, 150, 200], latency_ms=2)
    statistics.processing_time(0.08)
    first = statistics.turn(200 * MS)
    assert (first['seconds'], first['commands']) == (0.2, 4)
    assert first['commands_hz'] == pytest.approx(20.0)
    assert (first['deadline_misses'], first['dropped']) == (0, 0)
    assert first['latency_ms']['max'] == 2.0
    assert first['compute_ms']['p50'] == 0.08

    drive(statistics, [250, 300], latency_ms=9)
    second = statistics.turn(1200 * MS)
    assert (second['seconds'], second['commands'], second['commands_hz']) == (1.0, 2, 2.0)
    assert (second['answers'], second['deadline_misses']) == (2, 2)
    assert second['latency_ms']['p50'] == 9.0
    assert second['compute_ms']['count'] == 0

    total = statistics.total(1200 * MS)
    assert total['commands'] == 6
    assert total['commands_hz'] == pytest.approx(5.0)
    assert total['deadline_misses'] == 2
    assert total['latency_ms']['count'] == 6


def test_jitter_is_the_change_of_the_interval():
    statistics = TopicStatistics(0.2, 0)
    drive(statistics, [0, 50, 100, 170, 200], latency_ms=1)   # intervals 50, 50, 70, 30
    jitter = statistics.total(200 * MS)['jitter_ms']
    assert (jitter['count'], jitter['max']) == (3, 40.0)
    assert jitter['p50'] == pytest.approx(20.0, rel=0.01)


def test_a_processing_time_that_is_no_number_is_left_out():
    statistics = TopicStatistics(0.2, 0)
    for value in (math.nan, math.inf, 0.5):
        statistics.processing_time(value)
    assert statistics.total(1)['compute_ms']['count'] == 1
