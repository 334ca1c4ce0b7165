# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The settings of every method: the catalogue's, the method's own, and what was asked for.

All of them get the same environment steps, see `steps_of`; GST and its baseline have those of the
dense policy.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.manifest import count_weights
from drl_prune_ros.pruning.method import Wishes
from drl_prune_ros.pruning.methods.distilled import DistilledSettings
from drl_prune_ros.pruning.methods.dsp.settings import DSPSettings, without
from drl_prune_ros.pruning.methods.dsp_pops import DspPopsSettings
from drl_prune_ros.pruning.methods.gst.settings import (
    check_sparsity,
    gst_settings,
    GSTSettings,
    require_td3,
)
from drl_prune_ros.pruning.methods.magnitude import MagnitudeSettings, RAMP, TAUGHT_RAMP
from drl_prune_ros.pruning.methods.neurons import neuron_settings
from drl_prune_ros.pruning.methods.pops.settings import PopsSettings, without_parts
from drl_prune_ros.pruning.methods.small_dense import SmallDenseSettings
from drl_prune_ros.pruning.shapes import layer_widths
from drl_prune_ros.pruning.widths import least_weights
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.training.settings import TrainSettings

OPEN_RAMP = {'ramp': [0.0, 0.6], 'verdicts': 24}
"""How `dsp` shrinks where nobody said how far: in small steps, until skill says stop."""
GST_RAMP = (0.2, 0.8)
"""Part of the run in which the baseline of GST prunes."""


def steps_of(task: Task, dense: TrainSettings, taught: bool) -> int:
    """
    Return the environment steps of a run of any method, where nothing else was asked for.

    Those are the steps of `dsp-teacher`, or as many as the dense policy has where the catalogue
    does not know the task. The steps of the dense policy lie behind a run that it teaches, and are
    added where a run starts from nothing.
    """
    own: int = task.prune.get('dsp-teacher', {}).get('total_steps', dense.total_steps)
    return own if taught else dense.total_steps + own


def entry_of(task: Task, dense: TrainSettings, taught: bool, name: str) -> dict[str, Any]:
    """
    Return the settings of the method `name` in the catalogue, or else the target of DSP.

    A task without any has no target.
    """
    entry: dict[str, Any] = {'total_steps': steps_of(task, dense, taught)}
    if own := task.prune.get(name):
        return entry | own
    model = task.prune.get('dsp-teacher') or task.prune.get('dsp') or {}
    if 'target_weights' in model:
        entry['target_weights'] = model['target_weights']
    return entry


def with_target(values: dict[str, Any], wishes: Wishes) -> dict[str, Any]:
    """Return `values` with the steps and the target that were asked for; one must be there."""
    for name in ('total_steps', 'target_weights'):
        if getattr(wishes, name) is not None:
            values[name] = getattr(wishes, name)
    if 'target_weights' not in values:
        raise DrlPruneError('the catalogue has no target for this task: give --target-weights')
    return values


def dsp_plan(task: Task, dense: TrainSettings, taught: bool, wishes: Wishes) -> DSPSettings:
    """Return the settings of DSP; with no target anywhere it may go as far down as it can."""
    entry: dict[str, Any] = {'total_steps': steps_of(task, dense, taught)}
    if own := task.prune.get('dsp-teacher' if taught else 'dsp'):
        entry |= own
    else:
        entry |= {'target_weights': 1, **(OPEN_RAMP if taught else {})}
    settings = DSPSettings.from_dict(
        entry, total_steps=wishes.total_steps, target_weights=wishes.target_weights,
        max_skill_loss=wishes.max_skill_loss, prune_critics=wishes.prune_critics)
    if settings.prune_critics and dense.algo == 'dqn':
        raise DrlPruneError('DQN has no critic beside the network that is deployed: leave '
                            '--prune-critics out')
    if not own and wishes.target_weights is None:
        # Skill alone says how far, so it stops where the policy could not be deployed any more.
        rollback = settings.rollback and replace(
            settings.rollback, hold_below=1.0 - settings.max_skill_loss)
        widths = layer_widths(task, dense)
        settings = replace(settings, rollback=rollback, target_weights=least_weights(
            widths, settings.least_inputs(widths[0])))
    return without(settings, wishes.without)


def pops_plan(task: Task, dense: TrainSettings, taught: bool, wishes: Wishes) -> PopsSettings:
    """Return the settings of PoPS."""
    entry = {'total_steps': steps_of(task, dense, taught), **task.prune.get('pops', {})}
    return without_parts(PopsSettings.from_dict(
        entry, total_steps=wishes.total_steps, max_skill_loss=wishes.max_skill_loss),
        wishes.without)


def dsp_pops_plan(task: Task, dense: TrainSettings, taught: bool,
                  wishes: Wishes) -> DspPopsSettings:
    """Return the settings of DSP and of PoPS after it, which share the steps."""
    pops = pops_plan(task, dense, taught, wishes)
    steps = round(pops.dsp_share * pops.total_steps)
    return DspPopsSettings(dsp_plan(task, dense, taught, replace(
        wishes, total_steps=steps, without=())), pops)


def taught_plan(name: str, **fixed: Any) -> Callable[..., DistilledSettings]:
    """Return the planner of a method that distils; `fixed` are the settings that make it."""
    def plan(task: Task, dense: TrainSettings, taught: bool, wishes: Wishes) -> DistilledSettings:
        values = entry_of(task, dense, taught, name)
        if name == 'linear':
            if wishes.total_steps is not None:
                values['total_steps'] = wishes.total_steps
            values['target_weights'] = None
        else:
            values = with_target(values, wishes)
        return DistilledSettings.from_dict({**values, **fixed})
    return plan


def small_dense_plan(task: Task, dense: TrainSettings, taught: bool,
                     wishes: Wishes) -> SmallDenseSettings:
    """Return the settings of a small network trained from scratch."""
    values = with_target(entry_of(task, dense, taught, 'small-dense'), wishes)
    if wishes.prune_critics:
        if dense.algo == 'dqn':
            raise DrlPruneError('DQN has no critic beside the network that is deployed: leave '
                                '--prune-critics out')
        values['prune_critics'] = True
    return SmallDenseSettings.from_dict(values)


def magnitude_plan(task: Task, dense: TrainSettings, taught: bool,
                   wishes: Wishes) -> MagnitudeSettings:
    """Return the settings of unstructured magnitude pruning."""
    values = with_target(entry_of(task, dense, taught, 'magnitude'), wishes)
    return MagnitudeSettings.from_dict({'ramp': TAUGHT_RAMP if taught else RAMP, **values},
                                       max_skill_loss=wishes.max_skill_loss)


def neurons_plan(importance: str) -> Callable[..., DSPSettings]:
    """Return the planner of the baseline that ranks neurons by `importance`."""
    def plan(task: Task, dense: TrainSettings, taught: bool, wishes: Wishes) -> DSPSettings:
        values = with_target(entry_of(task, dense, taught, f'{importance}-neurons'), wishes)
        return neuron_settings(importance, values, taught, max_skill_loss=wishes.max_skill_loss)
    return plan


def gst_plan(task: Task, dense: TrainSettings, taught: bool, wishes: Wishes) -> GSTSettings:
    """Return the settings of group-sparse training, over the steps of the dense policy."""
    return gst_settings('gst', task, dense, total_steps=wishes.total_steps,
                        sparsity=wishes.sparsity, block_sizes=wishes.block_sizes,
                        grouped=wishes.grouped)


def gst_fixed_plan(task: Task, dense: TrainSettings, taught: bool,
                   wishes: Wishes) -> GSTSettings:
    """Return the same with blocks that stay: what block size alone buys."""
    return gst_settings('gst-fixed', task, dense, total_steps=wishes.total_steps, sparsity=0.0,
                        block_sizes=wishes.block_sizes)


def gst_magnitude_plan(task: Task, dense: TrainSettings, taught: bool,
                       wishes: Wishes) -> MagnitudeSettings:
    """Return the settings of the baseline of GST: single weights of actor and critics leave."""
    require_td3('gst-magnitude', task, dense)
    if wishes.sparsity is None:
        raise DrlPruneError('gst-magnitude needs a final sparsity: give --sparsity, such as 0.9')
    check_sparsity(wishes.sparsity)
    dense_weights = count_weights(layer_widths(task, dense))
    steps = dense.total_steps if wishes.total_steps is None else wishes.total_steps
    return MagnitudeSettings.from_dict({
        'total_steps': steps, 'ramp': GST_RAMP,
        'target_weights': round((1.0 - wishes.sparsity) * dense_weights),
        'prune_critics': True, 'max_return_loss': GSTSettings.max_return_loss})
