# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The baseline `magnitude`: single weights leave by their size, on a cubic ramp.

Zhu and Gupta, 'To prune, or not to prune' (2017): with s the part of the weights that is gone,

    s(t) = s_final (1 - (1 - (t - start) / (end - start))^3)

The layers share what is left as Erdos and Renyi would have it, by inputs + outputs, up to all of a
layer: better than one sparsity for all (Graesser et al., 2022), which leaves small layers none.
Masked weights stay out. From scratch the ramp takes the usual 20 to 75 % of the run; a
teacher's training is the dense phase, so the ramp then starts at once, and a quarter of the run is
left to fine-tune either way. Weights are counted as non-zeros; the policy file stores the matrices
with their zeros, and the manifest says how many bytes the indices of a sparse format would take.

As the baseline of GST, `gst-magnitude`, it prunes the critics along, over 20 to 80 % of the run,
and books what each gradient step stores.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
import math
from pathlib import Path
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm
import torch

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.manifest import count_weights
from drl_prune_ros.pruning.evaluation.acceptance import acceptance, near_its_best
from drl_prune_ros.pruning.evaluation.compression import CompressionMeter, dense_of, Stored
from drl_prune_ros.pruning.evaluation.reference import beside_teacher
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.tasks.evaluation import Act, Episodes
from drl_prune_ros.tasks.skill import Reference
from drl_prune_ros.training.callbacks import Pruner
from drl_prune_ros.training.networks.greedy_policy import network_of, nonzeros
from drl_prune_ros.training.networks.mlp import actor_of, critics_of, MlpView
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.schedule import LearningRateSchedule
from drl_prune_ros.training.selection import confirm, Margin
from drl_prune_ros.training.settings import RESTART_SHARE, TrainSettings
from drl_prune_ros.training.train import train, TrainOptions
from drl_prune_ros.training.validation import held_out_episodes, validation_episodes

RAMP = (0.2, 0.75)
TAUGHT_RAMP = (0.0, 0.75)
MASKINGS = 200
"""How often, over a whole run, the masks may grow."""


@dataclass(frozen=True)
class MagnitudeSettings:
    """Settings of unstructured magnitude pruning."""

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

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any], **overrides: Any) -> 'MagnitudeSettings':
        """Read settings from a mapping; an unknown name is refused by name."""
        values = {**entry, **{name: v for name, v in overrides.items() if v is not None}}
        try:
            settings = cls(**{**values, 'ramp': tuple(values['ramp'])})
        except TypeError as error:
            raise DrlPruneError(f'magnitude settings: {error}') from None
        start, end = settings.ramp
        if not 0 <= start < end <= 1:
            raise DrlPruneError(f'the ramp must lie in 0 to 1, got {start} to {end}')
        return settings

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for YAML and JSON; the baseline of GST says more than others."""
        plain = {**asdict(self), 'ramp': list(self.ramp)}
        if not self.prune_critics:
            del plain['prune_critics'], plain['max_return_loss']
        return plain


def cubic(progress: float, ramp: tuple[float, float]) -> float:
    """Return s(t) / s_final at `progress` (0 to 1) of the run."""
    start, end = ramp
    return 1.0 - (1.0 - min(1.0, max(0.0, (progress - start) / (end - start)))) ** 3


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
    """Return one mask a layer, True for its largest weights; `kept` of them in all."""
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
        """Go on from `state` when training starts."""
        self.resumed = state

    def _go_on_from(self, state: dict[str, Any]) -> None:
        self.next_step = state['next_step']
        if state['masks']:
            self.masks = [state['masks'], *state.get('critic_masks', [])]
        if 'compression' in state:
            self.meter = CompressionMeter.from_state(state['compression'])


def prune_weights(run: RunFolder, task: Task, settings: TrainSettings,
                  pruning: MagnitudeSettings, seed: int, reference: Reference | None,
                  progress: bool = True, teacher: Path | None = None) -> None:
    """
    Train a policy and mask its smallest weights meanwhile; the sparsest acceptable one is kept.

    :param reference: what skill is measured by; without one the run's own best stands in.
    :param teacher: SB3 file of a dense policy to start from; from scratch without one.
    """
    def play_held_out(act: Act) -> Episodes:
        return held_out_episodes(task, act, settings)

    options = TrainOptions(
        start=teacher, progress=progress,
        schedule=LearningRateSchedule(start=RESTART_SHARE if teacher else 1.0))
    pruner = MagnitudePruning(pruning)
    if pruning.max_return_loss is not None:
        train(run, task, settings, seed, pruner, options)
        margin = near_its_best(run, play_held_out, pruning.max_return_loss)
    else:
        assert reference is not None

        def within_loss(play: Callable[[Act], Episodes]) -> Margin:
            return acceptance(
                beside_teacher(reference, task, teacher, play), pruning.max_skill_loss)

        train(run, task, settings, seed, pruner, replace(
            options, margin=within_loss(lambda act: validation_episodes(task, act, settings))))
        margin = within_loss(play_held_out)
    confirm(run, play_held_out, margin)
