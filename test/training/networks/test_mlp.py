# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The deployed network of every learner, and the policies that have none."""

from collections.abc import Callable
from typing import Any

from gymnasium import Env, spaces
import numpy as np
import pytest
from stable_baselines3 import A2C, PPO
from stable_baselines3.common.base_class import BaseAlgorithm
import torch
from torch import nn

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.training.networks.mlp import actor_of, critics_of, OutputKind, require_hidden

WIDTHS = {'ppo': (4, 24, 16, 2), 'dqn': (4, 24, 16, 2), 'ppo-box': (3, 24, 16, 1),
          'td3': (3, 24, 16, 1), 'sac': (3, 24, 16, 1)}


def said_by(policy: Any, kind: str, states: torch.Tensor) -> torch.Tensor:
    """Return what Stable-Baselines3's own modules say before any squashing."""
    if kind == 'dqn':
        return policy.q_net(states)
    if kind == 'ppo':
        return policy.get_distribution(states).distribution.logits
    if kind == 'ppo-box':
        return policy.get_distribution(states).distribution.mean
    if kind == 'td3':
        return policy.actor(states).atanh()
    mean, log_std, _ = policy.actor.get_action_dist_params(states)
    return torch.cat([mean, log_std], dim=1)


@pytest.mark.parametrize('kind', WIDTHS)
@pytest.mark.parametrize('activation', ['relu', 'tanh'])
def test_the_actor_says_what_the_policy_says(
        make_model: Callable[..., BaseAlgorithm], kind: str, activation: str) -> None:
    model = make_model(kind, activation=activation)
    actor = actor_of(model)
    states = torch.randn(40, actor.widths[0])
    assert actor.widths == WIDTHS[kind]
    outputs, wanted = actor.outputs(states), said_by(model.policy, kind, states)
    if kind == 'ppo':
        outputs = outputs.log_softmax(dim=1)   # SB3's logits are normalized
    torch.testing.assert_close(outputs, wanted, rtol=1e-4, atol=1e-5)
    assert len(actor.heads) == (2 if kind == 'sac' else 1)
    assert torch.equal(actor(states), actor.outputs(states)[:, :actor.widths[-1]])
    owned = {id(parameter) for group in actor.optimizer.param_groups   # type: ignore
             for parameter in group['params']}
    assert all(id(parameter) in owned for parameter in actor.parameters())


@pytest.mark.parametrize('kind', WIDTHS)
def test_targets_and_critics_are_found(
        make_model: Callable[..., BaseAlgorithm], kind: str) -> None:
    model: Any = make_model(kind, critic_hidden=(10, 9))
    actor, critics = actor_of(model), critics_of(model)
    states = torch.randn(40, actor.widths[0])
    assert len(actor.targets) == (1 if kind in ('dqn', 'td3') else 0)
    if kind == 'dqn':
        assert torch.equal(actor.targets[0](states), model.q_net_target(states))
        assert critics == []
    elif kind.startswith('ppo'):
        assert torch.equal(critics[0](states), model.policy.predict_values(states))
    else:
        actions = torch.rand(40, 1)
        pair = torch.cat([states, actions], dim=1)
        for ours, theirs in zip(critics, model.critic(states, actions), strict=True):
            assert torch.equal(ours(pair), theirs)
        for ours, theirs in zip(critics, model.critic_target(states, actions), strict=True):
            assert torch.equal(ours.targets[0](pair), theirs)
    assert {critic.widths[1:] for critic in critics} <= {(10, 9, 1)}
    assert {critic.output_kind for critic in critics} <= {OutputKind.VALUES}


class Anything(Env):
    """An environment of any spaces, which nobody steps."""

    def __init__(self, observation_space: spaces.Space, action_space: spaces.Space) -> None:
        self.observation_space, self.action_space = observation_space, action_space


VECTOR = spaces.Box(-1, 1, (4,), np.float32)
IMAGE = spaces.Box(0, 255, (3, 40, 40), np.uint8)


@pytest.mark.parametrize(('make', 'message'), [
    (lambda: A2C('MlpPolicy', Anything(VECTOR, spaces.Discrete(2))), 'A2C cannot be pruned'),
    (lambda: PPO('CnnPolicy', Anything(IMAGE, spaces.Discrete(2))),
     'through a NatureCNN: only MLP policies'),
    (lambda: PPO('MultiInputPolicy', Anything(spaces.Dict({'a': VECTOR}), spaces.Discrete(2))),
     'through a CombinedExtractor: only MLP policies'),
    (lambda: PPO('MlpPolicy', Anything(VECTOR, VECTOR), use_sde=True), 'train without it'),
    (lambda: PPO('MlpPolicy', Anything(VECTOR, spaces.Discrete(2)),
                 policy_kwargs={'activation_fn': nn.ELU}), 'ELU is not supported'),
    (lambda: PPO('MlpPolicy', Anything(VECTOR, spaces.MultiDiscrete([2, 3]))),
     'MultiDiscrete actions'),
    (lambda: PPO('MlpPolicy', Anything(VECTOR, spaces.MultiBinary(3))), 'MultiBinary actions'),
])
def test_what_cannot_be_pruned_is_refused_in_one_line(
        make: Callable[[], BaseAlgorithm], message: str) -> None:
    with pytest.raises(DrlPruneError, match=message) as refused:
        actor_of(make())
    assert '\n' not in str(refused.value)


@pytest.mark.parametrize('kind', WIDTHS)
def test_a_network_without_hidden_layers_has_nothing_to_prune(
        make_model: Callable[..., BaseAlgorithm], kind: str) -> None:
    actor = actor_of(make_model(kind, hidden=(), critic_hidden=(8,)))
    assert actor.widths == (WIDTHS[kind][0], WIDTHS[kind][-1])
    with pytest.raises(DrlPruneError, match='no hidden layer'):
        require_hidden(actor)
    require_hidden(actor_of(make_model(kind)))
