# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a learner would deploy now: its greedy policy, and that as plain arrays."""

from typing import Any

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecNormalize
import torch

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.network import MlpNetwork
from drl_prune_ros.tasks.evaluation import Act
from drl_prune_ros.training.networks.mlp import actor_of, MlpView, OutputKind

Bounds = tuple[np.ndarray, np.ndarray]

OUTPUTS = {OutputKind.SCORES: 'argmax', OutputKind.VALUES: 'argmax', OutputKind.SQUASHED: 'tanh',
           OutputKind.ACTIONS: 'clip'}


def network_of(actor: MlpView, normalizer: VecNormalize | None = None,
               bounds: Bounds | None = None) -> MlpNetwork:
    """
    Return `actor` as plain arrays, without the inputs and hidden units that nothing reads.

    :param normalizer: running statistics of the observations the actor was trained on.
    :param bounds: (low, high) of the actions, each (outputs,); -1 to 1 by default.
    """
    layers = [(linear.weight.detach().numpy(), linear.bias.detach().numpy())
              for linear in actor.linears]
    # From the last layer down: a unit that is left out reads nothing any more.
    for index in range(len(layers) - 1, 0, -1):
        (weight, bias), (after, after_bias) = layers[index - 1:index + 1]
        read = np.any(after != 0, axis=0)
        layers[index - 1] = weight[read], bias[read]
        layers[index] = after[:, read], after_bias
    inputs = np.flatnonzero(np.any(layers[0][0] != 0, axis=0))
    if not len(inputs):
        raise DrlPruneError('the network ignores its observation, so there is nothing to deploy: '
                            'prune to a larger target')
    layers[0] = (layers[0][0][:, inputs], layers[0][1])
    everything = len(inputs) == actor.widths[0]
    output = OUTPUTS[actor.output_kind]
    low, high = (None, None) if output == 'argmax' else bounds or unit_bounds(actor)
    return MlpNetwork(
        layers=tuple(layers),
        activation='relu' if isinstance(actor.activation, torch.nn.ReLU) else 'tanh',
        output=output,
        inputs=None if everything else tuple(inputs.tolist()),
        low=low, high=high,
        **_statistics(normalizer))


def nonzeros(network: MlpNetwork) -> tuple[int, ...]:
    """Count the weights of each layer that are not zero."""
    return tuple(int(np.count_nonzero(weight)) for weight, _ in network.layers)


def _statistics(normalizer: VecNormalize | None) -> dict[str, Any]:
    if normalizer is None or not normalizer.norm_obs:
        return {}
    rms: Any = normalizer.obs_rms
    return {'observation_mean': rms.mean,
            'observation_std': np.sqrt(rms.var + normalizer.epsilon),
            'observation_clip': (
                normalizer.clip_obs if np.isfinite(normalizer.clip_obs) else None)}


def unit_bounds(actor: MlpView) -> Bounds:
    """Return bounds of -1 to 1 for every action."""
    return np.full(actor.widths[-1], -1.0), np.full(actor.widths[-1], 1.0)


def bounds_of(model: BaseAlgorithm) -> Bounds | None:
    """Return (low, high) of the learner's continuous actions, None where they are discrete."""
    space: Any = model.action_space
    return None if hasattr(space, 'n') else (space.low, space.high)


def torch_outputs(actor: MlpView, observations: np.ndarray, normalizer: VecNormalize | None = None,
                  bounds: Bounds | None = None) -> dict[str, np.ndarray]:
    """
    Return what the policy file should say of raw observations (batch, inputs) float32.

    That is 'action' (batch,) and 'scores' (batch, k), or a continuous 'action' (batch, k).
    """
    if normalizer is not None:
        observations = np.asarray(normalizer.normalize_obs(observations), dtype=np.float32)
    with torch.no_grad():
        said = actor(torch.as_tensor(observations)).numpy()
    if actor.output_kind in (OutputKind.SCORES, OutputKind.VALUES):
        return {'scores': said, 'action': said.argmax(axis=1)}
    low, high = bounds or unit_bounds(actor)
    if actor.output_kind is OutputKind.SQUASHED:
        said = (low + high) / 2 + (high - low) / 2 * np.tanh(said)
    return {'action': np.clip(said, low, high).astype(np.float32)}


def greedy(model: BaseAlgorithm, normalizer: VecNormalize | None = None) -> Act:
    """
    Return the greedy policy of `model`, from raw observations (batch, n) float32.

    :param normalizer: statistics of a model without environments; one with them has its own.
    """
    actor, bounds = actor_of(model), bounds_of(model)
    normalizer = normalizer or model.get_vec_normalize_env()
    return lambda observations: torch_outputs(actor, observations, normalizer, bounds)['action']
