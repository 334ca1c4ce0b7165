# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The classes that a saved model may name, by the names that files have for them."""

from stable_baselines3 import DQN, HerReplayBuffer, PPO, SAC, TD3
from stable_baselines3.common import buffers, torch_layers
from stable_baselines3.common.sb2_compat.rmsprop_tf_like import RMSpropTFLike
import torch
from torch import nn

from drl_prune_ros.training.networks.circulant_policy import CirculantTD3Policy

_POLICIES = [policy for learner in (PPO, DQN, TD3, SAC)
             for policy in learner.policy_aliases.values()]
_ACTIVATIONS = [nn.ReLU, nn.Tanh, nn.ELU, nn.GELU, nn.LeakyReLU, nn.SELU, nn.SiLU, nn.Sigmoid,
                nn.Softplus, nn.Mish, nn.Identity]
_BUFFERS = [buffers.ReplayBuffer, buffers.DictReplayBuffer, buffers.NStepReplayBuffer,
            buffers.RolloutBuffer, buffers.DictRolloutBuffer, HerReplayBuffer]
_EXTRACTORS = [torch_layers.FlattenExtractor, torch_layers.NatureCNN,
               torch_layers.CombinedExtractor]
_OPTIMIZERS = [torch.optim.Adam, torch.optim.AdamW, torch.optim.RMSprop, torch.optim.SGD,
               RMSpropTFLike]


def path_of(cls: type) -> str:
    """Return module and name of a class, as a pickle names it."""
    return f'{cls.__module__}.{cls.__qualname__}'


KNOWN_CLASSES: dict[str, type] = {path_of(one): one for one in (
    CirculantTD3Policy, *_POLICIES, *_ACTIVATIONS, *_BUFFERS, *_EXTRACTORS, *_OPTIMIZERS)}
