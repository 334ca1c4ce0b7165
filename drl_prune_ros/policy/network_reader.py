# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The network of a policy file as plain arrays again: `writer.build_model` read backwards."""

import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.policy.network import MlpNetwork
from drl_prune_ros.policy.policy_file import PolicyFile
from drl_prune_ros.policy.wire import Numbers

OUTPUTS = {'ArgMax': 'argmax', 'Add': 'tanh', 'Min': 'clip'}
"""What the output does, by the last operator."""


def read_network(policy: PolicyFile) -> MlpNetwork:
    """
    Return the network that was written into `policy`, bit for bit.

    Of a normalizer only what the network reads is in the file: for an input that it does not read,
    the mean is 0 and the deviation 1. A network without hidden layers reads as 'relu'.
    """
    nodes, size = policy.graph.nodes, policy.manifest.observation.size
    # By their place, as the runtimes read them, whatever they are called.
    operands: dict[str, list[list[Numbers]]] = {}
    for node in nodes:
        constants = [policy.graph.initializers[name] for name in node.inputs[1:]]
        operands.setdefault(node.op_type, []).append(constants)
    layers = tuple((_float32(weight), _float32(bias)) for weight, bias in operands['Gemm'])
    first = [node.op_type for node in nodes].index('Gemm')
    kept = operands['Gather'][0][0] if 'Gather' in operands else None
    mean, low, std = _normalizer(operands, kept, size)
    return MlpNetwork(
        layers=layers, output=OUTPUTS[nodes[-1].op_type],
        activation='tanh' if len(layers) > 1 and nodes[first + 1].op_type == 'Tanh' else 'relu',
        inputs=None if kept is None else tuple(kept.tolist()),
        observation_clip=float(operands['Clip'][0][1]) if 'Clip' in operands else None,
        observation_mean=mean, observation_mean_low=low, observation_std=std,
        low=policy.manifest.action.low, high=policy.manifest.action.high)


def _float32(constant: Numbers) -> NDArray[np.float32]:
    return np.asarray(constant, np.float32)


def _normalizer(
    operands: dict[str, list[list[Numbers]]], kept: Numbers | None, size: int,
) -> tuple[NDArray[np.float32] | None, NDArray[np.float32] | None, NDArray[np.float32] | None]:
    """Return the mean, what float32 leaves of it, and the deviation."""
    if 'Sub' not in operands:
        return None, None, None
    read = np.arange(size) if kept is None else kept
    mean, std = np.zeros(size, np.float32), np.ones(size, np.float32)
    mean[read], std[read] = operands['Sub'][0][0], operands['Div'][0][0]
    if len(operands['Sub']) == 1:
        return mean, None, std
    low = np.zeros(size, np.float32)
    low[read] = operands['Sub'][1][0]
    return mean, low, std
