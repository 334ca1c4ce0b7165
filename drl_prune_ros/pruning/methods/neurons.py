# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The baselines `magnitude-neurons` and `random-neurons`: DSP without what makes it DSP.

Neurons leave by the norm of their weights, or at random, on the part of the run in which
unstructured magnitude pruning prunes. No regularizer shrinks them before, nothing but training
makes up for them, and skill decides nothing on the way.
"""

from typing import Any, ClassVar

from drl_prune_ros.pruning.method import CliOverrides, entry_of, Method, RunContext, with_target
from drl_prune_ros.pruning.methods.dsp.method import prune_neurons
from drl_prune_ros.pruning.methods.dsp.settings import DSPSettings
from drl_prune_ros.pruning.schedules import RAMP, TEACHER_RAMP
from drl_prune_ros.pruning.widths import layer_widths
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.training.settings import RESTART_SHARE, TrainSettings

TRAINING_ALONE: dict[str, Any] = {
    'strength': 0.0, 'rollback': None, 'reconstruction': False, 'distillation_steps': 0,
    'teacher_regularization': 0.0, 'regrowth': False, 'warm_up': 0}
"""Settings of DSP with everything turned off that heals or prevents a loss of skill."""


class NeuronBaseline(Method[DSPSettings]):
    """Take neurons in the order of `importance`."""

    importance: ClassVar[str]
    """What ranks them, see DSPSettings."""
    options = frozenset({'--target-weights', '--max-skill-loss'})
    needs_reference = True

    def settings(self, task: Task, dense: TrainSettings, from_teacher: bool,
                 overrides: CliOverrides) -> DSPSettings:
        """Return DSP's settings, less what the baseline does without."""
        entry = with_target(entry_of(task, dense, from_teacher, self.name), overrides)
        ramp = TEACHER_RAMP if from_teacher else RAMP
        # A straight fall to 0 passes 1 - start when the ramp starts.
        rate = RESTART_SHARE if from_teacher else 1.0 - ramp[0]
        defaults = {'ramp': ramp, 'rate_at_ramp': rate, 'decisions': 24,
                    'importance': self.importance}
        return DSPSettings.from_dict({**defaults, **TRAINING_ALONE, **entry},
                                     max_skill_loss=overrides.max_skill_loss)

    def initial_network(self, task: Task, dense: TrainSettings,
                        settings: DSPSettings) -> TrainSettings:
        """Return the dense network, which must be able to reach the target neuron by neuron."""
        settings.check_target(layer_widths(task, dense))
        return dense

    def run(self, context: RunContext[DSPSettings]) -> None:
        """Train and prune, and keep the smallest acceptable policy."""
        prune_neurons(context)


class MagnitudeNeurons(NeuronBaseline):
    """Take the neurons with the smallest weights."""

    name = 'magnitude-neurons'
    importance = 'magnitude'


class RandomNeurons(NeuronBaseline):
    """Take neurons at random."""

    name = 'random-neurons'
    importance = 'random'
