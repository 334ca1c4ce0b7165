# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What policies meet, and which of it led to a crash."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from drl_prune_ros.pruning.distillation.rollouts import CRASH_WINDOW, RolloutCollector
from drl_prune_ros.training.networks.mlp import MlpView


class Road:
    """Two environments that show the step; episodes end, and some in a crash, as they are told."""

    num_envs = 2

    def __init__(self, ends: dict[tuple[int, int], bool]) -> None:
        self.ends = ends
        self.step_number = 0

    def reset(self) -> np.ndarray:
        return np.zeros((2, 4))

    def step(self, action: np.ndarray) -> tuple[Any, ...]:
        ended = [self.ends.get((self.step_number, i)) for i in range(2)]
        self.step_number += 1
        infos = [{} if end is None else {'crashed': end} for end in ended]
        return (np.full((2, 4), float(self.step_number)), np.zeros(2),
                np.array([end is not None for end in ended]), infos)


def test_the_decisions_that_led_to_a_crash_are_known(make_actor: Callable[..., MlpView]) -> None:
    road: Any = Road({(2, 0): True, (5, 0): False, (15, 0): True, (17, 1): True, (18, 0): True})
    rollout = RolloutCollector(road, None).collect(make_actor(4, 8, 8, 2), 2 * 20)
    assert rollout.states.shape == (40, 4) and rollout.states.dtype == torch.float32
    before = rollout.before_crash.view(20, 2)
    assert CRASH_WINDOW == 8
    # An episode of three steps, one without a crash, one longer than the window, and a short one.
    assert before[:, 0].nonzero().flatten().tolist() == [0, 1, 2, *range(8, 16), 16, 17, 18]
    assert before[:, 1].nonzero().flatten().tolist() == list(range(10, 18))
    assert torch.equal(rollout.states[rollout.before_crash][:, 0].unique(),
                       torch.tensor([0, 1, 2, *range(8, 19)], dtype=torch.float32))
