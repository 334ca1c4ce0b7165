# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""TD3 with block-circulant layers, from the first step to the file it is saved in."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stable_baselines3.common.base_class import BaseAlgorithm
import torch

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.training.learner import load_model, saved_algo
from drl_prune_ros.training.networks.circulant import blocks_of, vectors_of
from drl_prune_ros.training.networks.circulant_policy import CirculantTD3Policy, untie_layers
from drl_prune_ros.training.networks.mlp import actor_of, critics_of
from drl_prune_ros.training.settings import TrainSettings
from drl_prune_ros.training.start import teacher_settings

BLOCKS = (2, 8, 1)


def test_actor_critics_and_targets_are_tied_and_learn(
        make_model: Callable[..., BaseAlgorithm]) -> None:
    model: Any = make_model('td3', block_sizes=BLOCKS)
    networks = [actor_of(model), *critics_of(model)]
    for network in networks:
        for each in (network, *network.targets):
            found = [blocks_of(linear) for linear in each.linears]
            assert [blocks and blocks.block for blocks in found] == [2, 8, None]
    hidden = vectors_of(networks[0].linears[1])
    tracked = {id(p) for group in networks[0].optimizer.param_groups for p in group['params']}
    assert id(hidden) in tracked
    before, target = hidden.detach().clone(), vectors_of(networks[0].targets[0].linears[1])
    model.learn(256)
    assert not torch.equal(hidden, before)
    assert 0 < (target - before).norm() < (hidden - before).norm(), 'the target lags behind'
    assert networks[0].optimizer.state[hidden]['exp_avg'].shape == hidden.shape
    model.get_env().close()


def test_a_saved_model_is_the_same_when_loaded(
        make_model: Callable[..., BaseAlgorithm], tmp_path: Path) -> None:
    model: Any = make_model('td3', block_sizes=BLOCKS)
    model.learn(128)
    blocks = blocks_of(actor_of(model).linears[1])
    assert blocks is not None
    blocks.kept[1, 1] = False
    model.save(tmp_path / 'model.zip')
    assert saved_algo(tmp_path / 'model.zip') == 'td3'
    loaded: Any = load_model(tmp_path / 'model.zip')
    assert type(loaded.policy) is CirculantTD3Policy
    ours, theirs = model.policy.state_dict(), loaded.policy.state_dict()
    assert set(ours) == set(theirs)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert loaded.policy._get_constructor_parameters()['block_sizes'] == BLOCKS
    model.get_env().close()


def test_untied_layers_say_what_they_said_and_learn_on_their_own(
        make_model: Callable[..., BaseAlgorithm], tmp_path: Path) -> None:
    model: Any = make_model('td3', block_sizes=BLOCKS)
    model.learn(128)
    networks = [actor_of(model), *critics_of(model)]
    every = [each for network in networks for each in (network, *network.targets)]
    inputs = [torch.randn(9, each.widths[0]) for each in every]
    before = [each(x) for each, x in zip(every, inputs, strict=True)]
    biases = dict(networks[0].optimizer.state[networks[0].linears[0].bias])
    untie_layers(model)
    for each, x, said in zip(every, inputs, before, strict=True):
        assert torch.allclose(each(x), said, atol=1e-6)
        found = [blocks_of(linear) for linear in each.linears]
        assert [blocks and blocks.block for blocks in found] == [2, 1, None]
    actor = actor_of(model)
    assert actor.optimizer is not None
    hidden = vectors_of(actor.linears[1])
    assert hidden not in actor.optimizer.state, 'nothing is known of single weights'
    kept = actor.optimizer.state[actor.linears[0].bias]
    assert all(torch.equal(kept[name], biases[name]) for name in biases)
    weight = actor.linears[1].weight.detach().clone()
    model.learn(128, reset_num_timesteps=False)
    moved = (actor.linears[1].weight - weight).flatten()
    moved = moved[moved != 0]   # some read units that never fire
    assert len(moved.unique()) > 0.9 * len(moved) > 100, 'each goes its own way'
    model.save(tmp_path / 'model.zip')
    loaded: Any = load_model(tmp_path / 'model.zip')
    ours, theirs = model.policy.state_dict(), loaded.policy.state_dict()
    assert set(ours) == set(theirs)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    for network, again in zip([actor_of(model), critics_of(model)[0]],
                              [actor_of(loaded), critics_of(loaded)[0]], strict=True):
        assert network.optimizer is not None and again.optimizer is not None
        for parameter, other in zip(network.optimizer.param_groups[0]['params'],
                                    again.optimizer.param_groups[0]['params'], strict=True):
            state, saved = network.optimizer.state[parameter], again.optimizer.state[other]
            assert torch.equal(state['exp_avg'], saved['exp_avg'])
            assert state['exp_avg'].shape == other.shape
    model.get_env().close()


def test_no_run_goes_on_from_it(
        make_model: Callable[..., BaseAlgorithm], tmp_path: Path,
        task_of_kind: Callable[[str], Task]) -> None:
    model: Any = make_model('td3', block_sizes=BLOCKS)
    model.save(tmp_path / 'model.zip')
    model.get_env().close()
    with pytest.raises(DrlPruneError, match=r'by group-sparse training, .* give a dense'):
        teacher_settings(tmp_path / 'model.zip', task_of_kind('td3'))


@pytest.mark.parametrize(('changes', 'message'), [
    ({'block_sizes': (2, 8)}, '2 block sizes for 3 layers'),
    ({'block_sizes': (2, 3, 1)}, 'a block size of 3 cannot work: choose from 2, 4, 8'),
    ({'block_sizes': (2, 16, 1)}, 'a block size of 16 cannot work'),
    ({'block_sizes': (2, 0, 1)}, 'a block size of 0 cannot work'),
    ({'block_sizes': (2, 8, 1), 'hidden': (24, 6)}, 'cannot work in a layer of 6 neurons'),
    ({'block_sizes': (2, 8, 1), 'critic_hidden': (24,)}, '3 block sizes for 2 layers')])
def test_blocks_that_cannot_work_are_refused(
        changes: dict[str, Any], message: str,
        small_settings: Callable[..., TrainSettings]) -> None:
    with pytest.raises(DrlPruneError, match=message):
        small_settings('td3', **changes)
