# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
Delete masked neurons for good, while training goes on.

Parameters stay the same objects and only their data shrinks, so the optimizer, the learner and
its aliases keep pointing at them. Adam's moments and the target networks shrink along; the stored
net_arch follows, so that the model saves and loads. The output does not change: masked units were
exactly zero.
"""

from typing import Any

import numpy as np
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.base_class import BaseAlgorithm
import torch
from torch import nn

from drl_prune_ros.pruning.structured.masks import Masks
from drl_prune_ros.training.networks.mlp import actor_of, critics_of, MlpView


def select_(parameter: nn.Parameter, dim: int, kept: torch.Tensor,
            optimizer: torch.optim.Optimizer | None) -> None:
    """Keep the slices `kept` (bool) of a parameter and of its optimizer state along `dim`."""
    index = kept.nonzero().flatten()
    parameter.data = parameter.data.index_select(dim, index)
    parameter.grad = None
    state = optimizer.state.get(parameter, {}) if optimizer else {}
    for name, value in state.items():
        if torch.is_tensor(value) and value.dim() > dim:
            state[name] = value.index_select(dim, index)


def release_graph(model: BaseAlgorithm) -> None:
    """
    Let go of the last autograd graph, which remembers the shapes of the parameters in it.

    Policies keep their latest action distribution, and with it the graph of the last update; one
    prediction replaces it.
    """
    size = model.observation_space.shape
    with torch.no_grad():
        model.policy.predict(np.zeros((1, *(size or ())), np.float32))


def delete_masked(network: MlpView, masks: Masks) -> Masks:
    """
    Remove every masked hidden neuron of `network` and its targets; returns the smaller masks.

    Call it between updates, with `release_graph` before and `store_widths` after. Masked inputs
    stay as zero columns: the learner's observation keeps its size, and the policy file leaves the
    columns out.
    """
    for chain in (network, *network.targets):
        for layer in range(1, len(chain.linears)):
            kept, makes = masks.kept[layer], chain.linears[layer - 1]
            select_(makes.weight, 0, kept, chain.optimizer)
            select_(makes.bias, 0, kept, chain.optimizer)
            makes.out_features = int(kept.sum())
            for reader in chain.readers(layer):
                select_(reader.weight, 1, kept, chain.optimizer)
                reader.in_features = int(kept.sum())
    hidden = [torch.ones(width, dtype=torch.bool) for width in network.widths[1:-1]]
    return Masks([masks.kept[0].clone(), *hidden])


def store_widths(model: BaseAlgorithm) -> None:
    """Write the hidden widths of actor and critic where Stable-Baselines3 rebuilds from."""
    hidden = list(actor_of(model).widths[1:-1])
    critics = [list(critic.widths[1:-1]) for critic in critics_of(model)]
    policy: Any = model.policy
    if isinstance(model, DQN):
        net_arch: Any = hidden
        policy.net_args['net_arch'] = hidden
    elif isinstance(model, PPO):
        net_arch = {'pi': hidden, 'vf': critics[0]}
        policy.mlp_extractor.latent_dim_pi = hidden[-1]
        policy.mlp_extractor.latent_dim_vf = critics[0][-1]
    else:
        net_arch = {'pi': hidden, 'qf': critics[0]}
        policy.actor_kwargs['net_arch'] = hidden
        policy.critic_kwargs['net_arch'] = critics[0]
    policy.net_arch = net_arch
    model.policy_kwargs['net_arch'] = net_arch
