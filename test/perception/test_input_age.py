# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
import pytest

from drl_prune_ros.perception.input_age import InputAge
from drl_prune_ros.perception.scene import Contradiction

S, MS = 1_000_000_000, 1_000_000


@pytest.fixture
def age():
    return InputAge(lambda: 100 * S, 0.5)


@pytest.mark.parametrize('age_ms', [0, 30, 499, 500, -30, -500])
def test_what_is_of_now_is_taken(age, age_ms):
    age.check('odometry', 100 * S - age_ms * MS)


@pytest.mark.parametrize(('stamp_ns', 'words'), [
    pytest.param(stamp_ns, words, id=name, marks=pytest.mark.reaction(
        'against the clock', name, 'inputs contradict'))
    for name, stamp_ns, words in (
        ('a stamp 0.6 s old', 99_400 * MS, r'objects is 0\.60 s old by this'),
        ('a stamp 0.6 s in the future', 100_600 * MS, r'0\.60 s in the future'),
        ('a stamp of 0', 0, r'100\.00 s old'),
        ('stamps of a recording or a simulation', 5 * S, 'set max_input_age to 0 for a recording'),
        ('stamps in GPS time, 18 s ahead', 118 * S, r'18\.00 s in the future'),
        ('a clock that is a day ahead', 86_500 * S, 'synchronize the clocks'),
        ('stamps in milliseconds, as seconds', 100_000 * S, 'in the future'),
    )])
def test_what_is_not_is_refused(age, stamp_ns, words):
    with pytest.raises(Contradiction, match=words):
        age.check('objects', stamp_ns)
    assert age.take() == {}, 'what is refused is not counted'


def test_without_a_limit_anything_is_taken():
    recording = InputAge(lambda: 100 * S, 0.0)
    for stamp_ns in (0, 5 * S, 10**18):
        recording.check('odometry', stamp_ns)


@pytest.mark.parametrize('limit', [0.0, 0.5])
@pytest.mark.reaction(
    'against the clock', 'use_sim_time is true and no /clock comes', 'inputs contradict')
def test_without_a_clock_nothing_is_taken(limit):
    with pytest.raises(Contradiction, match='use_sim_time is true, but no /clock arrives'):
        InputAge(lambda: 0, limit).check('odometry', 5 * S)


@pytest.mark.reaction(
    'against the clock', '/clock stops while sensors go on', 'inputs contradict')
def test_a_clock_that_stops_is_noticed_by_the_stamps_that_go_on(age):
    for number in range(6):
        age.check('odometry', 100 * S + number * 100 * MS)
    with pytest.raises(Contradiction, match='in the future by this'):
        age.check('odometry', 100 * S + 600 * MS)


def test_mean_and_maximum_are_those_since_the_last_time(age):
    for age_ms in (10, 20, 60):
        age.check('odometry', 100 * S - age_ms * MS)
    assert age.take() == {
        'input age mean (ms)': pytest.approx(30.0), 'input age max (ms)': pytest.approx(60.0)}
    assert age.take() == {}
    age.check('odometry', 100 * S - MS)
    assert age.take()['input age max (ms)'] == pytest.approx(1.0)
