# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Keep a network from reading observation values that it is not to read."""

from typing import Any

import torch

from drl_prune_ros.pruning.structured.masks import Masks
from drl_prune_ros.training.callbacks import Pruner
from drl_prune_ros.training.networks.mlp import actor_of, MlpView


def only_inputs(actor: MlpView, inputs: torch.Tensor | None) -> Masks:
    """Return masks that keep every hidden unit, and `inputs` (n,) bool of the observation."""
    masks = Masks.all_kept(actor)
    if inputs is not None:
        masks.kept[0] = inputs
    return masks


class HoldInputs(Pruner):
    """Keeps the weights of observation values that the policy does not read at zero."""

    def _on_training_start(self) -> None:
        self.actor = actor_of(self.model)
        masks = only_inputs(self.actor, self.actor.linears[0].weight.any(dim=0))
        assert self.actor.optimizer is not None
        self.hooks = [self.actor.optimizer.register_step_post_hook(
            lambda *_: masks.apply(self.actor))]

    def _on_training_end(self) -> None:
        for hook in self.hooks:
            hook.remove()

    def state(self) -> dict[str, Any]:
        """Return nothing: the inputs never change."""
        return {}

    def set_state(self, state: dict[str, Any]) -> None:
        """Do nothing: the inputs never change."""
