# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Block-circulant layers are their dense expansion, with tied weights."""

import math

import numpy as np
import pytest
from scipy.linalg import circulant
import torch
from torch import nn

from drl_prune_ros.training.networks.circulant import (
    BlockCirculant,
    blocks_of,
    keep_blocks,
    stored_weights,
    tie,
    untie,
    vectors_of,
)

SHAPES = [(8, 8), (16, 24), (6, 17), (5, 3), (1, 9), (17, 1)]


def expanded(vectors: np.ndarray, signs: np.ndarray, outputs: int) -> np.ndarray:
    """Expand vectors (rows, columns, block) block by block, with SciPy's circulant matrices."""
    root = math.sqrt(vectors.shape[-1])
    blocks = np.block([[circulant(w * root) for w in row] for row in vectors])
    return blocks[:outputs, :len(signs)] * signs


def signs_of(linear: nn.Linear) -> np.ndarray:
    blocks = blocks_of(linear)
    assert blocks is not None
    return blocks.signs.numpy()


def tied(outputs: int, inputs: int, block: int, dtype: torch.dtype = torch.float64) -> nn.Linear:
    torch.manual_seed(0)
    linear = nn.Linear(inputs, outputs, dtype=dtype)
    tie(linear, block)
    return linear


@pytest.mark.parametrize('block', [2, 4, 8])
@pytest.mark.parametrize(('outputs', 'inputs'), SHAPES)
def test_a_layer_is_its_dense_expansion(outputs: int, inputs: int, block: int) -> None:
    linear = tied(outputs, inputs, block)
    weight = expanded(vectors_of(linear).detach().numpy(), signs_of(linear), outputs)
    assert np.array_equal(linear.weight.detach().numpy(), weight)
    x = np.random.default_rng(0).normal(size=(7, inputs))
    with torch.no_grad():
        assert np.allclose(linear(torch.as_tensor(x)), x @ weight.T + linear.bias.numpy())
    rows, columns = -(-outputs // block), -(-inputs // block)
    assert stored_weights(linear) == vectors_of(linear).numel() == rows * columns * block


@pytest.mark.parametrize('block', [2, 4, 8])
@pytest.mark.parametrize(('outputs', 'inputs'), SHAPES)
def test_gradients_are_the_sums_over_tied_entries(outputs: int, inputs: int, block: int) -> None:
    linear = tied(outputs, inputs, block)
    x = torch.randn(7, inputs, dtype=torch.float64)
    out = torch.randn(7, outputs, dtype=torch.float64)
    (linear(x).tanh() * out).sum().backward()
    dense = linear.weight.detach().clone().requires_grad_()
    (nn.functional.linear(x, dense, linear.bias.detach()).tanh() * out).sum().backward()
    sums, signs = np.zeros(vectors_of(linear).shape), signs_of(linear)
    for r in range(outputs):
        for c in range(inputs):
            place = r // block, c // block, (r - c) % block
            sums[place] += float(signs[c]) * float(dense.grad[r, c])   # type: ignore[index]
    assert np.allclose(vectors_of(linear).grad, math.sqrt(block) * sums)


@pytest.mark.parametrize('block', [2, 4, 8])
def test_gradients_are_finite_differences(block: int) -> None:
    blocks = BlockCirculant(6, 11, block)
    blocks.kept[0, 0] = False
    vectors = torch.randn(*blocks.kept.shape, block, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda v: blocks(v).tanh(), (vectors,))


@pytest.mark.parametrize('block', [2, 4, 8])
@pytest.mark.parametrize(('outputs', 'inputs'), SHAPES)
def test_the_projection_is_least_squares(outputs: int, inputs: int, block: int) -> None:
    blocks = BlockCirculant(outputs, inputs, block)
    weight = torch.randn(outputs, inputs, dtype=torch.float64)
    vectors = blocks.right_inverse(weight)
    # The expansion is linear: its matrix, one column a stored scalar.
    units = np.eye(vectors.numel()).reshape(-1, *vectors.shape)
    matrix = np.stack([expanded(unit, blocks.signs.numpy(), outputs).ravel() for unit in units],
                      axis=1)
    closest = np.linalg.lstsq(matrix, weight.numpy().ravel(), rcond=None)[0]
    assert np.allclose(vectors.numpy().ravel(), closest)
    again = blocks.right_inverse(blocks(vectors))
    assert torch.allclose(again, vectors), 'a circulant weight is its own projection'
    linear = tied(outputs, inputs, block)
    linear.weight = weight
    assert torch.equal(vectors_of(linear), vectors), 'what is assigned is projected'


def test_masked_blocks_are_zero_and_learn_nothing() -> None:
    linear = tied(16, 24, 8)
    blocks = blocks_of(linear)
    assert blocks is not None
    blocks.kept[1, 2] = False
    assert stored_weights(linear) == 5 * 8
    assert not linear.weight[8:, 16:].any()
    assert linear.weight[:8].all() and linear.weight[:, :16].all()
    linear(torch.randn(7, 24, dtype=torch.float64)).square().sum().backward()
    gradient = vectors_of(linear).grad
    assert gradient is not None
    assert not gradient[1, 2].any()
    assert gradient[blocks.kept].all()


@pytest.mark.parametrize('block', [1, 8])
def test_what_is_left_learns_faster_the_fewer_blocks_there_are(block: int) -> None:
    linear = tied(16, 24, 8)
    if block == 1:
        untie(linear)
    blocks, before = blocks_of(linear), linear.weight.detach().clone()
    assert blocks is not None and float(blocks.scale) == pytest.approx(math.sqrt(block))
    kept = torch.zeros(blocks.kept.numel(), dtype=torch.bool)
    kept[::3] = True
    grown = keep_blocks(linear, kept)
    assert grown == pytest.approx(math.sqrt(3))
    left = linear.weight != 0
    assert int(left.sum()) == 16 * 24 / 3
    assert torch.allclose(linear.weight[left], before[left])
    # A step of Adam is as long for every parameter: the weight's grows with the scale.
    torch.nn.init.ones_(vectors_of(linear))
    assert torch.allclose(linear.weight[left].abs(), torch.tensor(math.sqrt(3 * block)).double())
    keep_blocks(linear, torch.ones_like(kept))
    assert float(blocks.scale) == pytest.approx(math.sqrt(block))


def test_layers_start_with_the_spread_of_dense_ones() -> None:
    torch.manual_seed(0)
    dense = nn.Linear(256, 256)
    for block in (2, 4, 8):
        linear = nn.Linear(256, 256)
        tie(linear, block)
        spread = float(linear.weight.detach().std())
        assert spread == pytest.approx(float(dense.weight.detach().std()), rel=0.02)
        assert linear.weight.abs().max() <= 1 / 16
    whole = nn.Linear(3, 3)
    tie(whole, 1)
    assert blocks_of(whole) is None and stored_weights(whole) == 9


def test_layers_learn_as_quickly_as_dense_ones() -> None:
    torch.manual_seed(0)
    x, wanted = torch.randn(512, 64), 10 * torch.randn(512, 64)
    learned = {}
    for block in (1, 2, 4, 8):
        linear = nn.Linear(64, 64)
        tie(linear, block)
        optimizer = torch.optim.Adam(linear.parameters(), 1e-5)
        before = nn.functional.mse_loss(linear(x), wanted)
        before.backward()
        optimizer.step()
        after = nn.functional.mse_loss(linear(x), wanted)
        learned[block] = float(before.detach() - after.detach())
    for block in (2, 4, 8):
        assert learned[block] == pytest.approx(learned[1], rel=0.2)


def test_neurons_of_a_block_answer_differently() -> None:
    torch.manual_seed(0)
    answers = {}
    for block in (1, 8):
        linear = nn.Linear(256, 256)
        tie(linear, block)
        mean = linear(torch.rand(500, 256)).mean(dim=0).detach().view(-1, 8)
        answers[block] = float(mean.std(dim=1).mean())
    assert answers[8] == pytest.approx(answers[1], rel=0.15)


def test_signs_are_those_of_every_layer_of_this_width() -> None:
    assert np.array_equal(signs_of(tied(16, 24, 8)), signs_of(tied(5, 24, 2)))
    assert set(signs_of(tied(16, 24, 8))) == {1.0, -1.0}
    saved = tied(16, 24, 8).state_dict()
    saved['parametrizations.weight.0.signs'] *= -1.0
    other = tied(16, 24, 8)
    before = other.weight.detach().clone()
    other.load_state_dict(saved)
    assert torch.equal(other.weight, -before), 'those that are saved count'
