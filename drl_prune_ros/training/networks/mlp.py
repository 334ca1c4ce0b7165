# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The part of a learner that is deployed: a plain chain of linear layers."""

from collections.abc import Iterable
from enum import Enum
from typing import Any

from gymnasium import spaces
from stable_baselines3 import DQN, PPO, SAC, TD3
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.torch_layers import FlattenExtractor
import torch
from torch import nn

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.training.algorithms import algo_of


class OutputKind(Enum):
    """What the last layer says."""

    SCORES = 'logits of the actions (PPO)'
    VALUES = 'values of the actions (DQN), or of the state (a critic)'
    SQUASHED = 'action mean before tanh (TD3, SAC)'
    ACTIONS = 'action mean, clipped to the bounds (PPO)'


class MlpView:
    """
    A network of a learner: `linears[0]` reads the observation, the last one answers.

    The layers are the learner's own parameters, not a copy. `activation` stands between two of
    them. SAC has a second head, `log_std`, that reads the last hidden layer too; it trains along
    and is not deployed. `targets` are the learner's lagging copies of the network, which lose the
    same units. `optimizer` is the one that moves the layers.
    """

    def __init__(self, linears: list[nn.Linear], activation: nn.Module,
                 output_kind: OutputKind = OutputKind.SCORES, log_std: nn.Linear | None = None,
                 targets: Iterable['MlpView'] = (),
                 optimizer: torch.optim.Optimizer | None = None) -> None:
        self.linears = linears
        self.activation = activation
        self.output_kind = output_kind
        self.log_std = log_std
        self.targets = tuple(targets)
        self.optimizer = optimizer

    @property
    def widths(self) -> tuple[int, ...]:
        """Inputs, hidden widths and outputs, as stored."""
        return (self.linears[0].in_features, *(linear.out_features for linear in self.linears))

    @property
    def heads(self) -> list[nn.Linear]:
        """The layers that read the last hidden one."""
        return [self.linears[-1]] + ([self.log_std] if self.log_std else [])

    def readers(self, layer: int) -> list[nn.Linear]:
        """Return what reads `layer`, 0 for the observation."""
        return self.heads if layer == len(self.linears) - 1 else [self.linears[layer]]

    def parameters(self) -> list[nn.Parameter]:
        """Return every weight and bias, layer by layer."""
        return [p for linear in (*self.linears[:-1], *self.heads)
                for p in (linear.weight, linear.bias)]

    @torch.no_grad()
    def copy_from(self, values: Iterable[torch.Tensor]) -> None:
        """Take over every weight and bias from `values`, in the order of `parameters`."""
        for parameter, value in zip(self.parameters(), values, strict=True):
            parameter.copy_(value)

    def activations(self, observations: torch.Tensor) -> tuple[list[torch.Tensor], torch.Tensor]:
        """Return what each layer reads, [(batch, inputs), (batch, h1), ...], and the outputs."""
        reads, values = [observations], observations
        for linear in self.linears[:-1]:
            values = self.activation(linear(values))
            reads.append(values)
        return reads, torch.cat([head(values) for head in self.heads], dim=1)

    def outputs(self, observations: torch.Tensor) -> torch.Tensor:
        """Return what all heads say of observations (batch, inputs), side by side."""
        return self.activations(observations)[1]

    def __call__(self, observations: torch.Tensor) -> torch.Tensor:
        """Return what the deployed head says (batch, outputs) of observations (batch, inputs)."""
        return self.activations(observations)[1][:, :self.linears[-1].out_features]


def actor_of(model: BaseAlgorithm) -> MlpView:
    """Return the deployed network of `model`; raise DrlPruneError for another learner."""
    algo_of(model)
    policy: Any = model.policy
    if not isinstance(model.action_space, (spaces.Discrete, spaces.Box)):
        raise DrlPruneError(f'the policy takes {type(model.action_space).__name__} actions: only '
                            'Discrete and Box ones can be pruned')
    if getattr(model, 'use_sde', False):
        raise DrlPruneError('state-dependent exploration (use_sde) makes the last layer something '
                            'else than a linear one: train without it')
    if isinstance(model, PPO):
        _refuse_features(policy.features_extractor)
        discrete = isinstance(model.action_space, spaces.Discrete)
        return _chain(
            [*policy.mlp_extractor.policy_net, policy.action_net],
            OutputKind.SCORES if discrete else OutputKind.ACTIONS, optimizer=policy.optimizer)
    if isinstance(model, DQN):
        _refuse_features(policy.q_net.features_extractor)
        target = _chain(policy.q_net_target.q_net, OutputKind.VALUES)
        return _chain(policy.q_net.q_net, OutputKind.VALUES, targets=[target],
                      optimizer=policy.optimizer)
    _refuse_features(policy.actor.features_extractor)
    if isinstance(model, TD3):
        target = _chain(policy.actor_target.mu, OutputKind.SQUASHED)
        return _chain(policy.actor.mu, OutputKind.SQUASHED, targets=[target],
                      optimizer=policy.actor.optimizer)
    assert isinstance(model, SAC)
    return _chain([*policy.actor.latent_pi, policy.actor.mu], OutputKind.SQUASHED,
                  log_std=policy.actor.log_std, optimizer=policy.actor.optimizer)


def critics_of(model: BaseAlgorithm) -> list[MlpView]:
    """Return the value networks beside the actor: PPO's one, the twins of TD3 and SAC."""
    policy: Any = model.policy
    if isinstance(model, PPO):
        return [_chain([*policy.mlp_extractor.value_net, policy.value_net], OutputKind.VALUES,
                       optimizer=policy.optimizer)]
    if isinstance(model, DQN):
        return []
    return [_chain(critic, OutputKind.VALUES, targets=[_chain(target, OutputKind.VALUES)],
                   optimizer=policy.critic.optimizer)
            for critic, target in zip(policy.critic.q_networks, policy.critic_target.q_networks,
                                      strict=True)]


def _refuse_features(extractor: nn.Module) -> None:
    # A subclass may do anything in between.
    if type(extractor) is not FlattenExtractor:
        raise DrlPruneError(f'the policy reads its observation through a '
                            f'{type(extractor).__name__}: only MLP policies can be pruned')


def _chain(modules: Iterable[nn.Module], output_kind: OutputKind, **others: Any) -> MlpView:
    layers = list(modules)
    linears = [layer for layer in layers if isinstance(layer, nn.Linear)]
    between = [layer for layer in layers if not isinstance(layer, nn.Linear)]
    activation = between[0] if between else nn.ReLU()
    if not isinstance(activation, (nn.ReLU, nn.Tanh)):
        raise DrlPruneError(f'the activation {type(activation).__name__} is not supported: train '
                            'with ReLU or Tanh')
    return MlpView(linears, activation, output_kind, **others)


def require_hidden(actor: MlpView) -> None:
    """Raise DrlPruneError if a network has nothing to prune."""
    if len(actor.linears) < 2:
        raise DrlPruneError('the policy has no hidden layer, so there is nothing to prune: '
                            'train it with hidden layers')
