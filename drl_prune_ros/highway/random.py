# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The random numbers of numpy's Generator over PCG64, drawn in compiled code.

Every method gives what the one of the same name gives, and leaves the generator as that does:
numpy's PCG XSL RR 128/64, the ziggurat with its tables, Lemire's bounded integers from the
buffered half of a draw, and Floyd's choice.
"""

from __future__ import annotations

import math
from typing import Any

from numba.np.random._constants import (
    fi_double,
    ki_double,
    wi_double,
    ziggurat_nor_inv_r,
    ziggurat_nor_r,
)
import numpy as np

from drl_prune_ros.highway.compiled import compiled

MULTIPLIER_HIGH, MULTIPLIER_LOW = np.uint64(0x2360ED051FC65DA4), np.uint64(0x4385DF649FCCF645)
MASK = (1 << 64) - 1
HALF = np.uint64(0xFFFFFFFF)
U0, U1, U2, U4, U8, U9, U11, U16, U32, U58, U63, U64 = map(
    np.uint64, (0, 1, 2, 4, 8, 9, 11, 16, 32, 58, 63, 64))
FRACTION = np.uint64(0x000FFFFFFFFFFFFF)
BYTE = np.uint64(0xFF)
RADIUS, INVERSE_RADIUS = float(ziggurat_nor_r), float(ziggurat_nor_inv_r)
KI, WI, FI = (table.astype(kind) for table, kind in (
    (ki_double, np.uint64), (wi_double, np.float64), (fi_double, np.float64)))


def set_state(record: np.void, generator: np.random.Generator) -> None:
    """Copy the state of a generator over PCG64 into a record of RANDOM."""
    state = generator.bit_generator.state
    inner = state['state']
    record['high'], record['low'] = inner['state'] >> 64, inner['state'] & MASK
    record['increment_high'], record['increment_low'] = inner['inc'] >> 64, inner['inc'] & MASK
    record['has_half'], record['half'] = state['has_uint32'], state['uinteger']


def of_record(record: np.void) -> dict[str, Any]:
    """Return the state of numpy's PCG64 that a record of RANDOM is."""
    return {
        'bit_generator': 'PCG64',
        'state': {'state': int(record['high']) << 64 | int(record['low']),
                  'inc': int(record['increment_high']) << 64 | int(record['increment_low'])},
        'has_uint32': int(record['has_half']), 'uinteger': int(record['half'])}


def seeded(record: np.void, seed: int) -> None:
    """Begin as gymnasium's np_random(seed) does."""
    set_state(record, np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed))))


@compiled
def multiply(a, b):
    """Return both halves of the product of two 64-bit numbers."""
    a_high, a_low, b_high, b_low = a >> U32, a & HALF, b >> U32, b & HALF
    low = a_low * b_low
    middle = a_high * b_low + (low >> U32)
    other = a_low * b_high + (middle & HALF)
    return a_high * b_high + (middle >> U32) + (other >> U32), (other << U32) | (low & HALF)


@compiled
def next64(r):
    """Return 64 random bits."""
    high, low = multiply(r.low, MULTIPLIER_LOW)
    high += r.high * MULTIPLIER_LOW + r.low * MULTIPLIER_HIGH
    total = low + r.increment_low
    high += r.increment_high + (U1 if total < low else U0)
    r.high, r.low = high, total
    turn = high >> U58
    mixed = high ^ total
    return (mixed >> turn) | (mixed << ((U64 - turn) & U63))


@compiled
def next32(r):
    """Return 32 random bits, every other time the half that was left."""
    if r.has_half:
        r.has_half = U0
        return r.half
    bits = next64(r)
    r.has_half, r.half = U1, bits >> U32
    return bits & HALF


@compiled
def random(r):
    """Return a number from 0 up to 1."""
    return float(next64(r) >> U11) * (1.0 / 9007199254740992.0)


@compiled
def uniform(r, low, high):
    """Return a number from low up to high."""
    return low + (high - low) * random(r)


@compiled
def integers(r, count):
    """Return an integer from 0 up to count, which is at least 1; of one alone nothing is drawn."""
    if count == 1:
        return 0
    wanted = np.uint64(count)
    product = next32(r) * wanted
    left = product & HALF
    if left < wanted:
        threshold = (HALF - (wanted - U1)) % wanted
        while left < threshold:
            product = next32(r) * wanted
            left = product & HALF
    return np.int64(product >> U32)


@compiled
def normal(r):
    """Return a standard normal number, by the ziggurat method."""
    while True:
        bits = next64(r)
        index = np.int64(bits & BYTE)
        negative = (bits >> U8) & U1
        magnitude = (bits >> U9) & FRACTION
        x = float(magnitude) * WI[index]
        if negative:
            x = -x
        if magnitude < KI[index]:
            return x
        if index == 0:
            while True:
                xx = -INVERSE_RADIUS * math.log1p(-random(r))
                yy = -math.log1p(-random(r))
                if yy + yy > xx * xx:
                    return -(RADIUS + xx) if (magnitude >> U8) & U1 else RADIUS + xx
        elif (FI[index - 1] - FI[index]) * random(r) + FI[index] < math.exp(-0.5 * x * x):
            return x


@compiled
def two_of(r, count):
    """Return two different integers from 0 up to count, as choice(count, 2, replace=False)."""
    first = integers(r, count - 1)
    second = integers(r, count)
    if second == first:
        second = count - 1
    if integers(r, 2) == 0:   # the shuffle swaps the last with one up to it
        return second, first
    return first, second


@compiled
def interval(r, most):
    """Return an integer from 0 up to most and with it, as shuffle draws it: by trial."""
    limit = np.uint64(most)
    mask = limit
    for shift in (U1, U2, U4, U8, U16):
        mask |= mask >> shift
    value = next32(r) & mask
    while value > limit:
        value = next32(r) & mask
    return np.int64(value)
