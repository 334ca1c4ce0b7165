# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Weights leave by their LAMP score, with a teacher's guidance, and stay out."""

from collections.abc import Callable
import copy

import numpy as np
import torch

from drl_prune_ros.pruning.distillation.dataset import DistillationDataset
from drl_prune_ros.pruning.methods.pops.lamp import lamp_masks, LampPruning
from drl_prune_ros.pruning.structured.input_masking import only_inputs
from drl_prune_ros.training.networks.mlp import MlpView


def test_lamp_scores_follow_their_definition(make_actor: Callable[..., MlpView]) -> None:
    actor = make_actor(5, 7, 6, 3)
    scores = []
    for linear in actor.linears:
        squares = np.square(linear.weight.detach().numpy().astype(np.float64))
        scores.append(np.array([[one / squares[squares >= one].sum() for one in row]
                                for row in squares]))
    for kept in (3, 20, 60, 95):
        bound = np.sort(np.concatenate([score.ravel() for score in scores]))[-kept]
        masks = lamp_masks(actor, kept)
        # The largest weight of every layer has the score 1.
        assert all(mask.any() for mask in masks)
        if kept > 3:
            for mask, score in zip(masks, scores, strict=True):
                assert np.array_equal(mask.numpy(), score >= bound * (1 - 1e-6))


def pruning_of(actor: MlpView) -> LampPruning:
    dataset = DistillationDataset(copy.deepcopy(actor))
    dataset.add(torch.randn(500, actor.widths[0], generator=torch.Generator().manual_seed(1)))
    return LampPruning(actor, dataset, minibatches=200, final_sparsity=0.8,
                         learning_rate=1e-3, batch_size=64)


def test_sparsity_rises_to_the_end_and_pauses(make_actor: Callable[..., MlpView]) -> None:
    actor = make_actor(5, 16, 16, 3)
    pruning = pruning_of(actor)
    left = [sum(pruning.left)]
    for _ in range(3):
        pruning.learn(50)
        left.append(sum(pruning.left))
    assert left == sorted(left, reverse=True) and len(set(left)) == 4
    pruning.paused = True
    pruning.learn(50)
    assert sum(pruning.left) == left[-1] and pruning.position == 150
    pruning.paused = False
    pruning.learn(50)
    assert pruning.done and sum(pruning.left) == round(0.2 * left[0])
    nonzeros = [int((linear.weight != 0).sum()) for linear in actor.linears]
    assert nonzeros == pruning.left


def test_a_student_stays_near_its_teacher(make_actor: Callable[..., MlpView]) -> None:
    actor = make_actor(5, 16, 16, 3)
    guided, alone = pruning_of(actor), copy.deepcopy(actor)
    guided.learn(200)
    with torch.no_grad():
        for linear, mask in zip(alone.linears, lamp_masks(alone, sum(guided.left)), strict=True):
            linear.weight.mul_(mask)
        states = guided.dataset
        torch.manual_seed(0)
        assert states.loss(actor, 500) < 0.7 * states.loss(alone, 500)


def test_what_a_student_does_not_read_stays_out(make_actor: Callable[..., MlpView]) -> None:
    actor = make_actor(5, 16, 16, 3)
    inputs = torch.tensor([True, True, False, True, False])
    only_inputs(actor, inputs).apply(actor)
    pruning = pruning_of(actor)
    assert sum(pruning.left) == 3 * 16 + 16 * 16 + 16 * 3
    pruning.learn(40)
    assert torch.equal(pruning.inputs, inputs)
    assert not actor.linears[0].weight[:, ~inputs].any()


def test_pruning_goes_on_as_if_nothing_had_happened(make_actor: Callable[..., MlpView]) -> None:
    actor = make_actor(5, 16, 16, 3)
    other = copy.deepcopy(actor)
    whole = pruning_of(actor)
    whole.learn(70)
    state, random = copy.deepcopy(whole.state()), torch.get_rng_state()
    whole.learn(70)
    resumed = pruning_of(other)
    resumed.set_state(state)
    torch.set_rng_state(random)
    resumed.learn(70)
    assert resumed.left == whole.left
    for parameter, same in zip(other.parameters(), actor.parameters(), strict=True):
        assert torch.equal(parameter, same)
