# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The methods `gst` and `gst-fixed`: group-sparse training, and what block sizes alone save."""

from dataclasses import replace
from typing import Any

from drl_prune_ros.pruning.evaluation.acceptance import near_its_best
from drl_prune_ros.pruning.method import CliOverrides, Method, RunContext, TeacherUse
from drl_prune_ros.pruning.methods.gst.pruner import GroupSparseTraining
from drl_prune_ros.pruning.methods.gst.settings import default_blocks, GSTSettings, require_td3
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.tasks.evaluation import Act
from drl_prune_ros.training.selection import confirm
from drl_prune_ros.training.settings import TD3Settings, TrainSettings
from drl_prune_ros.training.train import train, TrainOptions


class Gst(Method[GSTSettings]):
    """Train block-circulant layers, untie them, and prune single weights."""

    name = 'gst'
    teacher = TeacherUse.NONE
    options = frozenset({'--sparsity', '--block-sizes', '--grouped'})
    wider_limits = 'a smaller --sparsity'

    def settings(self, task: Task, dense: TrainSettings, from_teacher: bool,
                 overrides: CliOverrides) -> GSTSettings:
        """
        Return its settings, over the steps of the dense policy.

        :raises DrlPruneError: the task's learner is not TD3, or the blocks do not fit its layers.
        """
        require_td3(self.name, task, dense)
        assert isinstance(dense, TD3Settings)
        values = {
            'total_steps': dense.total_steps, 'block_sizes': default_blocks(task, dense),
            **task.prune.get(self.name, {}),
            **{name: value for name, value in self.overridden(overrides).items()
               if value is not None}}
        replace(dense, block_sizes=tuple(values['block_sizes'])).check()
        return GSTSettings.from_dict(values)

    def overridden(self, overrides: CliOverrides) -> dict[str, Any]:
        """Return fields of its settings that replace those of the catalogue, unless None."""
        return {name: getattr(overrides, name)
                for name in ('total_steps', 'sparsity', 'block_sizes', 'grouped')}

    def initial_network(self, task: Task, dense: TrainSettings,
                        settings: GSTSettings) -> TrainSettings:
        """Return the dense network with block-circulant layers."""
        assert isinstance(dense, TD3Settings)
        return replace(dense, block_sizes=settings.block_sizes)

    def run(self, context: RunContext[GSTSettings]) -> None:
        """
        Train networks that are grouped, then pruned.

        The candidate that is left is the smallest that returns what the best of the run does, but
        for `max_return_loss`, on held-out episodes.
        """
        run = context.run

        def validation_return(act: Act) -> float:
            return context.validate(act).return_mean

        pruner = GroupSparseTraining(context.settings, run, validation_return)
        train(run, context.task, context.train, context.seed, pruner,
              TrainOptions(progress=context.progress))
        confirm(run, context.validate_held_out, near_its_best(
            run, context.validate_held_out, context.settings.max_return_loss))


class GstFixed(Gst):
    """Train block-circulant layers that keep all their blocks."""

    name = 'gst-fixed'
    options = frozenset({'--block-sizes'})
    wider_limits = 'smaller --block-sizes'

    def overridden(self, overrides: CliOverrides) -> dict[str, Any]:
        """Return fields of its settings that replace those of the catalogue; nothing leaves."""
        return {**super().overridden(overrides), 'sparsity': 0.0}
