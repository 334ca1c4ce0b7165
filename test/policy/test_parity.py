# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Parity holds within the tolerance and names what breaks it."""

import numpy as np
from numpy.typing import NDArray
import pytest

from drl_prune_ros.policy.parity import check_parity, ParityError

SCORES = np.array([[1.0, 2.0, 3.0], [1000.0, 0.0, 1000.001], [0.5, 0.5, 0.1]])


def discrete(scores: NDArray) -> dict[str, NDArray]:
    return {'scores': scores, 'action': scores.argmax(axis=1)}


def test_the_difference_is_relative_to_what_is_large() -> None:
    worst = check_parity({'a': discrete(SCORES), 'b': discrete(SCORES * (1 + 5e-6))})
    assert worst == pytest.approx(5e-6, rel=1e-3)


def test_choices_between_near_equals_do_not_count() -> None:
    tipped = SCORES.copy()
    tipped[1, 0] += 0.002
    tipped[2, 1] += 4e-6
    tipped[2, 0] -= 4e-6
    a, b = discrete(SCORES), discrete(tipped)
    assert a['action'].tolist() != b['action'].tolist()
    check_parity({'a': a, 'b': b})


def test_choices_between_clear_scores_count() -> None:
    other = {**discrete(SCORES), 'action': np.array([1, 2, 0])}
    with pytest.raises(ParityError, match='torch and numpy choose different actions for 1 of 3'):
        check_parity({'torch': discrete(SCORES), 'numpy': other})


def test_every_pair_is_compared() -> None:
    good, bad = {'action': np.zeros((4, 2))}, {'action': np.full((4, 2), 2e-5)}
    with pytest.raises(ParityError, match='b and c disagree on action: 2e-05 is more than 1e-05'):
        check_parity({'b': good, 'c': bad})
    with pytest.raises(ParityError):
        check_parity({'a': good, 'b': good, 'c': bad})
    check_parity({'a': good, 'c': bad}, tolerance=1e-4)


def test_what_cannot_be_compared() -> None:
    action = {'action': np.zeros((4, 2))}
    for other, reason in [
        (discrete(SCORES), 'different outputs'),
        ({'action': np.zeros((3, 2))}, 'different shapes'),
        ({'action': np.full((4, 2), np.nan)}, 'not finite'),
    ]:
        with pytest.raises(ParityError, match=reason):
            check_parity({'a': action, 'b': other})


def test_one_score_and_no_observations() -> None:
    one = discrete(np.zeros((2, 1)))
    assert check_parity({'a': one, 'b': one}) == 0.0
    none = discrete(np.zeros((0, 3)))
    assert check_parity({'a': none, 'b': none}) == 0.0
