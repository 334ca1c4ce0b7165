# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Which circulant blocks of a network are still in it: those of the largest norm.

Once weights are not tied any more, every one of them is a block.

Blocks leave between hidden layers only. The first and the last layer are small, and what they lose
costs most. A block that leaves keeps its vector aside, which nothing reads or moves, and comes
back with it.
"""

import torch

from drl_prune_ros.training.networks.circulant import (
    blocks_of,
    keep_blocks,
    stored_weights,
    vectors_of,
)
from drl_prune_ros.training.networks.mlp import MlpView


def prunable(network: MlpView) -> list[int]:
    """Return the places of the layers of `network` that may lose blocks."""
    return [place for place, linear in enumerate(network.linears)
            if 0 < place < len(network.linears) - 1 and blocks_of(linear)]


@torch.no_grad()
def set_sparsity(network: MlpView, sparsity: float) -> None:
    """
    Leave a part of 1 - `sparsity` of the blocks of each prunable layer, and at least one.

    The smallest of those that are left go; of those that are gone the largest come back. Targets
    lose the same blocks, and the optimizer's memory of one that goes is cleared: Adam would move
    its vector for a while.
    """
    for place in prunable(network):
        linear = network.linears[place]
        blocks = blocks_of(linear)
        assert blocks is not None
        norms = vectors_of(linear).norm(dim=2).flatten()
        # Those that are left come first, whatever the norm of the others was.
        rank = norms + (norms.max() + 1.0) * blocks.kept.flatten()
        count = max(1, round(len(norms) * (1.0 - sparsity)))
        kept = torch.zeros(len(norms), dtype=torch.bool)
        kept[rank.topk(count).indices] = True
        _keep(network, place, kept)


@torch.no_grad()
def exchange(network: MlpView, share: float) -> None:
    """
    Let the smallest part `share` of what is left leave each prunable layer, and as many come in.

    They are drawn at random from what is gone and begin at 0, so that outputs hardly change
    (sparse evolutionary training, Mocanu et al., 2018): which weights are needed shows only as the
    policy learns. Targets exchange the same ones.
    """
    for place in prunable(network):
        linear = network.linears[place]
        blocks = blocks_of(linear)
        assert blocks is not None
        kept = blocks.kept.flatten().clone()
        gone = (~kept).nonzero().flatten()
        count = min(round(share * int(kept.sum())), len(gone))
        norms = vectors_of(linear).norm(dim=2).flatten().where(kept, torch.tensor(torch.inf))
        leaving = norms.topk(count, largest=False).indices
        coming = gone[torch.randperm(len(gone))[:count]]
        kept[leaving], kept[coming] = False, True
        _keep(network, place, kept)
        for each in (network, *network.targets):
            vectors_of(each.linears[place]).flatten(end_dim=1)[coming] = 0.0


def _keep(network: MlpView, place: int, kept: torch.Tensor) -> None:
    """
    Leave the blocks `kept` (blocks,) bool of a layer, in targets too; Adam forgets the rest.

    Its moments follow the scale, as gradients do.
    """
    for target in network.targets:
        keep_blocks(target.linears[place], kept)
    grown = keep_blocks(network.linears[place], kept)
    vectors = vectors_of(network.linears[place])
    assert network.optimizer is not None
    state = network.optimizer.state.get(vectors, {})
    for name, factor in (('exp_avg', grown), ('exp_avg_sq', grown ** 2)):
        if name in state:
            state[name].mul_(factor * kept.view(*vectors.shape[:2], 1))


def network_weights(network: MlpView) -> int:
    """Count the scalars that the layers of `network` store, see `stored_weights`."""
    return sum(stored_weights(linear) for linear in network.linears)
