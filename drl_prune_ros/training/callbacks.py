# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What happens between two updates of a training run: anneal, fill the replay buffer, prune."""

from collections.abc import Callable
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback

from drl_prune_ros.training.selection import deployed_weights
from drl_prune_ros.training.settings import OffPolicySettings


class BetweenUpdates(BaseCallback):
    """
    A callback that acts after one update and before the next rollout.

    PPO ends a rollout before it trains on it, so anything that changes the policy belongs here:
    at the end of a rollout it would change the policy under the stored log-probabilities.
    """

    def _on_step(self) -> bool:
        return True

    @property
    def progress(self) -> float:
        """Fraction of the run that lies behind, 0 to 1."""
        return 1.0 - self.model._current_progress_remaining


class Pruner(BetweenUpdates):
    """A method that takes a network apart while it trains; its state goes into checkpoints."""

    def weights(self, model: BaseAlgorithm) -> int:
        """Count the weights that `model` would deploy now: whole matrices, unless overridden."""
        return deployed_weights(model)

    @property
    def evaluates(self) -> bool:
        """
        Whether the pruner itself evaluates now, and keeps what may be deployed.

        Further validation episodes would cost time, and choose nothing.
        """
        return False

    def state(self) -> dict[str, Any]:
        """Return what a resume needs."""
        raise NotImplementedError

    def set_state(self, state: dict[str, Any]) -> None:
        """Continue from `state` when training starts."""
        raise NotImplementedError


class AnnealEntropy(BetweenUpdates):
    """Set PPO's entropy bonus by `schedule`, a function of the progress remaining (1 to 0)."""

    def __init__(self, schedule: Callable[[float], float]) -> None:
        super().__init__()
        self.schedule = schedule

    def _on_rollout_start(self) -> None:
        self.model.ent_coef = self.schedule(1.0 - self.progress)  # type: ignore[attr-defined]


class FillReplay(BetweenUpdates):
    """
    Fill the empty replay buffer of a trained policy with its own transitions before learning.

    Stable-Baselines3 would fill it with random actions, which is what a policy that knows nothing
    does; the pruner would then measure importance on states that the policy never visits.
    """

    def __init__(self, settings: OffPolicySettings) -> None:
        super().__init__()
        self.settings = settings

    def _on_rollout_start(self) -> None:
        model: Any = self.model
        transitions = model.replay_buffer.size() * model.n_envs
        filled = transitions >= self.settings.learning_starts
        model.gradient_steps = self.settings.gradient_steps if filled else 0
