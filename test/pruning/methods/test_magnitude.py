# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Single weights leave by their size, on a cubic ramp."""

from collections.abc import Callable
from itertools import pairwise
import json

import numpy as np
import pytest
from stable_baselines3.common.base_class import BaseAlgorithm
import torch

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.manifest import bytes_for
from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.pruning.methods.magnitude import (
    largest_weights,
    MagnitudePruning,
    MagnitudeSettings,
    shares,
)
from drl_prune_ros.training.networks.mlp import actor_of, MlpView
from drl_prune_ros.training.run_folder import RunFolder


@pytest.mark.parametrize('widths', [(4, 256, 256, 2), (25, 64, 5), (8, 4)])
def test_layers_share_by_inputs_and_outputs(widths: tuple[int, ...]) -> None:
    sizes = [a * b for a, b in pairwise(widths)]
    for kept in (len(sizes) * 3, sum(sizes) // 9, sum(sizes) // 2, sum(sizes)):
        split = shares(widths, kept)
        assert sum(split) == kept
        assert all(part <= size for part, size in zip(split, sizes, strict=True))
    assert shares((10, 90, 10), 40) == [20, 20]


def test_the_largest_weights_of_a_layer_stay(make_actor: Callable[..., MlpView]) -> None:
    actor = make_actor(6, 10, 10, 3)
    for linear, mask in zip(actor.linears, largest_weights(actor, 60), strict=True):
        size = linear.weight.detach().abs().numpy()
        assert size[mask.numpy()].min() > size[~mask.numpy()].max()


@pytest.mark.parametrize('kind', ['ppo', 'dqn', 'td3'])
def test_masked_weights_are_gone_and_counted(
        kind: str, make_model: Callable[..., BaseAlgorithm]) -> None:
    model = make_model(kind, total_steps=2048)
    target = 120
    pruner = MagnitudePruning(MagnitudeSettings(2048, target, (0.0, 0.75)))
    counts = []
    start = pruner._on_rollout_start

    def watch() -> None:
        start()
        counts.append(sum(int(linear.weight.count_nonzero()) for linear in pruner.actor.linears))

    pruner._on_rollout_start = watch   # type: ignore[method-assign]
    model.learn(2048, pruner)
    actor = actor_of(model)
    assert counts == sorted(counts, reverse=True) and len(set(counts)) > 5
    assert counts[-1] == target
    for network in (actor, *actor.targets):
        left = [int(linear.weight.count_nonzero()) for linear in network.linears]
        assert sum(left) <= target
    # What the policy file holds: without weights of units that nothing reads.
    read = [torch.ones(actor.widths[0], dtype=torch.bool)]
    read += [(linear.weight != 0).any(dim=0) for linear in actor.linears[1:]]
    read.append(torch.ones(actor.widths[-1], dtype=torch.bool))
    for layer in range(len(actor.linears) - 1, 0, -1):
        alive = actor.linears[layer].weight[read[layer + 1]]
        read[layer] = (alive != 0).any(dim=0)
    by_hand = sum(int(linear.weight[read[i + 1]].count_nonzero())
                  for i, linear in enumerate(actor.linears))
    assert pruner.weights(model) == by_hand
    weight = actor.linears[0].weight
    with torch.no_grad():
        weight.fill_(1.0)
    assert actor.optimizer is not None
    actor.optimizer.zero_grad()
    actor.optimizer.step()
    assert (weight == 1.0).all(), 'the hook is gone'
    model.get_env().close()   # type: ignore[union-attr]


@pytest.mark.parametrize('kind', ['ppo', 'td3'])
def test_masks_survive_a_resume(kind: str, make_model: Callable[..., BaseAlgorithm]) -> None:
    settings = MagnitudeSettings(512, 60, (0.0, 0.5), prune_critics=kind == 'td3')
    model, pruner = make_model(kind), MagnitudePruning(settings)
    model.learn(512, pruner)
    again = MagnitudePruning(settings)
    again.set_state(pruner.state())
    again.init_callback(model)
    again.on_training_start({}, {})
    assert len(again.masks) == len(pruner.masks) == (3 if kind == 'td3' else 1)
    for ours, theirs in zip(again.masks, pruner.masks, strict=True):
        assert all(map(torch.equal, ours, theirs))
    assert again.next_step == pruner.next_step
    if kind == 'td3':
        assert again.meter.figures() == pruner.meter.figures()
        assert again.state()['compression'] == pruner.state()['compression']
    model.get_env().close()   # type: ignore[union-attr]


def test_indices_are_counted_in_whole_bytes() -> None:
    assert [bytes_for(n) for n in (0, 255, 256, 65_535, 65_536)] == [1, 1, 2, 2, 4]
    assert bytes_for(np.iinfo(np.uint32).max) == 4


@pytest.mark.parametrize(('change', 'message'), [
    ({'ramp': [0.8, 0.2]}, 'the ramp must lie'), ({'rampe': 1}, 'rampe')])
def test_bad_settings_are_refused(change: dict, message: str) -> None:
    with pytest.raises(DrlPruneError, match=message):
        MagnitudeSettings.from_dict(
            {'total_steps': 1, 'target_weights': 9, 'ramp': [0.2, 0.8], **change})


def test_single_weights_are_counted_as_non_zeros(prune: Callable[..., RunFolder]) -> None:
    run = prune('magnitude', '--target-weights', '200', '--max-skill-loss', '0.99')
    result = json.loads((run.path / 'result.json').read_text())
    policy = read_policy(run.policy_file)
    matrices = [value for value in policy.graph.initializers.values() if value.ndim == 2]
    by_hand = [int(np.count_nonzero(matrix)) for matrix in matrices]
    assert result['weights'] == sum(by_hand) == policy.manifest.weights <= 352
    assert result['macs'] == sum(matrix.size for matrix in matrices), 'zeros are stored'
    # A byte says which column, and another where each row starts.
    rows = policy.manifest.widths[1:]
    assert result['index_bytes'] == sum(by_hand) + sum(rows) + len(rows)
    assert result['method'] == 'magnitude-teacher'
