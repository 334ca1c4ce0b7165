# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The shape of the networks that a method starts to train; impossible targets are refused."""

from dataclasses import replace
from typing import Any

from drl_prune_ros.policy.manifest import count_weights, dense_widths
from drl_prune_ros.pruning.methods.dsp.settings import DSPSettings
from drl_prune_ros.pruning.methods.dsp_pops import DspPopsSettings
from drl_prune_ros.pruning.methods.gst.settings import GSTSettings
from drl_prune_ros.pruning.methods.magnitude import MagnitudeSettings
from drl_prune_ros.pruning.widths import balanced_widths, check_target
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.training.settings import TD3Settings, TrainSettings


def layer_widths(task: Task, dense: TrainSettings) -> tuple[int, ...]:
    """Return inputs, hidden widths and outputs of the policy that `dense` trains."""
    return task.observation.size, *dense.hidden, task.outputs


def same_shape(task: Task, dense: TrainSettings, plan: Any) -> TrainSettings:
    """Start from the dense network, whatever it comes down to."""
    return dense


def dense_shape(task: Task, dense: TrainSettings, plan: MagnitudeSettings) -> TrainSettings:
    """Start from the dense network, of which as many single weights as the target may stay."""
    check_target(plan.target_weights, layer_widths(task, dense))
    return dense


def neurons_shape(task: Task, dense: TrainSettings, plan: DSPSettings) -> TrainSettings:
    """Start from the dense network, which must be able to reach the target neuron by neuron."""
    plan.check_target(layer_widths(task, dense))
    return dense


def dsp_pops_shape(task: Task, dense: TrainSettings, plan: DspPopsSettings) -> TrainSettings:
    """Start from the dense network."""
    return neurons_shape(task, dense, plan.dsp)


def small_shape(task: Task, dense: TrainSettings, plan: Any) -> TrainSettings:
    """Start from a dense network of the target size; critics keep the size they have."""
    target = plan.target_weights
    hidden = () if target is None else balanced_widths(
        task.observation.size, task.outputs, target)
    critic_hidden = dense.hidden if dense.critic_hidden is None else dense.critic_hidden
    if getattr(plan, 'prune_critics', False):
        inputs = task.observation.size + (0 if dense.algo == 'ppo' else task.outputs)
        critic_hidden = balanced_widths(inputs, 1, round(
            count_weights(dense_widths(inputs, 1)) * target / task.weights_dense))
    return replace(dense, hidden=hidden, critic_hidden=critic_hidden)


def circulant_shape(task: Task, dense: TrainSettings, plan: GSTSettings) -> TrainSettings:
    """Start from circulant layers."""
    assert isinstance(dense, TD3Settings)
    return replace(dense, block_sizes=plan.block_sizes)
