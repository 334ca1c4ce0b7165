# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Compiled random numbers are those of numpy."""

import numba
import numpy as np
import pytest

from drl_prune_ros.highway import random as draws
from drl_prune_ros.highway.records import RANDOM

DRAWS = 100_000     # of each method, over all seeds
SEEDS, METHODS, ROWS = 5, 7, 6


@numba.njit(_nrt=False)
def draw(record, kinds, order, out):
    for i in range(len(kinds)):
        if kinds[i] == 0:
            out[i] = draws.random(record)
        elif kinds[i] == 1:
            out[i] = draws.uniform(record, -3.0, 5.5)
        elif kinds[i] == 2:
            out[i] = draws.normal(record)
        elif kinds[i] == 3:
            out[i] = draws.integers(record, 7)
        elif kinds[i] == 4:
            out[i] = draws.integers(record, 1)
        elif kinds[i] == 5:
            first, second = draws.two_of(record, 4)
            out[i] = first * 10 + second
        else:
            for row in range(ROWS):
                order[row] = row
            for row in range(ROWS - 1, 0, -1):
                other = draws.interval(record, row)
                order[row], order[other] = order[other], order[row]
            out[i] = 0
            for row in range(ROWS):
                out[i] = out[i] * 10 + order[row]


def of_numpy(generator: np.random.Generator, kind: int) -> float:
    if kind == 5:
        first, second = generator.choice(range(4), size=2, replace=False)
        return first * 10 + second
    if kind == 6:   # rows, which numpy shuffles in another way than numbers
        rows = np.arange(ROWS)[:, None]
        generator.shuffle(rows)
        return float(''.join(map(str, rows[:, 0].tolist())))
    return (generator.random, lambda: generator.uniform(-3.0, 5.5), generator.normal,
            lambda: generator.integers(7), lambda: generator.choice([3]) - 3)[kind]()


@pytest.mark.parametrize('seed', range(SEEDS))
def test_a_mixture_of_draws_equals_numpys(seed: int) -> None:
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))
    record = np.zeros(1, RANDOM)
    draws.seeded(record[0], seed)
    kinds = np.repeat(np.arange(METHODS), DRAWS // SEEDS)
    np.random.default_rng(seed).shuffle(kinds)
    out = np.empty(len(kinds))
    draw(record[0], kinds, np.empty(ROWS, np.int64), out)
    assert np.array_equal(out, [of_numpy(generator, kind) for kind in kinds])
    after = np.zeros(1, RANDOM)
    draws.set_state(after[0], generator)
    assert record == after
