# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Critics that shrink along: the same values, twins alike, targets in step."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stable_baselines3.common.base_class import BaseAlgorithm
import torch

from drl_prune_ros.policy.manifest import count_weights
from drl_prune_ros.pruning.structured.critics import best_units, LEAST_UNITS, shrink_critics
from drl_prune_ros.pruning.structured.masks import Masks
from drl_prune_ros.pruning.structured.recent_states import RecentStates
from drl_prune_ros.training.networks.mlp import actor_of, critics_of

KINDS = ('ppo', 'ppo-box', 'td3', 'sac')


def states_of(model: Any) -> RecentStates:
    states = RecentStates(model, actor_of(model).widths[0])
    states.remember()
    return states


@pytest.mark.parametrize('kind', KINDS)
def test_a_shrunk_critic_says_what_it_said_and_learns_on(
        make_model: Callable[..., BaseAlgorithm], kind: str, tmp_path: Path) -> None:
    model: Any = make_model(kind, (80, 60), learning_rate=1e-3)
    model.learn(512)
    actor = actor_of(model)
    kept = [parameter.detach().clone() for parameter in actor.parameters()]
    states = states_of(model)
    reads = states.shuffled() if kind.startswith('ppo') else states.with_actions()
    before = [critic(reads).detach() for critic in critics_of(model)]
    inputs = critics_of(model)[0].widths[0]

    share = 0.02
    shrink_critics(model, states, share, steps=400, enough=1e-4)
    critics = critics_of(model)
    assert len(critics) == (1 if kind.startswith('ppo') else 2)
    widths = critics[0].widths
    assert count_weights(widths) <= share * (inputs * 256 + 256 * 256 + 256)
    assert min(widths[1:-1]) >= LEAST_UNITS
    for critic, old in zip(critics, before, strict=True):
        assert critic.widths == widths, 'twins share one net_arch'
        assert (critic(reads) - old).square().mean() < 0.05 * old.var()
        for target in critic.targets:
            assert target.widths == widths
            assert torch.equal(target(reads), critic(reads)), 'a target teaches what is left'
        assert critic.linears[0].weight.abs().sum(dim=0).all(), 'it goes on reading everything'
        assert critic.optimizer is not None
        for parameter in critic.parameters():
            assert critic.optimizer.state[parameter]['exp_avg'].shape == parameter.shape
            assert not critic.optimizer.state[parameter]['exp_avg'].any()
            assert critic.optimizer.state[parameter]['exp_avg_sq'].any()
    assert all(torch.equal(ours, old)
               for ours, old in zip(actor.parameters(), kept, strict=True))

    stored = model.policy_kwargs['net_arch']
    assert stored['vf' if kind.startswith('ppo') else 'qf'] == list(widths[1:-1])
    assert stored['pi'] == [80, 60]
    model.save(tmp_path / 'model.zip')
    loaded = type(model).load(tmp_path / 'model.zip', env=model.env)
    for ours, theirs in zip(critics_of(loaded), critics, strict=True):
        assert torch.equal(ours(reads), theirs(reads))
    weight = critics[0].linears[0].weight
    now = weight.detach().clone()
    model.learn(256, reset_num_timesteps=False)
    assert not torch.equal(weight, now)


def test_a_critic_keeps_enough_units_and_all_inputs_however_small_the_share(
        make_model: Callable[..., BaseAlgorithm]) -> None:
    # More inputs than the least width, so that the budget could tempt to take one.
    model: Any = make_model('td3', (40, 40))
    model.learn(256)
    critic = critics_of(model)[0]
    wide = torch.nn.Linear(30, 40)
    for network in (critic, *critic.targets):
        network.linears[0].weight.data = wide.weight.data.clone()
        network.linears[0].in_features = 30

    class Wide(RecentStates):
        def with_actions(self) -> torch.Tensor:
            return torch.randn(500, 30)

    model.policy.critic.q_networks = model.policy.critic.q_networks[:1]
    model.policy.critic_target.q_networks = model.policy.critic_target.q_networks[:1]
    model.policy.critic.optimizer.state.clear()
    shrink_critics(model, Wide(model, 3), 1e-6, steps=5, enough=0.0)
    assert critic.widths == (30, LEAST_UNITS, LEAST_UNITS, 1)
    assert critic.linears[0].weight.abs().sum(dim=0).all()


def test_dqn_has_no_critic_beside_its_network(make_model: Callable[..., BaseAlgorithm]) -> None:
    model = make_model('dqn')
    model.learn(256)
    assert critics_of(model) == []
    shrink_critics(model, states_of(model), 0.1, steps=1, enough=1.0)
    assert actor_of(model).widths == (4, 24, 16, 2)


def test_the_second_twin_keeps_its_own_best_units(make_actor: Callable) -> None:
    actor = make_actor(3, 6, 4, 1)
    importance = [torch.full((3,), torch.inf), torch.tensor([1.0, 9, 2, 8, 3, 7]), torch.arange(4)]
    chosen = best_units(Masks.all_kept(actor), importance, (3, 2, 3, 1))
    assert chosen.kept[0].all()
    assert chosen.kept[1].nonzero().flatten().tolist() == [1, 3]
    assert chosen.kept[2].nonzero().flatten().tolist() == [1, 2, 3]
