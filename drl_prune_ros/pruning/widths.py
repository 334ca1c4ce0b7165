# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The shape of a small dense network: two hidden layers of one width, as wide as may be."""

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.manifest import count_weights


def balanced_widths(inputs: int, outputs: int, target: int) -> tuple[int, int]:
    """Return (h, h) for the largest h of at most `target` weights; below one unit is refused."""
    def weights(h: int) -> int:
        return count_weights((inputs, h, h, outputs))

    if target < weights(1):
        raise DrlPruneError(f'a target of {target} weights is below one unit a layer '
                            f'({weights(1)} weights): ask for more')
    width = 1
    while weights(width + 1) <= target:
        width += 1
    return width, width
