# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The shape that learns best is told from one that cannot."""

from collections.abc import Callable
import dataclasses

import pytest
import torch

from drl_prune_ros.pruning.distillation.dataset import DistillationDataset
from drl_prune_ros.pruning.distillation.distiller import Distillation, DistillationSettings
from drl_prune_ros.pruning.methods.pops.shape_trials import nearest_shapes, SHARE, STARTS
from drl_prune_ros.training.networks.mlp import MlpView

SETTINGS = DistillationSettings(restarts=8, rounds=6, minibatches=2000, batch_size=128)


@pytest.fixture
def dataset(make_actor: Callable[..., MlpView]) -> DistillationDataset:
    """Return what a teacher says that needs more than one number of its observation."""
    teacher = make_actor(4, 16, 16, 3)
    with torch.no_grad():
        teacher.linears[-1].weight.mul_(20.0)
    dataset = DistillationDataset(teacher)
    dataset.add(torch.randn(3000, 4))
    return dataset


def test_a_bottleneck_does_not_win(dataset: DistillationDataset) -> None:
    torch.manual_seed(0)
    everything = torch.ones(4, dtype=torch.bool)
    divergences = nearest_shapes(dataset, [(1, 11), (6, 5)], everything, SETTINGS)
    assert list(divergences) == [(6, 5), (1, 11)], 'of 59 and 69 weights'
    assert 0.0 < divergences[6, 5] < 0.7 * divergences[1, 11]
    assert len(dataset.states) == 3000, 'nobody acts'


def test_every_shape_learns_from_as_many_minibatches(
        dataset: DistillationDataset, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Distillation] = []
    turn = Distillation.turn
    monkeypatch.setattr(Distillation, 'turn',
                        lambda one: (made.append(one), turn(one))[1])   # type: ignore[func-returns-value]
    inputs = torch.tensor([True, False, True, True])
    nearest_shapes(dataset, [(3, 3), (2, 5)], inputs, dataclasses.replace(
        SETTINGS, minibatches=200))
    assert len(made) == 2 * STARTS
    assert {one.settings.minibatches for one in made} == {round(SHARE * 200)}
    for one in made:
        assert not any(student.linears[0].weight[:, 1].any() for student in one.students)
