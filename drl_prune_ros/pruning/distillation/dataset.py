# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The states that students learn from: those policies meet, and what the teacher says of them."""

from typing import NamedTuple

import numpy as np
from stable_baselines3.common.vec_env import VecEnv
import torch

from drl_prune_ros.pruning.divergence import comparable, divergence, variances
from drl_prune_ros.training.networks.greedy_policy import Bounds, torch_outputs
from drl_prune_ros.training.networks.mlp import MlpView, OutputKind

CRASH_WINDOW = 8
"""Decisions before a crash, the last one included, that led to it."""


class Met(NamedTuple):
    """
    What a policy met.

    states        (n, inputs) float32
    before_crash  (n,) bool, whether a crash ended the episode within CRASH_WINDOW decisions
    """

    states: torch.Tensor
    before_crash: torch.Tensor


class Play:
    """
    Environments in which one policy after another acts, greedily.

    :param env: environments as the networks see them: normalised where the teacher's were.
    :param bounds: (low, high) of continuous actions, None for discrete ones.
    """

    def __init__(self, env: VecEnv, bounds: Bounds | None) -> None:
        self.env = env
        self.bounds = bounds
        self.observations: np.ndarray | None = None

    def visit(self, actor: MlpView, steps: int) -> Met:
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
        return Met(torch.as_tensor(np.concatenate(states)),
                   torch.as_tensor(before_crash.ravel()))


class LabelledStates:
    """
    All states met so far, (n, inputs), and what the teacher says of them.

    :param temperature: what scores of actions (PPO) are divided by before they are compared, those
        of the teacher and those of a student alike (Hinton, Vinyals and Dean, 2015). A teacher
        that is nearly certain says more of its second choice so, which a small student needs to
        know where it cannot follow the first. 1 compares the policies as they are.
    """

    def __init__(self, teacher: MlpView, temperature: float = 1.0) -> None:
        self.teacher = teacher
        self.temperature = temperature if teacher.output_kind is OutputKind.SCORES else 1.0
        self.states = torch.empty(0, teacher.widths[0])
        self.answers: list[torch.Tensor] = []
        self.scale: list[torch.Tensor] = []

    @torch.no_grad()
    def add(self, states: torch.Tensor) -> None:
        """Ask the teacher about `states` and keep both."""
        said = comparable(self.teacher, self.teacher.outputs(states) / self.temperature)
        self.states = torch.cat([self.states, states])
        self.answers = [torch.cat([before, part]) for before, part in zip(
            self.answers, said, strict=True)] if self.answers else said
        self.scale = variances(self.answers)

    def loss(self, student: MlpView, batch_size: int) -> torch.Tensor:
        """
        Return the divergence of `student` on a random minibatch.

        To second order the temperature, squared, keeps it on the scale of scores as they are.
        """
        index = torch.randint(len(self.states), (batch_size,))
        outputs = student.outputs(self.states[index]) / self.temperature
        return self.temperature ** 2 * divergence(
            student, outputs, [part[index] for part in self.answers], self.scale)
