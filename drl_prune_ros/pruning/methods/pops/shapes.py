# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
PoPS, stage three: from the weights that each layer needs to the shape of a dense network.

Which shape is tried next follows from what the rounds before found, and from nothing else: so a
search that was killed goes on where it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
import math

import numpy as np

from drl_prune_ros.policy.manifest import count_weights

SHRINKAGE = 0.25
"""Part of its weights that a student loses where pruning could not say how many it needs."""

PROPORTIONS = (0.5, 1.0, 2.0)
"""Of the first hidden width to the last, in shapes of one size."""

Shape = tuple[tuple[int, ...], tuple[int, ...]]
"""Hidden widths, and indices of the observation values that are read."""


def size_of(shape: Shape, outputs: int) -> int:
    """Return the weights of a network of `shape`."""
    hidden, inputs = shape
    return count_weights((len(inputs), *hidden, outputs))


@dataclass(frozen=True)
class Round:
    """
    What a round found.

    hidden   hidden widths of its student
    inputs   indices of the observation values that the student reads
    outputs  how many values it answers
    met      whether its student met the objective
    left     weights that each layer still needs, by the sparsest network that met it; None where
             none did
    reads    observation values that this sparsest network reads
    """

    hidden: tuple[int, ...]
    inputs: tuple[int, ...]
    outputs: int
    met: bool
    left: tuple[int, ...] | None = None
    reads: tuple[int, ...] | None = None

    @property
    def weights(self) -> int:
        """Weights of its student."""
        return size_of((self.hidden, self.inputs), self.outputs)

    @property
    def shrunk(self) -> tuple[int, ...]:
        """Weights of each layer of its student, less `SHRINKAGE` of them."""
        layers = pairwise((len(self.inputs), *self.hidden, self.outputs))
        return tuple(max(1, round((1.0 - SHRINKAGE) * a * b)) for a, b in layers)


def fitting_widths(inputs: int, outputs: int, left: Sequence[int], limit: int) -> tuple[int, ...]:
    """
    Return hidden widths whose layers hold about `left` weights, and no more than `limit` in all.

    Least squares in logarithms, sum over layers of (log w_l w_(l+1) - log n_l)^2, which is blind
    to size and so balanced; then one factor for all widths, as large as the limit allows.
    """
    hidden = len(left) - 1
    matrix, wanted = np.zeros((len(left), hidden)), np.log(np.maximum(1, left).astype(float))
    for layer in range(hidden):
        matrix[layer, layer] = matrix[layer + 1, layer] = 1.0
    wanted[0] -= math.log(inputs)
    wanted[-1] -= math.log(outputs)
    ideal = np.exp(np.linalg.lstsq(matrix, wanted, rcond=None)[0]).tolist()
    return largest_widths(inputs, outputs, ideal, limit)


def largest_widths(inputs: int, outputs: int, ideal: Sequence[float], limit: int,
                   ) -> tuple[int, ...]:
    """Return the largest hidden widths in the proportions of `ideal` within `limit` weights."""
    def scaled(factor: float) -> tuple[int, ...]:
        return tuple(max(1, round(factor * width)) for width in ideal)

    # The widths change one by one as the factor grows past the halves.
    factors = sorted({(width + 0.5) / one for one in ideal
                      for width in range(1, 1 + math.ceil(limit / max(1, min(inputs, outputs))))})
    best = scaled(0.0)
    for factor in factors:
        if count_weights((inputs, *scaled(factor * (1 + 1e-9)), outputs)) > limit:
            break
        best = scaled(factor * (1 + 1e-9))
    return best


def next_shape(rounds: Sequence[Round], tolerance: float) -> Shape | None:
    """
    Return the shape of the next round's student; None when the search is over.

    As long as students meet the objective, the smallest of them says what it needs; where it
    cannot spare a weight without learning anew, as one that learned from the environment, the next
    one is a quarter smaller. Where one failed, the next is half-way, by the logarithm of its
    weights, to the smallest that met it. Where that leads no further, the next lacks one unit of
    the smallest: rounded widths and weights that were learned once say only about what is needed.
    The search ends where a round would shrink the network by less than `tolerance` of its weights.
    """
    met = [one for one in rounds if one.met]
    if not met:
        return None
    smallest = min(met, key=lambda one: one.weights)
    for shape in (*derived(rounds, smallest), *lacking_one(smallest)):
        weights = size_of(shape, smallest.outputs)
        if weights <= (1.0 - tolerance) * smallest.weights and not hopeless(shape, rounds):
            return shape
    return None


def derived(rounds: Sequence[Round], smallest: Round) -> list[Shape]:
    """
    Return the shape that follows from what `smallest` needs, and from those that failed.

    None where whole units do not fit in between.
    """
    inputs = smallest.reads or smallest.inputs
    left = smallest.left or smallest.shrunk
    wanted = sum(left)
    failed = [one.weights for one in rounds if not one.met and one.weights < smallest.weights]
    if failed:
        wanted = max(wanted, math.isqrt(max(failed) * smallest.weights))
    shape = fitting_widths(len(inputs), smallest.outputs, left, wanted), inputs
    return [shape] if size_of(shape, smallest.outputs) > max(failed, default=0) else []


def lacking_one(smallest: Round) -> list[Shape]:
    """Return `smallest` without one of its hidden units, what takes most weights along first."""
    shapes = [((*smallest.hidden[:layer], width - 1, *smallest.hidden[layer + 1:]),
               smallest.inputs)
              for layer, width in enumerate(smallest.hidden) if width > 1]
    return sorted(shapes, key=lambda shape: size_of(shape, smallest.outputs))


def of_one_size(shape: Shape, outputs: int, rounds: Sequence[Round]) -> list[Shape]:
    """Return `shape` and those that divide its weights otherwise between the hidden layers."""
    hidden, inputs = shape
    limit = size_of(shape, outputs)
    shapes = [shape]
    for proportion in PROPORTIONS if len(hidden) > 1 else ():
        ideal = [proportion ** (-layer / (len(hidden) - 1)) for layer in range(len(hidden))]
        other = largest_widths(len(inputs), outputs, ideal, limit), inputs
        if (size_of(other, outputs) <= limit and other not in shapes
                and not hopeless(other, rounds)):
            shapes.append(other)
    return shapes


def hopeless(shape: Shape, rounds: Sequence[Round]) -> bool:
    """Return whether a student failed that had at least as much of everything."""
    hidden, inputs = shape
    return any(set(inputs) <= set(one.inputs)
               and all(a <= b for a, b in zip(hidden, one.hidden, strict=True))
               for one in rounds if not one.met)
