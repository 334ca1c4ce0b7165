# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Compiled random numbers are those of numpy."""

import numba
import numpy as np
import pytest

from drl_prune_ros.highway import random as draws
from drl_prune_ros.highway.records import RANDOM


@numba.njit(_nrt=False)
def draw(record, kinds, out):
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
        else:
            first, second = draws.two_of(record, 4)
            out[i] = first * 10 + second


def of_numpy(generator: np.random.Generator, kind: int) -> float:
    if kind == 5:
        first, second = generator.choice(range(4), size=2, replace=False)
        return first * 10 + second
    return (generator.random, lambda: generator.uniform(-3.0, 5.5), generator.normal,
            lambda: generator.integers(7), lambda: generator.choice([3]) - 3)[kind]()


@pytest.mark.parametrize('seed', range(5))
def test_a_mixture_of_draws_equals_numpys(seed: int) -> None:
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))
    record = np.zeros(1, RANDOM)
    draws.seeded(record[0], seed)
    kinds = np.random.default_rng(seed).integers(0, 6, 20_000)
    out = np.empty(len(kinds))
    draw(record[0], kinds, out)
    assert np.array_equal(out, [of_numpy(generator, kind) for kind in kinds])
    after = np.zeros(1, RANDOM)
    draws.set_state(after[0], generator)
    assert record == after
