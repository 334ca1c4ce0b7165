# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The baseline `magnitude`: single weights leave by their size, on a cubic ramp.

The ramp is that of Zhu and Gupta (2017), see schedules.py. The layers share what is left as Erdos
and Renyi would have it, by inputs + outputs, up to all of one layer: better than one sparsity for
all (Graesser et al., 2022), which leaves small layers none.
Masked weights stay out. From scratch the ramp takes the usual 20 to 75 % of the run; a
teacher's training is the dense phase, so the ramp then starts at once, and a quarter of the run is
left to fine-tune either way. Weights are counted as non-zeros; the policy file stores the matrices
with their zeros, and the manifest says how many bytes the indices of a sparse format would take.
"""

from dataclasses import dataclass
from itertools import pairwise
import math
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm
import torch

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.manifest import count_weights
from drl_prune_ros.pruning.evaluation.compression import CompressionMeter, dense_of, Stored
from drl_prune_ros.pruning.method import CliOverrides, entry_of, Method, RunContext, with_target
from drl_prune_ros.pruning.schedules import check_ramp, cubic, RAMP, TEACHER_RAMP
from drl_prune_ros.pruning.settings import SettingsBase
from drl_prune_ros.pruning.widths import check_target, layer_widths
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.training.callbacks import Pruner
from drl_prune_ros.training.networks.greedy_policy import network_of, nonzeros
from drl_prune_ros.training.networks.mlp import actor_of, critics_of, MlpView
from drl_prune_ros.training.settings import TrainSettings

MASKINGS = 200
"""How often, over a whole run, the masks may grow."""


@dataclass(frozen=True)
class MagnitudeSettings(SettingsBase):
    """Settings of unstructured magnitude pruning."""

    LABEL = 'magnitude settings'
    OMITTED_AT_DEFAULT = ('prune_critics', 'max_return_loss')

    total_steps: int
    """Environment steps of the run."""
    target_weights: int
    """Non-zero weights at the end of the ramp."""
    ramp: tuple[float, float]
    """Part of the run in which weights leave."""
    max_skill_loss: float = 0.03
    """Skill that the deployed policy may lack; the sparsest network within it is deployed."""
    unstructured: bool = True
    """Weights are counted as non-zeros."""
    prune_critics: bool = False
    """Whether the critics lose the same part of their weights."""
    max_return_loss: float | None = None
    """Part of the return gained that the deployed policy may lack, in place of skill."""

    def check(self) -> None:
        """Raise DrlPruneError if the ramp is none."""
        check_ramp(self.ramp)


def shares(widths: tuple[int, ...], kept: int) -> list[int]:
    """Split `kept` weights among the layers by inputs + outputs; they add up to `kept`."""
    layers = list(pairwise(widths))
    split = [0] * len(layers)
    # The layer that is full first comes first: what it cannot take is left to the others.
    order = sorted(range(len(layers)), key=lambda i: math.prod(layers[i]) / sum(layers[i]))
    for place, i in enumerate(order):
        rest = sum(sum(layers[j]) for j in order[place:])
        split[i] = min(math.prod(layers[i]), round(kept * sum(layers[i]) / rest))
        kept -= split[i]
    return split


@torch.no_grad()
def largest_weights(actor: MlpView, kept: int) -> list[torch.Tensor]:
    """Return one mask per layer, True for its largest weights; `kept` of them in all."""
    masks = []
    for linear, count in zip(actor.linears, shares(actor.widths, kept), strict=True):
        mask = torch.zeros(linear.weight.numel(), dtype=torch.bool)
        mask[linear.weight.abs().flatten().topk(count).indices] = True
        masks.append(mask.view_as(linear.weight))
    return masks


class MagnitudePruning(Pruner):
    """Masks the smallest weights between updates, and keeps them at zero after each step."""

    def __init__(self, settings: MagnitudeSettings) -> None:
        super().__init__()
        self.settings = settings
        self.masks: list[list[torch.Tensor]] = []
        self.next_step = 0.0
        self.resumed: dict[str, Any] | None = None

    def _on_training_start(self) -> None:
        self.actor: MlpView = actor_of(self.model)
        critics = critics_of(self.model) if self.settings.prune_critics else []
        self.networks = [self.actor, *critics]
        self.meter = CompressionMeter(dense_of(self.actor, critics))
        self.meter.book(0, Stored(count_weights(self.actor.widths),
                                  sum(count_weights(critic.widths) for critic in critics)))
        if self.resumed:
            self._go_on_from(self.resumed)
        self.hooks = []
        for network in self.networks[:2]:   # twin critics share an optimizer
            assert network.optimizer is not None
            self.hooks.append(network.optimizer.register_step_post_hook(lambda *_: self._apply()))

    def _on_training_end(self) -> None:
        for hook in self.hooks:
            hook.remove()

    def _on_rollout_start(self) -> None:
        if self.progress < self.settings.ramp[0] or self.num_timesteps < self.next_step:
            return
        self.next_step = self.num_timesteps + self.settings.total_steps / MASKINGS
        gone = cubic(self.progress, self.settings.ramp)
        dense = count_weights(self.actor.widths)
        left = 1.0 - (1.0 - self.settings.target_weights / dense) * gone
        self.masks = [largest_weights(network, round(count_weights(network.widths) * left))
                      for network in self.networks]
        self._apply()
        actor, *critics = (sum(int(mask.sum()) for mask in masks) for masks in self.masks)
        self.meter.book(self.model._n_updates, Stored(actor, sum(critics)))

    @torch.no_grad()
    def _apply(self) -> None:
        """Set masked weights to exactly zero, in the networks and their targets."""
        for pruned, masks in zip(self.networks, self.masks, strict=False):
            for network in (pruned, *pruned.targets):
                for linear, mask in zip(network.linears, masks, strict=True):
                    linear.weight.mul_(mask)

    def weights(self, model: BaseAlgorithm) -> int:
        """Count the non-zeros that would be deployed now."""
        try:
            return sum(nonzeros(network_of(actor_of(model))))
        except DrlPruneError:
            return 0   # it ignores its observation, for now

    def state(self) -> dict[str, Any]:
        """Return what a resume needs to go on."""
        plain = {'masks': self.masks[0] if self.masks else [], 'next_step': self.next_step}
        if not self.settings.prune_critics:
            return plain
        return {**plain, 'critic_masks': self.masks[1:],
                'compression': self.meter.state(self.model._n_updates)}

    def set_state(self, state: dict[str, Any]) -> None:
        """Resume from `state` when training starts."""
        self.resumed = state

    def _go_on_from(self, state: dict[str, Any]) -> None:
        self.next_step = state['next_step']
        if state['masks']:
            self.masks = [state['masks'], *state.get('critic_masks', [])]
        if 'compression' in state:
            self.meter = CompressionMeter.from_state(state['compression'])


class Magnitude(Method[MagnitudeSettings]):
    """Take single weights by their size."""

    name = 'magnitude'
    options = frozenset({'--target-weights', '--max-skill-loss'})
    needs_reference = True

    def settings(self, task: Task, dense: TrainSettings, from_teacher: bool,
                 overrides: CliOverrides) -> MagnitudeSettings:
        """Return the catalogue's settings, or the target of DSP."""
        values = with_target(entry_of(task, dense, from_teacher, self.name), overrides)
        return MagnitudeSettings.from_dict(
            {'ramp': TEACHER_RAMP if from_teacher else RAMP, **values},
            max_skill_loss=overrides.max_skill_loss)

    def initial_network(self, task: Task, dense: TrainSettings,
                        settings: MagnitudeSettings) -> TrainSettings:
        """Return the dense network, of which as many single weights as the target may stay."""
        check_target(settings.target_weights, layer_widths(task, dense))
        return dense

    def run(self, context: RunContext[MagnitudeSettings]) -> None:
        """Train and mask the smallest weights; keep the sparsest acceptable policy."""
        context.train_and_confirm(
            MagnitudePruning(context.settings), context.settings.max_skill_loss)
