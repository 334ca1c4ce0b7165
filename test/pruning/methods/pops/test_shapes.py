# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From the weights that layers need to balanced widths, and when a search is over."""

from itertools import pairwise

from hypothesis import given, strategies
import pytest

from drl_prune_ros.policy.manifest import count_weights
from drl_prune_ros.pruning.methods.pops.shapes import (
    fitting_widths,
    next_shape,
    of_one_size,
    Round,
)

ALL = tuple(range(8))


@given(inputs=strategies.integers(1, 40), outputs=strategies.integers(1, 9),
       widths=strategies.lists(strategies.integers(1, 60), min_size=1, max_size=3))
def test_the_weights_of_a_dense_network_give_its_widths(
        inputs: int, outputs: int, widths: list[int]) -> None:
    shape = (inputs, *widths, outputs)
    left = [a * b for a, b in pairwise(shape)]
    found = fitting_widths(inputs, outputs, left, sum(left))
    if len(widths) == 2:   # one layer more than widths: three equations that all hold
        assert found == tuple(widths)
    assert count_weights((inputs, *found, outputs)) <= sum(left)


@given(left=strategies.lists(strategies.integers(1, 5000), min_size=3, max_size=3),
       limit=strategies.integers(20, 5000))
def test_widths_are_balanced_and_within_the_limit(left: list[int], limit: int) -> None:
    first, second = fitting_widths(8, 4, left, limit)
    assert count_weights((8, first, second, 4)) <= limit
    larger = [count_weights((8, first + a, second + b, 4)) for a, b in ((1, 0), (0, 1), (1, 1))]
    assert max(larger) > limit, 'it is as large as the limit allows'


def test_the_search_goes_down_while_students_meet_the_objective() -> None:
    first = Round((256, 256), ALL, 4, met=True, left=(300, 600, 100), reads=(0, 2, 3))
    hidden, inputs = next_shape([first], 0.05) or ((), ())
    assert inputs == (0, 2, 3)
    assert 900 <= count_weights((3, *hidden, 4)) <= 1000


def test_the_search_comes_back_half_way_where_a_student_failed() -> None:
    good = Round((20, 20), ALL, 4, met=True, left=(40, 80, 20), reads=ALL)
    bad = Round((8, 5), ALL, 4, met=False)
    found = next_shape([good, bad], 0.05)
    assert found
    weights = count_weights((8, *found[0], 4))
    assert bad.weights < weights <= (bad.weights * good.weights) ** 0.5
    again = Round(found[0], ALL, 4, met=False)
    second = next_shape([good, bad, again], 0.05)
    assert second and count_weights((8, *second[0], 4)) > weights


def test_a_student_that_cannot_spare_a_weight_is_followed_by_a_smaller_one() -> None:
    good = Round((20, 20), ALL, 4, met=True)
    found = next_shape([good], 0.05)
    assert found and found[1] == ALL
    assert 0.65 * good.weights < count_weights((8, *found[0], 4)) <= 0.75 * good.weights


@pytest.mark.parametrize('rounds', [
    [Round((256, 256), ALL, 4, met=False)],
    [Round((1, 1), ALL, 4, met=True)],
    [Round((20, 20), ALL, 4, met=True, left=(160, 400, 80), reads=ALL)],
    [Round((6, 6), ALL, 4, met=True, left=(30, 20, 10), reads=ALL),
     Round((6, 5), ALL, 4, met=False), Round((5, 6), ALL, 4, met=False)]])
def test_the_search_ends(rounds: list[Round]) -> None:
    assert next_shape(rounds, 0.1) is None


def test_shapes_of_one_size_differ_in_their_proportions() -> None:
    shapes = of_one_size(((7, 23), ALL), 4, [])
    assert shapes[0] == ((7, 23), ALL)
    limit = count_weights((8, 7, 23, 4))
    for (first, second), inputs in shapes[1:]:
        assert 0.85 * limit < count_weights((8, first, second, 4)) <= limit
        assert inputs == ALL
    ratios = [hidden[0] / hidden[1] for hidden, _ in shapes[1:]]
    assert ratios == pytest.approx([0.5, 1.0, 2.0], rel=0.15)
    failed = Round((40, 12), ALL, 4, met=False)
    assert [hidden for hidden, _ in of_one_size(((7, 23), ALL), 4, [failed])] == [
        hidden for hidden, _ in shapes if hidden[1] > 12], 'less of everything is hopeless'
    assert of_one_size(((7,), ALL), 4, []) == [((7,), ALL)], 'one layer has one width'


@given(widths=strategies.lists(strategies.integers(1, 60), min_size=2, max_size=4))
def test_no_shape_of_one_size_is_larger(widths: list[int]) -> None:
    shapes = of_one_size((tuple(widths), ALL), 4, [])
    sizes = [count_weights((8, *hidden, 4)) for hidden, _ in shapes]
    assert max(sizes) == sizes[0] and len(set(shapes)) == len(shapes)
    assert all(len(hidden) == len(widths) and min(hidden) >= 1 for hidden, _ in shapes)


def test_no_shape_is_tried_with_which_a_larger_one_failed() -> None:
    good = Round((13, 4), ALL, 4, met=True, left=(80, 40, 16), reads=ALL)
    found = next_shape([good], 0.05)
    assert found and found[0] == (10, 4)
    larger = Round((12, 5), ALL, 4, met=False)
    assert next_shape([good, larger], 0.05) == ((13, 3), ALL)


def test_at_the_end_a_unit_is_left_out() -> None:
    good = Round((6, 7), ALL, 4, met=True, left=(48, 42, 28), reads=ALL)
    first = Round((5, 7), ALL, 4, met=False)
    assert next_shape([good], 0.05) == (first.hidden, ALL), 'the one that frees most'
    assert next_shape([good, first], 0.05) == ((6, 6), ALL)
    assert next_shape([good, first, Round((6, 6), ALL, 4, met=False)], 0.05) is None
    # A student that met it may do with what another failed with, but not with less of all.
    smaller = Round((6, 6), ALL, 4, met=True, left=(48, 36, 24), reads=ALL)
    assert next_shape([good, first, smaller], 0.05) == ((6, 5), ALL)
    fewer = Round((5, 7), ALL[1:], 4, met=False)
    assert next_shape([good, fewer], 0.05) == (first.hidden, ALL), 'it reads more'
