# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The settings of group-sparse training, and what it refuses to train."""

from dataclasses import dataclass

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning.settings import SettingsBase
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.training.settings import TD3Settings, TrainSettings

INNER_BLOCK = 8


@dataclass(frozen=True)
class GSTSettings(SettingsBase):
    """Settings of group-sparse training."""

    LABEL = 'gst settings'

    total_steps: int
    """Environment steps of the run."""
    block_sizes: tuple[int, ...]
    """Size of the circulant blocks of each layer, first to last; 1 for single weights."""
    grouped: float = 0.35
    """Part of the run, from the first gradient step on, in which weights are tied in blocks. 1: to
    the end, and blocks leave; otherwise single weights do, after that."""
    sparsity: float = 0.8
    """Part of the blocks between hidden layers that may be gone at most, or of the single weights
    of the critics once they are not tied any more; 0 prunes none, and leaves them tied."""
    actor_power: float = 1.75
    """Where the critics keep a part k of their single weights, the actor keeps k to this power: it
    needs few for what it does, and critics many to teach it (Graesser et al., 2022)."""
    exchange: float = 0.15
    """Part of the single weights that a decision exchanges for ones that are gone; it falls to 0
    by the end of the run."""
    first_sparsity: float = 0.6
    """Part of the single weights of the critics that leaves when they are untied, the smallest,
    which together do little; the first decision adds a rise to it."""
    change: float = 0.04
    """How far the target sparsity moves at a decision."""
    slow_rate: float = 0.25
    """Part of that by which it rises while the return holds and does not grow."""
    decisions: int = 100
    """How often, over the run, a decision is made by the return."""
    delay: float = 0.25
    """The same part to the first decision, where weights stay tied: blocks that leave before there
    is anything to hold are missed later, and block sizes alone save most by then."""
    tolerance: float = 0.2
    """Part of the return gained so far, since the first validation episodes, by which it may lie
    below its best and still holds."""
    window: int = 3
    """Validation returns that are averaged."""
    max_return_loss: float = 0.02
    """Part of the return gained by which the policy that is deployed may lie below the best: the
    smallest within it is."""

    def check(self) -> None:
        """Raise DrlPruneError if a value cannot prune."""
        check_sparsity(self.sparsity)
        check_sparsity(self.first_sparsity)
        for name in ('grouped', 'exchange', 'change', 'slow_rate', 'delay', 'tolerance',
                     'max_return_loss'):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise DrlPruneError(f'{name} must lie in 0 to 1, got {getattr(self, name)}')
        if self.actor_power < 1.0:
            raise DrlPruneError(f'actor_power must be at least 1, got {self.actor_power}')
        for name in ('decisions', 'window'):
            if getattr(self, name) < 1:
                raise DrlPruneError(f'{name} must be at least 1, got {getattr(self, name)}')
        if all(size == 1 for size in self.block_sizes):
            raise DrlPruneError('every layer is dense: give a block size of 2, 4 or 8 to one')
        if self.sparsity and all(size == 1 for size in self.block_sizes[1:-1]):
            raise DrlPruneError('blocks leave between hidden layers, and there are none: give '
                                'these layers a block size of 2, 4 or 8, or a sparsity of 0')

    @property
    def unties(self) -> bool:
        """Whether weights are untied at some time."""
        return self.grouped < 1.0 and self.sparsity > 0.0


def check_sparsity(sparsity: float) -> None:
    """Raise DrlPruneError if a target sparsity is not in 0 to 1, 1 left out."""
    if not 0.0 <= sparsity < 1.0:
        raise DrlPruneError(f'a target sparsity must lie in 0 to 1, 1 left out: got {sparsity}')


def default_blocks(task: Task, dense: TrainSettings) -> tuple[int, ...]:
    """
    Return large blocks between hidden layers, and dense first and last ones.

    Where the observation is so wide that most of the weights stand there, the first layer has
    large blocks too.
    """
    inner = [INNER_BLOCK] * (len(dense.hidden) - 1)
    wide = 2 * task.observation.size >= max(dense.hidden, default=0)
    return (INNER_BLOCK if wide else 1, *inner, 1)


def require_td3(name: str, task: Task, dense: TrainSettings) -> None:
    """Raise DrlPruneError if the learner is not TD3, or cannot be."""
    if task.action.discrete:
        raise DrlPruneError(f'{name} trains with TD3, which needs continuous actions, and '
                            f'{task.id} has discrete ones: choose another task or method')
    if not isinstance(dense, TD3Settings):
        raise DrlPruneError(f'{name} trains with TD3, and {task.id} would be trained by '
                            f'{dense.algo}: give --algo td3')
