# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The states that a policy meets as it acts, and which of them led to a crash."""

from typing import NamedTuple

import numpy as np
from stable_baselines3.common.vec_env import VecEnv
import torch

from drl_prune_ros.training.networks.greedy_policy import Bounds, torch_outputs
from drl_prune_ros.training.networks.mlp import MlpView

CRASH_WINDOW = 8
"""Decisions before a crash, the last one included, that led to it."""


class Rollout(NamedTuple):
    """
    What a policy met.

    states        (n, inputs) float32
    before_crash  (n,) bool, whether a crash ended the episode within CRASH_WINDOW decisions
    """

    states: torch.Tensor
    before_crash: torch.Tensor


class RolloutCollector:
    """
    Environments in which one policy after another acts, greedily.

    :param env: environments as the networks see them: normalized where the teacher's were.
    :param bounds: (low, high) of continuous actions, None for discrete ones.
    """

    def __init__(self, env: VecEnv, bounds: Bounds | None) -> None:
        self.env = env
        self.bounds = bounds
        self.observations: np.ndarray | None = None

    def collect(self, actor: MlpView, steps: int) -> Rollout:
        """Return what `actor` meets in at least `steps` steps, of all environments together."""
        if self.observations is None:
            self.observations = np.asarray(self.env.reset())
        states = []
        before_crash = np.zeros((-(-steps // self.env.num_envs), self.env.num_envs), bool)
        began = np.zeros(self.env.num_envs, int)
        for step in range(len(before_crash)):
            states.append(np.array(self.observations, np.float32))
            action = torch_outputs(actor, states[-1], bounds=self.bounds)['action']
            observations, _, dones, infos = self.env.step(action)
            self.observations = np.asarray(observations)
            for i in np.flatnonzero(dones):
                if infos[i].get('crashed'):
                    before_crash[max(began[i], step + 1 - CRASH_WINDOW):step + 1, i] = True
                began[i] = step + 1
        return Rollout(torch.as_tensor(np.concatenate(states)),
                       torch.as_tensor(before_crash.ravel()))
