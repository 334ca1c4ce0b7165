# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How wide a network of so many weights may be, and how few weights there must be."""

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.manifest import count_weights


def balanced_widths(inputs: int, outputs: int, target: int) -> tuple[int, int]:
    """Return (h, h) for the largest h with inputs*h + h*h + h*outputs <= `target`."""
    least = count_weights((inputs, 1, 1, outputs))
    if target < least:
        raise DrlPruneError(f'a dense network of two hidden layers has {least} weights at least, '
                            f'more than the target of {target}: ask for more')
    width = 1
    while count_weights((inputs, width + 1, width + 1, outputs)) <= target:
        width += 1
    return width, width


def least_weights(widths: tuple[int, ...], inputs: int = 1) -> int:
    """Return the weights of a network with as many layers, and one unit in every hidden one."""
    return count_weights((inputs, *(1 for _ in widths[1:-1]), widths[-1]))


def check_target(target: int, widths: tuple[int, ...], inputs: int = 1) -> None:
    """
    Refuse a target below one unit a layer of a network of these widths.

    :param inputs: how many inputs stay at least.
    """
    least = least_weights(widths, inputs)
    if target < least:
        stay = f' with {inputs} of {widths[0]} inputs, more cannot leave' if inputs > 1 else ''
        raise DrlPruneError(f'a target of {target} weights is below one unit a layer{stay} '
                            f'({least} weights): ask for more')
