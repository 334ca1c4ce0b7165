# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How wide a network of so many weights may be, and how few weights there must be."""

from dataclasses import replace

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.manifest import count_weights, dense_widths
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.training.settings import TrainSettings


def layer_widths(task: Task, dense: TrainSettings) -> tuple[int, ...]:
    """Return inputs, hidden widths and outputs of the policy that `dense` trains."""
    return task.observation.size, *dense.hidden, task.outputs


def small_network(task: Task, dense: TrainSettings, target: int | None,
                  small_critics: bool = False) -> TrainSettings:
    """
    Return `dense` with a network of at most `target` weights, of two hidden layers of equal width.

    Critics keep the size they have.

    :param target: None for a linear network.
    :param small_critics: let the critics have the same part of the dense ones' weights.
    """
    hidden = () if target is None else balanced_widths(
        task.observation.size, task.outputs, target)
    critic_hidden = dense.hidden if dense.critic_hidden is None else dense.critic_hidden
    if small_critics and target is not None:
        inputs = task.observation.size + (0 if dense.algo == 'ppo' else task.outputs)
        critic_hidden = balanced_widths(inputs, 1, round(
            count_weights(dense_widths(inputs, 1)) * target / task.weights_dense))
    return replace(dense, hidden=hidden, critic_hidden=critic_hidden)


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
    Raise DrlPruneError if a target is below one unit per layer of a network of these widths.

    :param inputs: how many inputs stay at least.
    """
    least = least_weights(widths, inputs)
    if target < least:
        stay = f' with {inputs} of {widths[0]} inputs, more cannot leave' if inputs > 1 else ''
        raise DrlPruneError(f'a target of {target} weights is below one unit per layer{stay} '
                            f'({least} weights): ask for more')
