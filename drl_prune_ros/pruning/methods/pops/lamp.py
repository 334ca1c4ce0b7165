# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
PoPS, stage two: weights leave a student one by one while its teacher guides it.

Livne and Cohen, 'PoPS: Policy Pruning and Shrinking for Deep Reinforcement Learning' (2020), prune
by magnitude on a cubic ramp, every layer at the same rate. Here all layers share one budget, by
LAMP scores (Lee, Park, Mo, Ahn and Shin, 'Layer-adaptive sparsity for the magnitude-based
pruning', 2021): of each weight the square, over the squares of all in its layer that are no
smaller. So a layer that is redundant loses more, and the redundancy found is a measured one.
"""

from typing import Any

import torch

from drl_prune_ros.pruning.distillation.dataset import DistillationDataset
from drl_prune_ros.pruning.schedules import cubic
from drl_prune_ros.training.networks.mlp import MlpView

MASKED_EVERY = 20
"""Minibatches between two updates of the masks."""


@torch.no_grad()
def lamp_masks(actor: MlpView, kept: int) -> list[torch.Tensor]:
    """Return one mask per layer, True for the `kept` weights of the best LAMP scores in all."""
    scores = []
    for linear in actor.linears:
        squares, order = linear.weight.square().flatten().sort(descending=True)
        score = torch.empty_like(squares)
        # The sum over what is no smaller, the weight itself included.
        score[order] = squares / squares.cumsum(dim=0).clamp(min=1e-30)
        scores.append(score)
    best = torch.zeros(sum(map(len, scores)), dtype=torch.bool)
    best[torch.cat(scores).topk(kept).indices] = True
    return [mask.view_as(linear.weight) for mask, linear in zip(
        best.split([len(score) for score in scores]), actor.linears, strict=True)]


class LampPruning:
    """
    A student on its way from dense to sparse; call `learn` and evaluate it in turn.

    :param student: the network, changed in place.
    :param dataset: the teacher and the states it has labeled; more may be added on the way.
    :param minibatches: until the final sparsity is reached.
    :param final_sparsity: part of the weights that is gone then, 0 to 1.
    """

    def __init__(self, student: MlpView, dataset: DistillationDataset, minibatches: int,
                 final_sparsity: float, learning_rate: float, batch_size: int) -> None:
        self.student = student
        self.dataset = dataset
        self.minibatches = minibatches
        self.final_sparsity = final_sparsity
        self.batch_size = batch_size
        self.optimizer = torch.optim.Adam(student.parameters(), lr=learning_rate)
        # An observation value that the student does not read stays out.
        unread = int((student.linears[0].weight == 0).all(dim=0).sum())
        self.dense = sum(linear.weight.numel() for linear in student.linears)
        self.dense -= unread * student.linears[0].out_features
        self.masks = lamp_masks(student, self.dense)
        self.position = 0
        self.paused = False

    @property
    def done(self) -> bool:
        """Whether the final sparsity is reached."""
        return self.position >= self.minibatches

    @property
    def left(self) -> list[int]:
        """Weights that are left in each layer."""
        return [int(mask.sum()) for mask in self.masks]

    @property
    def inputs(self) -> torch.Tensor:
        """Observation values that are read still, (n,) bool."""
        return self.masks[0].any(dim=0)

    def learn(self, minibatches: int) -> float:
        """Learn from so many minibatches, losing weights unless paused; return the last loss."""
        divergence = 0.0
        for _ in range(minibatches):
            if not self.paused:
                self.position += 1
                if self.position % MASKED_EVERY == 0 or self.done:
                    gone = self.final_sparsity * cubic(
                        self.position / self.minibatches, (0.0, 1.0))
                    kept = max(len(self.masks), round(self.dense * (1.0 - gone)))
                    self.masks = lamp_masks(self.student, kept)
            self._apply()
            loss = self.dataset.loss(self.student, self.batch_size)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self._apply()
            divergence = float(loss.detach())
        return divergence

    @torch.no_grad()
    def _apply(self) -> None:
        for linear, mask in zip(self.student.linears, self.masks, strict=True):
            linear.weight.mul_(mask)

    def state(self) -> dict[str, Any]:
        """Return what a resume needs beside the labeled states."""
        return {'position': self.position, 'paused': self.paused, 'masks': self.masks,
                'student': [p.detach() for p in self.student.parameters()],
                'optimizer': self.optimizer.state_dict()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Resume from `state`."""
        self.position, self.paused = state['position'], state['paused']
        self.masks = state['masks']
        self.student.copy_from(state['student'])
        self.optimizer.load_state_dict(state['optimizer'])
