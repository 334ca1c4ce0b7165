# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Surgery: the same function, smaller, and a learner that goes on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stable_baselines3.common.base_class import BaseAlgorithm
import torch

from drl_prune_ros.pruning.structured.masks import Masks
from drl_prune_ros.pruning.structured.surgery import delete_masked, release_graph, store_widths
from drl_prune_ros.training.networks.mlp import actor_of, critics_of, MlpView

KINDS = ('ppo', 'ppo-box', 'dqn', 'td3', 'sac')
MakeModel = Callable[..., BaseAlgorithm]
MakeMasks = Callable[..., Masks]


def operate(model: BaseAlgorithm, masks: Masks) -> tuple[MlpView, Masks]:
    """Mask and delete, as a pruner does between two updates."""
    actor = actor_of(model)
    masks.apply(actor)
    release_graph(model)
    left = delete_masked(actor, masks)
    store_widths(model)
    return actor, left


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize(('hidden', 'activation'), [
    ((24, 16), 'relu'), ((9,), 'tanh'), ((12, 8, 10), 'relu')])
@pytest.mark.parametrize(('dtype', 'tolerance'), [(torch.float32, 1e-5), (torch.float64, 1e-9)])
def test_shrunk_equals_masked(
        make_model: MakeModel, random_masks: MakeMasks, kind: str, hidden: tuple[int, ...],
        activation: str, dtype: torch.dtype, tolerance: float) -> None:
    model = make_model(kind, hidden, activation)
    model.policy.to(dtype)
    actor = actor_of(model)
    for target in actor.targets:
        for parameter in target.parameters():
            parameter.data.mul_(0.7)   # a target lags behind
    masks = random_masks(actor, 5)
    masks.apply(actor)
    observations = torch.randn(300, actor.widths[0], dtype=dtype) * 3
    networks = (actor, *actor.targets)
    before = [network.outputs(observations).detach() for network in networks]
    left = delete_masked(actor, masks)
    assert actor.widths[1:-1] == masks.widths(actor)[1:-1] == left.widths(actor)[1:-1]
    assert actor.widths[1:-1] != hidden
    assert torch.equal(left.kept[0], masks.kept[0]), 'masked inputs stay masked'
    for network, old in zip(networks, before, strict=True):
        assert network.widths == actor.widths
        distance = (network.outputs(observations) - old).abs()
        assert (distance <= tolerance * old.abs().clamp(min=1)).all()


@pytest.mark.parametrize('kind', KINDS)
def test_optimizer_shrinks_along_and_critics_are_left_alone(
        make_model: MakeModel, random_masks: MakeMasks, kind: str) -> None:
    model = make_model(kind)
    model.learn(256)
    actor = actor_of(model)
    masks = random_masks(actor, 6)
    assert actor.optimizer is not None
    state = actor.optimizer.state
    rows, columns = masks.kept[1], masks.kept[2]
    weights = actor.linears[1].weight
    moments = {name: state[weights][name][columns][:, rows].clone()
               for name in ('exp_avg', 'exp_avg_sq')}
    heads = [state[head.weight]['exp_avg_sq'][:, columns].clone() for head in actor.heads]
    assert all(value.any() for value in moments.values())
    step = float(state[weights]['step'])
    critics = [(parameter, parameter.detach().clone()) for critic in critics_of(model)
               for network in (critic, *critic.targets) for parameter in network.parameters()]
    identity = [id(parameter) for parameter in model.policy.parameters()]

    operate(model, masks)
    for name, value in moments.items():
        assert torch.equal(state[weights][name], value)
    for head, value in zip(actor.heads, heads, strict=True):
        assert torch.equal(state[head.weight]['exp_avg_sq'], value)
    assert float(state[weights]['step']) == step > 0
    assert [id(parameter) for parameter in model.policy.parameters()] == identity
    assert all(torch.equal(parameter, value) for parameter, value in critics)
    assert bool(critics) == (kind != 'dqn')

    networks = (actor, *actor.targets)
    before = [network.linears[0].weight.detach().clone() for network in networks]
    model.learn(256, reset_num_timesteps=False)
    for network, old in zip(networks, before, strict=True):
        assert not torch.equal(network.linears[0].weight, old)


@pytest.mark.parametrize('kind', KINDS)
def test_a_shrunk_model_saves_loads_and_trains_on(
        make_model: MakeModel, random_masks: MakeMasks, kind: str, tmp_path: Path) -> None:
    model = make_model(kind)
    model.learn(256)
    actor, _ = operate(model, random_masks(actor_of(model), 7))
    stored: Any = model.policy_kwargs['net_arch']
    hidden = list(actor.widths[1:-1])
    assert (stored if kind == 'dqn' else stored['pi']) == hidden != [24, 16]
    if kind != 'dqn':
        assert {**stored, 'pi': None} == {
            'pi': None, 'vf' if kind.startswith('ppo') else 'qf': [24, 16]}

    model.save(tmp_path / 'model.zip')
    loaded: Any = type(model).load(tmp_path / 'model.zip', env=model.env)
    again = actor_of(loaded)
    observations = torch.randn(50, actor.widths[0])
    for ours, theirs in zip((actor, *actor.targets), (again, *again.targets), strict=True):
        assert torch.equal(ours.outputs(observations), theirs.outputs(observations))
    assert actor.optimizer is not None and again.optimizer is not None
    for old, new in zip(actor.parameters(), again.parameters(), strict=True):
        for name, value in actor.optimizer.state[old].items():
            assert torch.equal(value, again.optimizer.state[new][name])
    before = again.linears[0].weight.detach().clone()
    loaded.learn(256)
    assert not torch.equal(again.linears[0].weight, before)

    model.policy.save(tmp_path / 'policy.pth')
    policy = type(model.policy).load(tmp_path / 'policy.pth')
    wanted, _ = model.policy.predict(observations.numpy(), deterministic=True)
    assert (policy.predict(observations.numpy(), deterministic=True)[0] == wanted).all()
