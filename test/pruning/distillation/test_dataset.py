# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a teacher says of the states that policies meet."""

from collections.abc import Callable

import pytest
from stable_baselines3.common.base_class import BaseAlgorithm
import torch

from drl_prune_ros.pruning.distillation.dataset import DistillationDataset
from drl_prune_ros.training.networks.mlp import actor_of, MlpView


def test_scores_are_compared_at_a_temperature_and_nothing_else_is(
        make_actor: Callable[..., MlpView], make_model: Callable[..., BaseAlgorithm]) -> None:
    teacher, student = make_actor(4, 8, 8, 3), make_actor(4, 5, 3)
    states, temperature = torch.randn(64, 4), 2.0
    dataset = DistillationDataset(teacher, temperature)
    dataset.add(states)
    with torch.no_grad():
        p = (teacher.outputs(states) / temperature).softmax(dim=1)
        q = (student.outputs(states) / temperature).softmax(dim=1)
        # One state alone, however often it is drawn, has one divergence.
        distance = temperature ** 2 * (p * (p / q).log()).sum(dim=1)
        for i in (0, 1):
            one = DistillationDataset(teacher, temperature)
            one.add(states[i:i + 1])
            assert float(one.loss(student, 16)) == pytest.approx(float(distance[i]), rel=1e-4)
        assert float(dataset.loss(teacher, 64)) == pytest.approx(0.0, abs=1e-6)
    assert DistillationDataset(actor_of(make_model('td3')), temperature).temperature == 1.0
