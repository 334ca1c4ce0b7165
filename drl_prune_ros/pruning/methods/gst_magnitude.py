# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The baseline of GST, `gst-magnitude`: single weights of actor and critics leave by their size.

It prunes over 20 to 80 % of the run, and books what each gradient step stores.
"""

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.manifest import count_weights
from drl_prune_ros.pruning.evaluation.acceptance import near_its_best
from drl_prune_ros.pruning.method import CliOverrides, RunContext, TeacherUse
from drl_prune_ros.pruning.methods.gst.settings import check_sparsity, GSTSettings, require_td3
from drl_prune_ros.pruning.methods.magnitude import (
    Magnitude,
    MagnitudePruning,
    MagnitudeSettings,
)
from drl_prune_ros.pruning.widths import layer_widths
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.training.selection import confirm
from drl_prune_ros.training.settings import TrainSettings
from drl_prune_ros.training.train import train, TrainOptions

GST_RAMP = (0.2, 0.8)
"""Part of the run in which weights leave."""


class GstMagnitude(Magnitude):
    """Take single weights of actor and critics by their size, beside GST."""

    name = 'gst-magnitude'
    teacher = TeacherUse.NONE
    options = frozenset({'--sparsity'})
    needs_reference = False
    wider_limits = 'a smaller --sparsity'

    def settings(self, task: Task, dense: TrainSettings, from_teacher: bool,
                 overrides: CliOverrides) -> MagnitudeSettings:
        """Return its settings, over the steps of the dense policy; the sparsity must be given."""
        require_td3(self.name, task, dense)
        if overrides.sparsity is None:
            raise DrlPruneError(f'{self.name} needs a final sparsity: give --sparsity, such as '
                                '0.9')
        check_sparsity(overrides.sparsity)
        dense_weights = count_weights(layer_widths(task, dense))
        steps = dense.total_steps if overrides.total_steps is None else overrides.total_steps
        return MagnitudeSettings.from_dict({
            'total_steps': steps, 'ramp': GST_RAMP,
            'target_weights': round((1.0 - overrides.sparsity) * dense_weights),
            'prune_critics': True, 'max_return_loss': GSTSettings.max_return_loss})

    def run(self, context: RunContext[MagnitudeSettings]) -> None:
        """Train and prune; keep the sparsest policy that returns nearly what the best does."""
        loss = context.settings.max_return_loss
        assert loss is not None
        train(context.run, context.task, context.train, context.seed,
              MagnitudePruning(context.settings), TrainOptions(progress=context.progress))
        confirm(context.run, context.validate_held_out, near_its_best(
            context.run, context.validate_held_out, loss))
