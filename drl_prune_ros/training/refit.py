# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Learn once more from all that was met, where steps are dear and minibatches are not."""

from typing import Any

from stable_baselines3.common.utils import polyak_update
from torch import nn

from drl_prune_ros.training.callbacks import BetweenUpdates
from drl_prune_ros.training.settings import DQNSettings


class Refit(BetweenUpdates):
    """
    When training ends, let a new network learn from the whole replay buffer of DQN.

    The one that acted learned from few transitions first, and from its own mistakes; a new one
    has all of them from its first minibatch on, and often does better (Agarwal, Schuurmans and
    Norouzi, 2020, "An Optimistic Perspective on Offline Reinforcement Learning"). Loss, targets
    and falling learning rate are those of training. It goes before validation, which evaluates
    what comes out; the policies before it are not evaluated, since episodes are dear where a refit
    pays.
    """

    def __init__(self, settings: DQNSettings) -> None:
        super().__init__()
        self.settings = settings

    @property
    def minibatches_per_target_update(self) -> int:
        """Minibatches between two updates of the target network, as many as in training."""
        settings = self.settings
        # SB3 counts the calls of all environments together.
        calls = max(settings.target_update_interval // settings.num_envs, 1)
        updates = settings.gradient_steps
        if updates < 0:
            updates = settings.train_freq * settings.num_envs
        return max(1, round(calls * updates / settings.train_freq))

    def _on_training_end(self) -> None:
        model: Any = self.model
        minibatches = self.settings.refit_minibatches
        assert minibatches
        for module in model.q_net.modules():
            if isinstance(module, nn.Linear):
                module.reset_parameters()
        model.q_net_target.load_state_dict(model.q_net.state_dict())
        model.policy.optimizer.state.clear()
        for done in range(minibatches):
            model._current_progress_remaining = 1.0 - done / minibatches
            model.train(1, model.batch_size)
            if done % self.minibatches_per_target_update == 0:
                polyak_update(
                    model.q_net.parameters(), model.q_net_target.parameters(), model.tau)
        model._current_progress_remaining = 0.0
