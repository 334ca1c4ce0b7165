# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Dynamic structured pruning as a whole, on learners small enough to watch."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from stable_baselines3.common.base_class import BaseAlgorithm
import torch

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.methods.dsp.pruner import DynamicStructuredPruning
from drl_prune_ros.pruning.methods.dsp.settings import DSPSettings
from drl_prune_ros.training.networks.greedy_policy import network_of
from drl_prune_ros.training.networks.mlp import actor_of, critics_of
from drl_prune_ros.training.run_folder import RunFolder

STEPS = 4096
SETTINGS = DSPSettings(STEPS, target_weights=80, ramp=(0.2, 0.8), decisions=8,
                       distillation_steps=10)
KINDS = ('ppo', 'ppo-box', 'dqn', 'td3', 'sac')
Run = tuple[Any, DynamicStructuredPruning, list[dict[str, Any]]]


def always(skill: float) -> Iterator[float]:
    while True:
        yield skill


@pytest.fixture
def pruned(make_model: Callable[..., BaseAlgorithm], tmp_path: Path) -> Callable[..., Run]:
    """Return a function that prunes a small learner under a scripted validation."""
    def run(skills: Iterator[float], kind: str = 'ppo', settings: DSPSettings = SETTINGS) -> Run:
        changes = {} if kind.startswith('ppo') else {'gradient_steps': 1}
        model = make_model(kind, **changes)
        folder = RunFolder.create(tmp_path / 'run', {'task': 'any'}, 1)
        pruner = DynamicStructuredPruning(settings, folder, lambda act: (next(skills), None),
                                          least_states=512)   # as a replay buffer has by then
        model.learn(STEPS, pruner)
        return model, pruner, [row for row in folder.metrics() if 'decision' in row]
    return run


@pytest.mark.parametrize('kind', KINDS)
def test_a_skilled_policy_is_pruned_to_its_target(
        pruned: Callable[..., Run], kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    masked: list[bool] = []
    act = DynamicStructuredPruning.step

    def spy(pruner: DynamicStructuredPruning) -> None:
        for layer, kept in enumerate(pruner.masks.kept):
            for network in (pruner.actor, *pruner.actor.targets):
                for reader in network.readers(layer):
                    assert not reader.weight[:, ~kept].any()
                if layer:
                    assert not network.linears[layer - 1].weight[~kept].any()
                    assert not network.linears[layer - 1].bias[~kept].any()
            masked.append(bool((~kept).any()))
        act(pruner)

    monkeypatch.setattr(DynamicStructuredPruning, 'step', spy)
    model, pruner, rows = pruned(always(1.0), kind)
    assert any(masked), 'updates came while units were masked'
    weights = [row['weights'] for row in rows]
    assert weights == sorted(weights, reverse=True)
    assert len(set(weights)) >= 4, 'it shrinks step by step'
    stored = [row['stored'] for row in rows]
    assert len({tuple(widths) for widths in stored}) >= 3, 'surgery comes more than once'
    network = network_of(actor_of(model))
    assert sum(weight.size for weight, _ in network.layers) <= weights[-1] <= 80
    hidden = list(actor_of(model).widths[1:-1])
    net_arch = model.policy_kwargs['net_arch']
    assert (net_arch if kind == 'dqn' else net_arch['pi']) == hidden == stored[-1][1:-1]
    for critic in critics_of(model):
        assert critic.widths[1:-1] == (24, 16), 'the critic keeps its size'

    # Nothing of the pruner is left on the optimizer.
    optimizer = actor_of(model).optimizer
    weight = actor_of(model).linears[0].weight
    assert optimizer is not None and pruner.teacher is not None
    with torch.no_grad():
        weight.fill_(1.0)
    optimizer.zero_grad()
    optimizer.step()
    assert (weight == 1.0).all()


@pytest.mark.parametrize('kind', ['ppo', 'td3'])
def test_critics_shrink_along_where_asked(pruned: Callable[..., Run], kind: str) -> None:
    settings = replace(SETTINGS, prune_critics=True)
    model, _, rows = pruned(always(1.0), kind, settings)
    assert rows[-1]['weights'] <= 80
    for critic in critics_of(model):
        assert critic.widths[1] == 16 < 24


def test_a_policy_without_skill_is_left_alone(pruned: Callable[..., Run]) -> None:
    falling = iter([1.0, *[0.85] * 50])
    settings = replace(SETTINGS, regrowth=False)
    _, pruner, rows = pruned(falling, settings=settings)
    assert [row['decision'] for row in rows][:2] == ['go on', 'hold']
    assert {row['weights'] for row in rows} == {rows[0]['weights']}
    assert not pruner.budget.reached


def test_a_hold_lets_half_of_the_last_cut_regrow(pruned: Callable[..., Run]) -> None:
    script = iter([1.0, 1.0, 0.85, *[1.0] * 50])
    _, _, rows = pruned(script)
    assert [row['decision'] for row in rows][:4] == ['go on', 'go on', 'hold', 'go on']
    weights = [row['weights'] for row in rows]
    assert weights[1] < weights[2] < weights[0]
    assert rows[1]['budget'] < rows[2]['budget'] < rows[0]['budget']
    assert weights[-1] < weights[1], 'it goes on from there'


def test_lost_skill_rolls_back_to_the_accepted_network_and_cuts_half_as_deep(
        pruned: Callable[..., Run]) -> None:
    script = iter([1.0, 1.0, 1.0, 0.5, *[1.0] * 50])
    _, _, rows = pruned(script)
    decisions = [row['decision'] for row in rows]
    assert decisions[:5] == ['go on', 'go on', 'go on', 'roll back', 'go on']
    budgets = [row['budget'] for row in rows]
    assert budgets[1] > budgets[3] > budgets[2]
    assert budgets[3] == pytest.approx((budgets[1] * budgets[2]) ** 0.5, rel=0.02)
    assert rows[1]['weights'] > rows[3]['weights'] > rows[2]['weights']
    assert budgets[4] == pytest.approx(budgets[2], rel=0.02), 'no faster from there'


def test_skill_that_never_comes_back_leaves_the_accepted_network(
        pruned: Callable[..., Run]) -> None:
    script = iter([1.0, 1.0, 1.0, *[0.5] * 50])
    _, pruner, rows = pruned(script)
    assert pruner.settled
    assert rows[-1]['weights'] == rows[1]['weights']


def test_the_last_cut_is_evaluated_too(pruned: Callable[..., Run]) -> None:
    """At the target, lost skill brings the network before it back; only then it is settled."""
    settings = replace(SETTINGS, decisions=4)
    _, pruner, rows = pruned(always(1.0), settings=settings)
    at_target = [i for i, row in enumerate(rows) if row['weights'] <= 80]
    assert len(at_target) == 2, 'cut, then accepted'
    assert pruner.settled and rows[-1]['weights'] == rows[-2]['weights']


def test_a_last_cut_that_loses_skill_is_taken_back(pruned: Callable[..., Run]) -> None:
    settings = replace(SETTINGS, decisions=4)
    script = iter([1.0] * 4 + [0.5] * 50)
    _, pruner, rows = pruned(script, settings=settings)
    assert min(row['weights'] for row in rows) <= 80
    assert rows[-1]['weights'] > 80 and pruner.settled


def test_a_budget_that_was_held_too_long_cuts_no_more(pruned: Callable[..., Run]) -> None:
    """Half-way from the ramp's end to the run's the network is settled."""
    settings = replace(SETTINGS, ramp=(0.2, 0.4), regrowth=False)
    script = iter([1.0, *[0.85] * 13, *[1.0] * 50])
    _, pruner, rows = pruned(script, settings=settings)
    latest = 0.7 * STEPS
    assert pruner.settled
    assert rows[-1]['step'] >= latest > rows[-2]['step']
    assert rows[-1]['weights'] == rows[-2]['weights'] > 80


def test_the_teacher_is_the_network_before_the_first_cut(
        pruned: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy that had no skill when the ramp started must not become the teacher."""
    before: list[torch.Tensor] = []
    cut = DynamicStructuredPruning.cut

    def spy(pruner: DynamicStructuredPruning, states: torch.Tensor) -> None:
        before.append(pruner.actor.linears[0].weight.detach().clone())
        cut(pruner, states)

    monkeypatch.setattr(DynamicStructuredPruning, 'cut', spy)
    _, pruner, rows = pruned(iter([0.0, 0.0, 0.0, *[1.0] * 50]))
    assert [row['decision'] for row in rows][:4] == ['hold', 'hold', 'hold', 'go on']
    assert pruner.teacher is not None
    assert torch.equal(pruner.teacher.actor.linears[0].weight, before[0])


def test_a_policy_that_was_trained_before_is_the_teacher(
        make_model: Callable[..., BaseAlgorithm], tmp_path: Path) -> None:
    model = make_model('ppo')
    weight = actor_of(model).linears[0].weight.detach().clone()
    run = RunFolder.create(tmp_path / 'run', {'task': 'any'}, 1)
    pruner = DynamicStructuredPruning(SETTINGS, run, lambda act: (1.0, None), from_teacher=True)
    model.learn(STEPS, pruner)
    assert pruner.teacher is not None
    assert torch.equal(pruner.teacher.actor.linears[0].weight, weight)


def test_every_accepted_policy_is_kept(
        make_model: Callable[..., BaseAlgorithm], tmp_path: Path) -> None:
    model, kept = make_model('ppo'), []
    run = RunFolder.create(tmp_path / 'run', {'task': 'any'}, 1)
    model.learn(STEPS, DynamicStructuredPruning(
        SETTINGS, run, lambda act: (1.0, None), keep=lambda model: kept.append(
            model.num_timesteps)))
    assert kept == [row['step'] for row in run.metrics() if row.get('decision') == 'go on']


def test_without_rollback_nothing_holds_it(pruned: Callable[..., Run]) -> None:
    _, _, rows = pruned(always(0.0), settings=replace(SETTINGS, rollback=None))
    assert {row['decision'] for row in rows} == {'go on'}
    assert rows[-1]['weights'] <= 80


def test_a_network_without_hidden_layers_is_refused(
        make_model: Callable[..., BaseAlgorithm], tmp_path: Path) -> None:
    model = make_model('dqn', hidden=())
    run = RunFolder.create(tmp_path / 'run', {'task': 'any'}, 1)
    with pytest.raises(DrlPruneError, match='no hidden layer, so there is nothing to prune'):
        model.learn(64, DynamicStructuredPruning(SETTINGS, run, lambda act: (1.0, None)))
