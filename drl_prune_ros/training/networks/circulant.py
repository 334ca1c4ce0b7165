# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Block-circulant layers: a weight matrix that is stored, and learned, as one vector a block.

A matrix of m x n is split into blocks of b x b, those at its edges cut off. Block (p, q) has one
vector w of b scalars (CirCNN, Ding et al., 2017), and input c a sign:

    W_pq[r, c] = sqrt(b) w_pq[(r - c) mod b] s_c

The vectors are the parameter: optimizer and targets know nothing else, and by the chain rule the
gradient of a scalar is the signed sum over the entries that it stands for. A block that is masked
is zero and its vector gets no gradient.

The root keeps tied layers as quick as dense ones (an equalized learning rate, Karras et al.,
2018). Adam moves every scalar by about its learning rate. One that stands for b neurons follows
the sum of b gradients, which hardly agree, so that each neuron gains a root of b less by it.

A block of 1 is a single weight, not tied; a layer of them is a dense one whose weights can be
masked. Where a part d of the blocks is left, the scale is sqrt(b / d), for the same reason: a
neuron that reads fewer inputs gains less from a step of each (Dey et al., 2024, who take 1 / d).

The signs are fixed, 1 or -1, drawn once for every number of inputs (circulant binary embedding, Yu
et al., 2014). Without them the b neurons of a block answer much alike: what comes out of a ReLU is
positive, and the sum of positive inputs hardly depends on how the weights before it are rotated.
"""

import math

import torch
from torch import nn
from torch.nn.utils import parametrize

from drl_prune_ros.errors import DrlPruneError

BLOCK_SIZES = (2, 4, 8)
"""Sizes of a circulant block that ties weights; 1 leaves a layer dense."""
SIGN_SEED = 0


def check_block_sizes(sizes: tuple[int, ...], hidden: tuple[int, ...]) -> None:
    """
    Raise DrlPruneError if block sizes do not fit a network.

    :param sizes: of each layer, first to last; 1 for a dense one.
    :param hidden: widths of the hidden layers.
    """
    if len(sizes) != len(hidden) + 1:
        raise DrlPruneError(f'{len(sizes)} block sizes for {len(hidden) + 1} layers: give one '
                            'for each layer, first to last')
    for size in sizes:
        if size != 1 and size not in BLOCK_SIZES:
            raise DrlPruneError(f'a block size of {size} cannot work: choose from '
                                f'{", ".join(map(str, BLOCK_SIZES))}, or 1 for a dense layer')
        if size > min(hidden, default=size):
            raise DrlPruneError(f'a block size of {size} cannot work in a layer of '
                                f'{min(hidden)} neurons: choose a smaller one')


class BlockCirculant(nn.Module):
    """
    The parametrization of a weight (outputs, inputs): its vectors (rows, columns, block).

    `kept` (rows, columns) bool says which blocks are still in the layer, `scale` is what vectors
    are multiplied by, and `signs` (inputs,) are those of the inputs; all are saved with them.
    """

    def __init__(self, outputs: int, inputs: int, block: int) -> None:
        super().__init__()
        self.block = block
        rows, columns = math.ceil(outputs / block), math.ceil(inputs / block)
        r, c = torch.arange(outputs)[:, None], torch.arange(inputs)
        entry = (r // block * columns + c // block) * block + (r - c) % block
        self.register_buffer('kept', torch.ones(rows, columns, dtype=torch.bool))
        self.register_buffer('scale', torch.tensor(math.sqrt(block), dtype=torch.float64))
        self.register_buffer('entry', entry, persistent=False)
        heads = torch.randint(2, (inputs,), generator=torch.Generator().manual_seed(SIGN_SEED))
        signs = 2.0 * heads - 1.0 if block > 1 else torch.ones(inputs)
        # Saved as well, so that another version of torch, which may draw others, reads them.
        self.register_buffer('signs', signs)

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        """Expand vectors (rows, columns, block) to the weight (outputs, inputs)."""
        left = (self.scale * vectors * self.kept[..., None]).flatten()
        if self.block == 1:
            return left.view_as(self.entry)
        return left.index_select(0, self.entry.flatten()).view_as(self.entry) * self.signs

    def right_inverse(self, weight: torch.Tensor) -> torch.Tensor:
        """
        Project a weight (outputs, inputs) to the vectors that come closest, by least squares.

        Each scalar is the mean of the entries that it stands for, their signs and the scale taken
        off; one beyond the edges is 0.
        """
        entry = self.entry.flatten()
        sums = weight.new_zeros(self.kept.numel() * self.block).index_add(
            0, entry, (weight * self.signs).flatten())
        counts = entry.bincount(minlength=len(sums)).clamp(min=1)
        return (sums / counts).view(*self.kept.shape, self.block) / self.scale


def tie(linear: nn.Linear, block: int) -> None:
    """
    Make `linear` block-circulant with blocks of `block`, and draw it anew; 1 leaves it as it is.

    Weights are drawn as nn.Linear draws them: projected ones would be too small by the root of
    the block size.
    """
    if block == 1:
        return
    parametrize.register_parametrization(
        linear, 'weight', BlockCirculant(linear.out_features, linear.in_features, block))
    bound = 1 / math.sqrt(block * linear.in_features)
    nn.init.uniform_(vectors_of(linear), -bound, bound)


def untie(linear: nn.Linear) -> None:
    """Untie every weight of `linear`, keeping its value: blocks of 1, all of them kept."""
    if blocks_of(linear):
        parametrize.remove_parametrizations(linear, 'weight', leave_parametrized=True)
    parametrize.register_parametrization(
        linear, 'weight', BlockCirculant(linear.out_features, linear.in_features, 1))


def blocks_of(linear: nn.Linear) -> BlockCirculant | None:
    """Return the blocks of a circulant layer, None for a dense one."""
    if not parametrize.is_parametrized(linear, 'weight'):
        return None
    blocks: BlockCirculant = linear.parametrizations['weight'][0]
    return blocks


def vectors_of(linear: nn.Linear) -> nn.Parameter:
    """Return the parameter of a circulant layer, its vectors (rows, columns, block)."""
    vectors: nn.Parameter = linear.parametrizations['weight'].original
    return vectors


@torch.no_grad()
def keep_blocks(linear: nn.Linear, kept: torch.Tensor) -> float:
    """
    Leave the blocks `kept` (blocks,) bool of a circulant layer, one or more, with their weights.

    Returns by how much the scale grew, and the vectors shrank.
    """
    blocks = blocks_of(linear)
    assert blocks is not None
    grown = math.sqrt(blocks.block / float(kept.float().mean())) / float(blocks.scale)
    vectors_of(linear).div_(grown)
    blocks.scale.mul_(grown)
    blocks.kept.copy_(kept.view_as(blocks.kept))
    return grown


def stored_weights(linear: nn.Linear) -> int:
    """Count the scalars a layer stores: matrix entries, or those of the vectors that are left."""
    blocks = blocks_of(linear)
    if blocks is None:
        return linear.in_features * linear.out_features
    return blocks.block * int(blocks.kept.sum())
