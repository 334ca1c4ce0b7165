# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass

import pytest

from drl_prune_ros import fields
from drl_prune_ros.fields import FieldError


@dataclass
class Example:
    needed: int
    optional: int = 0


@pytest.mark.parametrize(('check', 'value', 'result'), [
    (fields.text, 'a', 'a'), (fields.flag, True, True), (fields.count, 3, 3),
    (fields.number, 2, 2.0), (fields.rate, 5, 5.0), (fields.positive, 0.5, 0.5),
    (fields.names, ['a', 'b'], ('a', 'b')), (fields.interval, [None, 1], (None, 1.0)),
    (fields.plain, {'a': (1, 2)}, {'a': [1, 2]}),
])
def test_a_good_value_comes_back_plain(check, value, result):
    found = check(value, 'x')
    assert found == result
    assert type(found) is type(result)


@pytest.mark.parametrize(('check', 'value', 'expected'), [
    (fields.text, '', 'a non-empty string'), (fields.flag, 1, 'true or false'),
    (fields.count, True, 'a whole number'), (fields.count, 0, 'a whole number of at least 1'),
    (fields.number, True, 'a number'), (fields.number, float('nan'), 'a finite number'),
    (fields.number, 10 ** 400, 'a finite number'), (fields.rate, 0, 'a rate above 0 Hz'),
    (fields.positive, -1.0, 'a number above 0'), (fields.names, ['a', 'a'], 'none twice'),
    (fields.interval, [2, 1], 'low below high'), (fields.plain, {1: 2}, 'string keys'),
    (fields.plain, {'a': object()}, 'what JSON can hold'),
    (fields.plain, {'a': float('inf')}, 'what JSON can hold'),
])
def test_a_bad_value_gives_one_line_that_names_the_field(check, value, expected):
    with pytest.raises(FieldError, match=rf'^field a\.b: expected .*{expected}') as caught:
        check(value, 'a.b')
    assert '\n' not in str(caught.value)
    assert len(str(caught.value)) < 150


def test_entries_of_a_list_are_named_by_their_place():
    assert fields.each((1, 2), 'x', fields.number) == (1.0, 2.0)
    with pytest.raises(FieldError, match=r'field x\[1\]: expected a number'):
        fields.each([1, 'a'], 'x', fields.number)
    with pytest.raises(FieldError, match='expected 2 entries, one for each of the axes'):
        fields.as_many((1,), 'x', 2, 'the axes')


def test_keys_are_those_of_a_dataclass():
    assert fields.keys({'needed': 1}, 'x', Example) == {'needed': 1}
    with pytest.raises(FieldError, match='field x has an unknown entry'):
        fields.keys({'needed': 1, 'other': 2}, 'x', Example)
    with pytest.raises(FieldError, match=r'field x\.needed is missing'):
        fields.keys({'optional': 1}, 'x', Example)
