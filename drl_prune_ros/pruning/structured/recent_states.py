# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The states a policy has visited lately, as its network reads them."""

from typing import Any

from stable_baselines3 import PPO
from stable_baselines3.common.base_class import BaseAlgorithm
import torch

RECENT_STATES = 131_072
IMPORTANCE_STATES = 2048
RECONSTRUCTION_STATES = 32_768
"""Of them, those that the importance of units is measured on, and that layers are fitted to."""


class RecentStates:
    """
    The newest states (n, inputs) float32, normalized where the learner normalizes.

    A learner with a replay buffer remembers them itself. PPO empties its buffer before the next
    rollout starts, so `remember` takes them when a rollout ends.
    """

    def __init__(self, model: BaseAlgorithm, inputs: int) -> None:
        self.model: Any = model
        self.inputs = inputs
        self.remembered = torch.empty(0, inputs)

    def remember(self) -> None:
        """Take the states of the rollout that has just ended."""
        if isinstance(self.model, PPO):
            rollout = self.model.rollout_buffer.observations.reshape(-1, self.inputs)
            newest = torch.as_tensor(rollout.copy())
            self.remembered = torch.cat([newest, self.remembered])[:RECENT_STATES]

    def shuffled(self) -> torch.Tensor:
        """Return all of them in random order."""
        states = self.remembered if isinstance(self.model, PPO) else self._replayed()[0]
        return states[torch.randperm(len(states))]

    def with_actions(self) -> torch.Tensor:
        """Return (n, inputs + action size): what a critic of TD3 or SAC reads."""
        states, actions = self._replayed()
        return torch.cat([states, actions], dim=1)

    def _replayed(self) -> tuple[torch.Tensor, torch.Tensor]:
        buffer = self.model.replay_buffer
        filled = buffer.buffer_size if buffer.full else buffer.pos
        rows = max(1, RECENT_STATES // buffer.n_envs)
        newest = torch.arange(buffer.pos - min(filled, rows), buffer.pos) % buffer.buffer_size
        observations = buffer._normalize_obs(
            buffer.observations[newest].reshape(-1, self.inputs), self.model._vec_normalize_env)
        actions = buffer.actions[newest].reshape(len(observations), buffer.action_dim)
        return (torch.as_tensor(observations, dtype=torch.float32),
                torch.as_tensor(actions, dtype=torch.float32))
