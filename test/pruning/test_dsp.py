# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Dynamic structured pruning as a whole, on a learner small enough to watch."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from stable_baselines3 import PPO
import torch

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.dsp import DSPSettings, DynamicStructuredPruning
from drl_prune_ros.training.actor import actor_of
from drl_prune_ros.training.deployed import network_of
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.settings import TrainSettings

STEPS = 4096
SETTINGS = DSPSettings(STEPS, target_weights=80, ramp=(0.2, 0.8), verdicts=8, recovery_steps=20)


@pytest.fixture
def pruned(cartpole: Callable[..., tuple[PPO, TrainSettings]], tmp_path: Path) -> Callable:
    """Return a function that prunes a small PPO under a scripted guard."""
    def run(skills: Iterator[float], settings: DSPSettings = SETTINGS) -> Any:
        model, _ = cartpole((24, 16), n_steps=64)
        folder = RunFolder.create(tmp_path / 'run', {'task': 'CartPole-v1'}, 1)
        pruner = DynamicStructuredPruning(settings, folder, lambda act: (next(skills), None))
        model.learn(STEPS, pruner)
        return model, pruner, [row for row in folder.metrics() if 'verdict' in row]
    return run


def always(skill: float) -> Iterator[float]:
    while True:
        yield skill


def test_a_skilled_policy_is_pruned_to_its_target(pruned: Callable) -> None:
    model, pruner, rows = pruned(always(1.0))
    weights = [row['weights'] for row in rows]
    assert weights == sorted(weights, reverse=True)
    assert len(set(weights)) >= 4, 'it shrinks step by step'
    assert pruner.may_select()
    network = network_of(actor_of(model))
    assert sum(weight.size for weight, _ in network.layers) == weights[-1] <= 80
    assert [*network.widths[1:-1]] == model.policy.net_arch['pi']
    assert model.policy.net_arch['vf'] == [24, 16], 'the critic keeps its size'


def test_a_policy_without_skill_is_left_alone(pruned: Callable) -> None:
    falling = iter([1.0, *[0.85] * 50])
    _, pruner, rows = pruned(falling)
    assert [row['verdict'] for row in rows][:2] == ['go on', 'hold']
    assert {row['weights'] for row in rows} == {rows[0]['weights']}
    assert not pruner.may_select()


def test_lost_skill_rolls_back_to_the_accepted_network(pruned: Callable) -> None:
    script = iter([1.0, 1.0, 1.0, 0.5, *[1.0] * 50])
    _, _, rows = pruned(script)
    verdicts = [row['verdict'] for row in rows]
    assert verdicts[:5] == ['go on', 'go on', 'go on', 'roll back', 'go on']
    assert rows[3]['weights'] == rows[1]['weights'] > rows[2]['weights']
    assert rows[3]['budget'] == rows[1]['budget']


def test_masked_groups_stay_zero_between_updates(
        pruned: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    act = DynamicStructuredPruning._on_rollout_start

    def spy(pruner: DynamicStructuredPruning) -> None:
        if hasattr(pruner, 'masks'):
            for layer, kept in enumerate(pruner.masks.kept):
                assert not pruner.actor.linears[layer].weight[:, ~kept].any()
                seen.append(bool((~kept).any()))
        act(pruner)

    monkeypatch.setattr(DynamicStructuredPruning, '_on_rollout_start', spy)
    pruned(always(1.0))
    assert any(seen)


def test_hooks_are_gone_after_training(pruned: Callable) -> None:
    model, _, _ = pruned(always(1.0))
    weight = actor_of(model).linears[0].weight
    with torch.no_grad():
        weight.fill_(1.0)
        model.policy.optimizer.zero_grad()
        model.policy.optimizer.step()
    assert (weight == 1.0).all()


@pytest.mark.parametrize(('change', 'message'), [
    ({'ramp': [0.8, 0.2]}, 'the ramp must lie'), ({'strenght': 1}, 'strenght'),
    ({'guard': {'hold': 1}}, 'hold'),
])
def test_bad_settings_are_refused(change: dict, message: str) -> None:
    with pytest.raises(DrlPruneError, match=message):
        DSPSettings.from_dict({'total_steps': 1, 'target_weights': 9, **change})
