# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The network of a policy file as plain arrays again: `writer.build_model` read backwards."""


import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.policy.errors import PolicyFileError
from drl_prune_ros.policy.network import MlpNetwork
from drl_prune_ros.policy.policy_file import PolicyFile
from drl_prune_ros.policy.wire import Numbers

OUTPUTS = {'Tanh': 'tanh', 'Max': 'clip'}
"""What the output does, by the operator that reads the last layer; argmax where none is here."""


def read_network(policy: PolicyFile) -> MlpNetwork:
    """
    Return the network that was written into `policy`, bit for bit.

    Of a normalizer only what the network reads is in the file: for an input that it does not read,
    the mean is 0 and the deviation 1. Raises PolicyFileError for a graph that this project's
    writer does not write.
    """
    constants, nodes = policy.graph.initializers, policy.graph.nodes
    try:
        depth = sum(node.op_type == 'Gemm' for node in nodes)
        layers = tuple(
            (_float32(constants[f'weight_{i}']), _float32(constants[f'bias_{i}']))
            for i in range(depth))
        readers = {node.inputs[0]: node.op_type for node in nodes}
        output = OUTPUTS.get(readers.get(f'layer_{depth - 1}', 'ArgMax'), 'argmax')
        kept = constants['kept_inputs'] if 'kept_inputs' in constants else None
        clip = constants.get('clip_high')
        mean, std = _normalizer(constants, kept, policy.manifest.observation.size)
        return MlpNetwork(
            layers=layers, output=output,
            activation='tanh' if readers.get('layer_0') == 'Tanh' and depth > 1 else 'relu',
            inputs=None if kept is None else tuple(kept.tolist()),
            observation_clip=None if clip is None else float(clip),
            observation_mean=mean, observation_std=std,
            low=policy.manifest.action.low, high=policy.manifest.action.high)
    except (KeyError, IndexError):
        raise PolicyFileError(f'{policy.path} holds another graph than drl-prune writes: give a '
                              'policy written by drl-prune export') from None


def _float32(constant: Numbers) -> NDArray[np.float32]:
    return np.asarray(constant, np.float32)


def _normalizer(
    constants: dict[str, Numbers], kept: Numbers | None, size: int,
) -> tuple[NDArray[np.float32], NDArray[np.float32]] | tuple[None, None]:
    if 'observation_mean' not in constants:
        return None, None
    read = np.arange(size) if kept is None else kept
    mean, std = np.zeros(size, np.float32), np.ones(size, np.float32)
    mean[read], std[read] = constants['observation_mean'], constants['observation_std']
    return mean, std

