# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
GST: group-sparse training, which is compressed from its first gradient step on.

In the style of Lee, Kim, Kim, Jo and Yoo, 'GST: Group-Sparse Training for Accelerating Deep
Reinforcement Learning' (arXiv 2101.09650), with TD3: weights are grouped, or pruned, whichever
costs less at the time. Which layers have blocks of which size, how long they are grouped and how
the target sparsity answers to the return are not public: those are this project's own.

    actor, critics and targets have block-circulant layers from the start (networks/circulant.py);
    once the policy has learned something, which takes few weights, those between hidden layers are
    untied: from where it is, it learns more with fewer weights that are free
    from then on, every now and then, to the last gradient step:
        R         <- return of the greedy policy on validation episodes
        sparsity  <- rises while R grows or holds, falls when it drops (sparsity_controller.py)
        of each network, the smallest weights leave, or the largest come back (blocks.py), and some
        of those that are left are exchanged for others; the actor keeps fewer than the critics

Where they are never untied, whole blocks leave.
"""

from collections.abc import Callable
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm

from drl_prune_ros.pruning.evaluation.compression import CompressionMeter, dense_of, Stored
from drl_prune_ros.pruning.methods.gst.blocks import exchange, network_weights, set_sparsity
from drl_prune_ros.pruning.methods.gst.settings import GSTSettings
from drl_prune_ros.pruning.methods.gst.sparsity_controller import SparsityController
from drl_prune_ros.tasks.evaluation import Act
from drl_prune_ros.training.callbacks import Pruner
from drl_prune_ros.training.networks.circulant_policy import untie_layers
from drl_prune_ros.training.networks.greedy_policy import greedy
from drl_prune_ros.training.networks.mlp import actor_of, critics_of, MlpView
from drl_prune_ros.training.run_folder import RunFolder


class GroupSparseTraining(Pruner):
    """
    The pruner: it decides between updates, and the layers themselves hold the masks.

    :param run: where every decision is logged, with the return that caused it.
    :param evaluate: plays the validation episodes with a greedy policy; gives the mean return.
    """

    def __init__(self, settings: GSTSettings, run: RunFolder,
                 evaluate: Callable[[Act], float]) -> None:
        super().__init__()
        self.settings = settings
        self.run = run
        self.evaluate = evaluate
        self.next_step: float | None = None
        self.controller = SparsityController(
            settings.sparsity, settings.change, settings.slow_rate, settings.tolerance,
            settings.window)
        self.resumed: dict[str, Any] | None = None

    def _on_training_start(self) -> None:
        self.networks = [actor_of(self.model), *critics_of(self.model)]
        if self.resumed:
            self.next_step = self.resumed['next_step']
            self.controller.set_state(self.resumed['controller'])
            self.meter = CompressionMeter.from_state(self.resumed['compression'])
        else:
            self.meter = CompressionMeter(dense_of(self.networks[0], self.networks[1:]))
            self.meter.book(0, self._stored())

    @property
    def gradient_steps(self) -> int:
        """Gradient steps so far."""
        steps: int = self.model._n_updates
        return steps

    @property
    def tied(self) -> bool:
        """Whether weights between hidden layers are grouped in blocks still."""
        blocks: tuple[int, ...] = self.model.policy.block_sizes   # type: ignore[attr-defined]
        return any(size > 1 for size in blocks[1:-1])

    def _on_rollout_start(self) -> None:
        if not (self.settings.sparsity and self.gradient_steps):
            return
        settings = self.settings
        if self.next_step is None:
            pause = settings.grouped if settings.unties else settings.delay
            self.next_step = self.num_timesteps + pause * (
                settings.total_steps - self.num_timesteps)
        if self.num_timesteps < self.next_step:
            return
        pause = settings.total_steps / settings.decisions
        # Rollouts end between two decisions; what one is late by, the next is early by.
        self.next_step = max(self.next_step, self.num_timesteps - pause) + pause
        returned = self.evaluate(greedy(self.model))
        if not self.controller.recent:
            # What training has gained counts from its start.
            self.controller.lowest = min(
                (row['validation_return'] for row in self.run.metrics()
                 if 'validation_return' in row), default=returned)
        if settings.unties and self.tied:
            untie_layers(self.model)
            self.controller.value = min(settings.first_sparsity, settings.sparsity)
        decision = self.controller.decide(returned)
        for network in self.networks:
            set_sparsity(network, self._sparsity_of(network))
            if not self.tied:
                exchange(network, settings.exchange * (1.0 - self.progress))
        self.meter.book(self.gradient_steps, self._stored())
        figures = self.meter.figures()
        self.run.log(
            step=self.num_timesteps, gradient_steps=self.gradient_steps,
            decision=decision.value, tied=self.tied, validation_return=returned,
            mean_return=self.controller.mean, best_return=self.controller.best,
            sparsity=self.controller.value, weights=self.weights(self.model),
            compression=figures['final'], compression_average=figures['average'])
        self.logger.record('pruning/sparsity', self.controller.value)
        self.logger.record('pruning/compression', figures['final'])

    def _sparsity_of(self, network: MlpView) -> float:
        """Return the target, or that of the actor where single weights leave."""
        if self.tied or network is not self.networks[0]:
            return self.controller.value
        return 1.0 - (1.0 - self.controller.value) ** self.settings.actor_power

    def _stored(self) -> Stored:
        actor, *critics = map(network_weights, self.networks)
        return Stored(actor, sum(critics))

    def weights(self, model: BaseAlgorithm) -> int:
        """Count the scalars that the deployed network stores."""
        return network_weights(actor_of(model))

    def state(self) -> dict[str, Any]:
        """Return what a resume needs to go on; the masks are saved with the layers."""
        return {'next_step': self.next_step, 'controller': self.controller.state(),
                'compression': self.meter.state(self.gradient_steps)}

    def set_state(self, state: dict[str, Any]) -> None:
        """Resume from `state` when training starts."""
        self.resumed = state
