# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The compression of actor and critics, averaged over the gradient steps of a run.

    compression   1 - stored / dense, where stored counts the weights of the actor and both
                  critics, and dense those of 256-256 networks; no biases, no targets
    average       its mean over all gradient steps: what training itself has saved
    final         what it is when training ends

The bytes of weights that one gradient step of TD3 reads are a model of memory traffic, and nothing
that was measured: every pass reads the weights of its network once, as float32. Per step these are
one forward pass of the target actor and of both target critics, forward and backward of both
critics, and every second step forward and backward of the actor and of the first critic. Biases,
activations, indices, Adam and the targets' update are left out.
"""

from typing import Any, NamedTuple

from drl_prune_ros.policy.manifest import count_weights, dense_widths
from drl_prune_ros.training.checkpoint import latest_checkpoint, load_checkpoint, load_state
from drl_prune_ros.training.learner import saved_data
from drl_prune_ros.training.networks.mlp import actor_of, critics_of, MlpView
from drl_prune_ros.training.run_folder import RunFolder

ACTOR_PASSES = 1 + 2 / 2
CRITIC_PASSES = 1 + 2 + 2 / 2 / 2
"""Of both critics together."""
FLOAT_BYTES = 4


class Stored(NamedTuple):
    """Weights of the actor, and of both critics together."""

    actor: float
    critics: float

    @property
    def bytes_read(self) -> float:
        """Bytes of weights that one gradient step of TD3 reads, by the model above."""
        return FLOAT_BYTES * (ACTOR_PASSES * self.actor + CRITIC_PASSES * self.critics)


def dense_of(actor: MlpView, critics: list[MlpView]) -> Stored:
    """Return the weights of 256-256 networks with the inputs and outputs of these."""
    def dense(network: MlpView) -> int:
        return count_weights(dense_widths(network.widths[0], network.widths[-1]))
    return Stored(dense(actor), sum(map(dense, critics)))


class CompressionMeter:
    """Sums what is stored over gradient steps, `dense` being what it is compared with."""

    def __init__(self, dense: Stored) -> None:
        self.dense = dense
        self.stored = dense
        self.since = 0
        self.sums = Stored(0.0, 0.0)

    def book(self, gradient_steps: int, stored: Stored) -> None:
        """Say that `gradient_steps` are done, and that `stored` is what the next ones store."""
        steps = gradient_steps - self.since
        self.sums = Stored(*(total + steps * now for total, now in zip(
            self.sums, self.stored, strict=True)))
        self.since, self.stored = gradient_steps, stored

    def state(self, gradient_steps: int) -> dict[str, Any]:
        """Return what a resume, and `compression`, need after so many gradient steps."""
        self.book(gradient_steps, self.stored)
        return {'dense': tuple(self.dense), 'stored': tuple(self.stored),
                'sums': tuple(self.sums), 'since': self.since}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> 'CompressionMeter':
        """Return a meter that goes on from `state`."""
        meter = cls(Stored(*state['dense']))
        meter.stored, meter.sums = Stored(*state['stored']), Stored(*state['sums'])
        meter.since = state['since']
        return meter

    def figures(self) -> dict[str, Any]:
        """Return what a result file keeps, as plain values."""
        steps = self.since
        mean = Stored(*(total / steps for total in self.sums)) if steps else self.stored
        return {'gradient_steps': steps, **figures_of(self.dense, mean, self.stored)}


def figures_of(dense: Stored, average: Stored, final: Stored) -> dict[str, Any]:
    """Return compression, weights, and bytes read a gradient step: averaged, final and dense."""
    counts = {'average': average, 'final': final, 'dense': dense}
    return {
        'average': 1.0 - sum(average) / sum(dense),
        'final': 1.0 - sum(final) / sum(dense),
        'actor_weights': {name: stored.actor for name, stored in counts.items()},
        'critics_weights': {name: stored.critics for name, stored in counts.items()},
        'modelled_bytes_read': {name: stored.bytes_read for name, stored in counts.items()}}


def booked_compression(run: RunFolder) -> dict[str, Any] | None:
    """Return the compression of a run that has ended, None where its pruner did not book it."""
    checkpoint = latest_checkpoint(run.checkpoints)
    if checkpoint is None:
        return None
    booked = load_state(checkpoint)['extra'].get('pruner', {}).get('compression')
    if not booked:
        return None
    figures = CompressionMeter.from_state(booked).figures()
    blocks = saved_data(checkpoint / 'model.zip')['policy_kwargs'].get('block_sizes')
    if blocks:
        # Of the run: the policy that is deployed may be from before weights were untied.
        figures['blocks'] = list(blocks)
    return with_update_to_data(figures, run)


def constant_compression(run: RunFolder) -> dict[str, Any] | None:
    """Return the compression of a run that has ended, whose networks never changed their size."""
    checkpoint = latest_checkpoint(run.checkpoints)
    if checkpoint is None:
        return None
    model = load_checkpoint(checkpoint)
    actor, critics = actor_of(model), critics_of(model)
    stored = Stored(count_weights(actor.widths),
                    sum(count_weights(critic.widths) for critic in critics))
    return with_update_to_data({
        'gradient_steps': model._n_updates,
        **figures_of(dense_of(actor, critics), stored, stored)}, run)


def with_update_to_data(figures: dict[str, Any], run: RunFolder) -> dict[str, Any]:
    """Return `figures` with the gradient steps per environment step."""
    return {**figures, 'update_to_data': figures['gradient_steps'] / run.steps}
