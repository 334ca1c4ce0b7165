# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The demo tells how long it will still take, and what pruning decides."""

import pytest

from drl_prune_ros.cli.demo_stages import choice, clock, decision, remaining, Stages
from drl_prune_ros.training.outcome import RunOutcome


def test_time_left_goes_by_what_the_stages_took() -> None:
    expected = [100.0, 50.0, 50.0]
    assert remaining(expected, 0, 0.0) == 200.0
    assert remaining(expected, 1, 100.0) == 100.0
    assert remaining(expected, 2, 300.0) == pytest.approx(100.0), 'a computer half as fast'


@pytest.mark.parametrize('seconds, told', [(0.4, '0:00'), (59.6, '1:00'), (185.0, '3:05')])
def test_a_time_is_minutes_and_seconds(seconds: float, told: str) -> None:
    assert clock(seconds) == told


def test_headings_count_the_stages(capsys: pytest.CaptureFixture[str]) -> None:
    stages = Stages([('prune', 120.0), ('drive', 60.0)])
    stages.begin()
    stages.begin()
    first, second = capsys.readouterr().out.strip().split('\n\n')
    assert first == '1/2  prune  (3:00 left in all)'
    assert second.startswith('2/2  drive  (0:00 left')


def test_decisions_and_confirmations_are_told_and_the_rest_is_not() -> None:
    cut = decision({'step': 32768, 'decision': 'go on', 'skill': 0.99, 'crash_rate': 0.015,
                    'budget': 900, 'weights': 47200})
    assert cut and all(part in cut for part in ('32,768', '0.990', '1.50%', 'go on', '47,200'))
    confirmed = decision({'step': 9, 'confirmed_return': 23.4, 'confirmed_crash_rate': 0.01,
                          'weights': 991})
    assert confirmed and '991 weights' in confirmed and '23.40' in confirmed
    assert 'outside' in choice(RunOutcome(9, False, 991, 23.4, 0.01))
    assert decision({'step': 9, 'validation_return': 3.0}) is None
