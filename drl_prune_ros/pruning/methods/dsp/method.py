# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The method `dsp`: dynamic structured pruning, see pruner.py.

    settings        the catalogue's; with no target anywhere it may go as far down as skill allows
    initial network the dense one
    run             train with the pruner, then confirm the smallest acceptable policy
"""

from dataclasses import replace
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm

from drl_prune_ros.pruning.evaluation.acceptance import acceptance
from drl_prune_ros.pruning.evaluation.reference import skill_reference
from drl_prune_ros.pruning.method import (
    CliOverrides,
    Method,
    require_prunable_critics,
    RunContext,
    steps_of,
)
from drl_prune_ros.pruning.methods.dsp.pruner import DynamicStructuredPruning
from drl_prune_ros.pruning.methods.dsp.settings import DSPSettings
from drl_prune_ros.pruning.widths import layer_widths, least_weights
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.tasks.evaluation import Act, Episodes
from drl_prune_ros.training.schedule import LearningRateSchedule
from drl_prune_ros.training.selection import confirm, save_candidate
from drl_prune_ros.training.settings import TrainSettings
from drl_prune_ros.training.train import train, TrainOptions

OPEN_RAMP = {'ramp': [0.0, 0.6], 'decisions': 24}
"""How it shrinks where no target was given: in small steps, until skill says stop."""


class Dsp(Method[DSPSettings]):
    """Take neurons from a policy while it trains, as long as it keeps its skill."""

    name = 'dsp'
    options = frozenset({'--target-weights', '--max-skill-loss', '--prune-critics'})
    ablations = DSPSettings.ABLATIONS
    needs_reference = True

    def settings(self, task: Task, dense: TrainSettings, from_teacher: bool,
                 overrides: CliOverrides) -> DSPSettings:
        """Return the catalogue's settings; without a target, those that go as far as skill."""
        entry: dict[str, Any] = {'total_steps': steps_of(task, dense, from_teacher)}
        if own := task.prune.get('dsp-teacher' if from_teacher else 'dsp'):
            entry |= own
        else:
            entry |= {'target_weights': 1, **(OPEN_RAMP if from_teacher else {})}
        settings = DSPSettings.from_dict(
            entry, total_steps=overrides.total_steps, target_weights=overrides.target_weights,
            max_skill_loss=overrides.max_skill_loss, prune_critics=overrides.prune_critics)
        if settings.prune_critics:
            require_prunable_critics(dense)
        if not own and overrides.target_weights is None:
            # Skill alone says how far: stop where the policy could not be deployed any more.
            rollback = settings.rollback and replace(
                settings.rollback, hold_below=1.0 - settings.max_skill_loss)
            widths = layer_widths(task, dense)
            settings = replace(settings, rollback=rollback, target_weights=least_weights(
                widths, settings.least_inputs(widths[0])))
        return settings.without(overrides.without)

    def initial_network(self, task: Task, dense: TrainSettings,
                        settings: DSPSettings) -> TrainSettings:
        """Return the dense network, which must be able to reach the target neuron by neuron."""
        settings.check_target(layer_widths(task, dense))
        return dense

    def run(self, context: RunContext[DSPSettings]) -> None:
        """
        Train a policy and prune it while it trains.

        The candidate that is left is the smallest within the allowed loss of skill on held-out
        episodes; the smallest of all where no size is within it, which the run's log says.
        """
        prune_neurons(context)


def prune_neurons(context: RunContext[DSPSettings]) -> None:
    """Train and prune with the engine of DSP, and confirm the outcome; see `Dsp.run`."""
    run, settings, teacher = context.run, context.settings, context.teacher
    assert context.reference is not None
    reference = skill_reference(context.reference, context.task, teacher, context.validate)
    margin = acceptance(reference, settings.max_skill_loss)
    latest: list[Episodes] = []

    def evaluate(act: Act) -> tuple[float, float | None]:
        episodes = context.validate(act)
        latest[:] = [episodes]
        run.log(step=pruner.num_timesteps, validation_return=episodes.return_mean,
                validation_crash_rate=episodes.crash_rate, validation_speed=episodes.speed_mean)
        return reference.skill(episodes.return_mean), episodes.crash_rate

    def keep(model: BaseAlgorithm) -> None:
        folder = run.best / f'{model.num_timesteps:012d}'
        if latest and not folder.exists():
            save_candidate(folder, model, latest[0], margin)

    # A trained policy starts at the rate that suits it; one from scratch comes down to it.
    schedule = LearningRateSchedule(
        breakpoint=0.0 if teacher else settings.ramp[0], slow_rate=settings.rate_at_ramp)
    pruner = DynamicStructuredPruning(
        settings, run, evaluate, from_teacher=teacher is not None, keep=keep)
    train(run, context.task, context.train, context.seed, pruner, TrainOptions(
        start=teacher, schedule=schedule, margin=margin, progress=context.progress))
    confirm(run, context.validate_held_out,
            context.acceptance(context.validate_held_out, settings.max_skill_loss))
