# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A critic that knows nothing yet learns before the policy moves."""

from pathlib import Path
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm

from drl_prune_ros.training.callbacks import BetweenUpdates
from drl_prune_ros.training.networks.mlp import actor_of

WARMUP_FRACTION = 0.1
"""Fraction of a run in which an untrained critic learns alone."""


class CriticWarmupCallback(BetweenUpdates):
    """
    Hold the policy still until a step; it acts, with its exploration, and its critic learns.

    Add it last: what other callbacks do to the policy's gradients is then undone, too.

    :param until: environment step of the run up to which no optimizer changes the policy.
    """

    def __init__(self, until: int) -> None:
        super().__init__()
        self.until = until

    def state(self) -> dict[str, Any]:
        """Return what a resume needs."""
        return {'until': self.until}

    @classmethod
    def from_checkpoint(cls, extra: dict[str, Any], model: BaseAlgorithm,
                        ) -> 'CriticWarmupCallback | None':
        """
        Return the warm-up of a checkpoint, None where it has none.

        :param extra: the callbacks' state in the checkpoint.
        :param model: its learner, on which checkpoints of runs up to version 2 have the step.
        """
        warmup = extra.get('critic_warmup')
        until = warmup['until'] if warmup else vars(model).pop('critic_until', None)
        return None if until is None else cls(until)

    def _on_training_start(self) -> None:
        # SAC's temperature waits too: it would chase the entropy of a policy that cannot follow.
        optimizers = (actor_of(self.model).optimizer,
                      getattr(self.model, 'ent_coef_optimizer', None))
        self.hooks = [optimizer.register_step_pre_hook(lambda *_: self._hold())
                      for optimizer in optimizers if optimizer is not None]

    def _on_training_end(self) -> None:
        for hook in self.hooks:
            hook.remove()

    def _hold(self) -> None:
        """Remove the gradients of the policy, so that its optimizer does not move it."""
        if self.num_timesteps > self.until:
            return
        noise = getattr(self.model.policy, 'log_std', None)
        temperature = getattr(self.model, 'log_ent_coef', None)
        for parameter in (*actor_of(self.model).parameters(), noise, temperature):
            if parameter is not None:
                parameter.grad = None


def mark_critic_untrained(model_file: Path) -> None:
    """Write beside the SB3 file `model_file` that its critic has learned nothing."""
    _mark(model_file).touch()


def has_untrained_critic(model_file: Path | None) -> bool:
    """Return whether the critic of the SB3 file `model_file` has learned nothing."""
    return model_file is not None and _mark(model_file).is_file()


def warmup_end(total_steps: int) -> int:
    """Return the step until which the policy waits in a run of `total_steps` steps."""
    return round(WARMUP_FRACTION * total_steps)


def _mark(model_file: Path) -> Path:
    return model_file.with_suffix('.untrained_critic')
