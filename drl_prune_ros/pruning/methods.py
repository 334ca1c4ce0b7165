# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The methods of `drl-prune prune`: what each asks for, where its settings stand, and how it runs.

All of them get the same environment steps, see `steps_of`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.manifest import count_weights, dense_widths
from drl_prune_ros.pruning.distilled import DistilledSettings, teach
from drl_prune_ros.pruning.dsp_pops import DspPopsSettings, prune_and_shrink
from drl_prune_ros.pruning.dsp_settings import DSPSettings, SWITCHES, without
from drl_prune_ros.pruning.gst import train_groups
from drl_prune_ros.pruning.gst_settings import (
    check_sparsity,
    fixed_blocks,
    gst_settings,
    GSTSettings,
    require_td3,
)
from drl_prune_ros.pruning.magnitude import (
    MagnitudeSettings,
    prune_weights,
    RAMP,
    TAUGHT_RAMP,
)
from drl_prune_ros.pruning.neurons import neuron_settings
from drl_prune_ros.pruning.pops import shrink
from drl_prune_ros.pruning.pops_settings import POPS_PARTS, PopsSettings, without_parts
from drl_prune_ros.pruning.run import prune
from drl_prune_ros.pruning.small_dense import SmallDenseSettings, train_small
from drl_prune_ros.pruning.widths import balanced_widths, check_target, least_weights
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.tasks.skill import Reference
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.settings import TD3Settings, TrainSettings

NO_TARGET = ('linear', 'pops', 'dsp+pops', 'gst', 'gst-fixed', 'gst-magnitude')
"""Methods that find out themselves how far they can go, or have nothing to choose."""
OPEN_RAMP = {'ramp': [0.0, 0.6], 'verdicts': 24}
"""How `dsp` shrinks where nobody said how far: in small steps, until skill says stop."""
GST_RAMP = (0.2, 0.8)
"""Part of the run in which the baseline of GST prunes."""


@dataclass(frozen=True)
class Wishes:
    """What was asked for on the command line; None where nothing was."""

    total_steps: int | None = None
    target_weights: int | None = None
    max_skill_loss: float | None = None
    prune_critics: bool | None = None
    without: tuple[str, ...] = ()
    sparsity: float | None = None
    block_sizes: tuple[int, ...] | None = None


class Settings(Protocol):
    """Settings of any method."""

    total_steps: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for YAML and JSON."""


@dataclass(frozen=True)
class Start:
    """Everything a run is made from."""

    task: Task
    settings: TrainSettings
    method: Any
    seed: int
    reference: Reference | None
    teacher: Path | None


@dataclass(frozen=True)
class Method:
    """
    A method of pruning, or a baseline.

    plan      its settings, from the task, the dense training settings, whether there is a teacher
              and the wishes
    shape     hidden widths of the network that it starts to train
    run       does it in a run folder
    teacher   'needed', 'possible' or 'none'
    by_skill  whether it asks how skilled a policy is, so that it needs a reference
    parts     what `--without` can turn off
    """

    plan: Callable[[Task, TrainSettings, bool, Wishes], Any]
    shape: Callable[[Task, TrainSettings, Any], TrainSettings]
    run: Callable[[RunFolder, Start], None]
    teacher: str
    by_skill: bool
    parts: tuple[str, ...] = ()


def method_named(name: str, teacher: Path | None, wishes: Wishes) -> Method:
    """Return the method `name`; a missing teacher, and what it has no use for, are refused."""
    method = METHODS[name]
    for part in wishes.without:
        if part not in method.parts:
            can = f'choose from {", ".join(method.parts)}' if method.parts else 'leave it out'
            raise DrlPruneError(f'{name} has no use for --without {part}: {can}')
    useless = {
        '--prune-critics': wishes.prune_critics and name not in ('dsp', 'small-dense'),
        '--sparsity': wishes.sparsity is not None and name not in ('gst', 'gst-magnitude'),
        '--block-sizes': wishes.block_sizes is not None and name not in ('gst', 'gst-fixed'),
        '--max-skill-loss': wishes.max_skill_loss is not None and not method.by_skill,
        '--target-weights': wishes.target_weights is not None and name in NO_TARGET}
    for option in (option for option, given in useless.items() if given):
        raise DrlPruneError(f'{name} has no use for {option}: leave it out')
    if method.teacher == 'needed' and teacher is None:
        raise DrlPruneError(f'{name} needs a teacher: give --teacher RUN, a dense run, or a model '
                            'that Stable-Baselines3 saved')
    if method.teacher == 'none' and teacher is not None:
        raise DrlPruneError(f'{name} trains from scratch: leave --teacher out')
    return method


def run_name(name: str, teacher: Path | None, parts: tuple[str, ...]) -> str:
    """Return what a run of the method is called in tables."""
    started = f'{name}-teacher' if teacher and METHODS[name].teacher == 'possible' else name
    return '-without-'.join([started, *parts])


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
        guard = settings.guard and replace(
            settings.guard, hold_below=1.0 - settings.max_skill_loss)
        widths = _dense_widths(task, dense)
        settings = replace(settings, guard=guard, target_weights=least_weights(
            widths, settings.least_inputs(widths[0])))
    return without(settings, wishes.without)


def _dense_widths(task: Task, dense: TrainSettings) -> tuple[int, ...]:
    return task.observation.size, *dense.hidden, task.outputs


def dense_shape(task: Task, dense: TrainSettings, plan: MagnitudeSettings) -> TrainSettings:
    """Start from the dense network, of which as many single weights as the target may stay."""
    check_target(plan.target_weights, _dense_widths(task, dense))
    return dense


def neurons_shape(task: Task, dense: TrainSettings, plan: DSPSettings) -> TrainSettings:
    """Start from the dense network, which must be able to reach the target neuron by neuron."""
    plan.check_target(_dense_widths(task, dense))
    return dense


def run_dsp(run: RunFolder, start: Start) -> None:
    """Prune by neuron while training."""
    assert start.reference is not None
    prune(run, start.task, start.settings, start.method, start.seed, start.reference,
          teacher=start.teacher)


def taught_plan(name: str, **fixed: Any) -> Callable[..., DistilledSettings]:
    """Return the planner of a method that distils; `fixed` are the settings that make it."""
    def plan(task: Task, dense: TrainSettings, taught: bool, wishes: Wishes) -> DistilledSettings:
        values = entry_of(task, dense, taught, name)
        if name == 'linear':
            values |= {'total_steps': wishes.total_steps or values['total_steps'],
                       'target_weights': None}
        else:
            values = with_target(values, wishes)
        return DistilledSettings.from_dict({**values, **fixed})
    return plan


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


def run_taught(run: RunFolder, start: Start) -> None:
    """Distil, and fine-tune where the plan says so."""
    assert start.teacher is not None
    teach(run, start.task, start.settings, start.method, start.seed, start.teacher)


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


def run_small_dense(run: RunFolder, start: Start) -> None:
    """Train the small network."""
    train_small(run, start.task, start.settings, start.seed)


def magnitude_plan(task: Task, dense: TrainSettings, taught: bool,
                   wishes: Wishes) -> MagnitudeSettings:
    """Return the settings of unstructured magnitude pruning."""
    values = with_target(entry_of(task, dense, taught, 'magnitude'), wishes)
    return MagnitudeSettings.from_dict({'ramp': TAUGHT_RAMP if taught else RAMP, **values},
                                       max_skill_loss=wishes.max_skill_loss)


def run_magnitude(run: RunFolder, start: Start) -> None:
    """Prune by weight while training."""
    prune_weights(run, start.task, start.settings, start.method, start.seed, start.reference,
                  teacher=start.teacher)


def neurons_plan(importance: str) -> Callable[..., DSPSettings]:
    """Return the planner of the baseline that ranks neurons by `importance`."""
    def plan(task: Task, dense: TrainSettings, taught: bool, wishes: Wishes) -> DSPSettings:
        values = with_target(entry_of(task, dense, taught, f'{importance}-neurons'), wishes)
        return neuron_settings(importance, values, taught, max_skill_loss=wishes.max_skill_loss)
    return plan


def pops_plan(task: Task, dense: TrainSettings, taught: bool, wishes: Wishes) -> PopsSettings:
    """Return the settings of PoPS."""
    entry = {'total_steps': steps_of(task, dense, taught), **task.prune.get('pops', {})}
    return without_parts(PopsSettings.from_dict(
        entry, total_steps=wishes.total_steps, max_skill_loss=wishes.max_skill_loss),
        wishes.without)


def run_pops(run: RunFolder, start: Start) -> None:
    """Shrink by distillation, in rounds."""
    assert start.reference is not None and start.teacher is not None
    shrink(run, start.task, start.settings, start.method, start.seed, start.reference,
           start.teacher)


def dsp_pops_plan(task: Task, dense: TrainSettings, taught: bool,
                  wishes: Wishes) -> DspPopsSettings:
    """Return the settings of DSP and of PoPS after it, which share the steps."""
    pops = pops_plan(task, dense, taught, wishes)
    steps = round(pops.dsp_share * pops.total_steps)
    return DspPopsSettings(dsp_plan(task, dense, taught, replace(
        wishes, total_steps=steps, without=())), pops)


def dsp_pops_shape(task: Task, dense: TrainSettings, plan: DspPopsSettings) -> TrainSettings:
    """Start from the dense network."""
    return neurons_shape(task, dense, plan.dsp)


def run_dsp_pops(run: RunFolder, start: Start) -> None:
    """Prune by neuron, then shrink what is left."""
    assert start.reference is not None and start.teacher is not None
    prune_and_shrink(run, start.task, start.settings, start.method, start.seed, start.reference,
                     start.teacher)


def gst_plan(task: Task, dense: TrainSettings, taught: bool, wishes: Wishes) -> GSTSettings:
    """Return the settings of group-sparse training, over the steps of the dense policy."""
    return gst_settings('gst', task, dense, total_steps=wishes.total_steps,
                        sparsity=wishes.sparsity, block_sizes=wishes.block_sizes)


def gst_fixed_plan(task: Task, dense: TrainSettings, taught: bool,
                   wishes: Wishes) -> GSTSettings:
    """Return the same with blocks that stay: what block size alone buys."""
    return gst_settings('gst-fixed', task, dense, total_steps=wishes.total_steps, sparsity=0.0,
                        block_sizes=wishes.block_sizes or fixed_blocks(task, dense))


def circulant_shape(task: Task, dense: TrainSettings, plan: GSTSettings) -> TrainSettings:
    """Start from circulant layers."""
    assert isinstance(dense, TD3Settings)
    return replace(dense, block_sizes=plan.block_sizes)


def run_gst(run: RunFolder, start: Start) -> None:
    """Train circulant layers, and prune their blocks."""
    train_groups(run, start.task, start.settings, start.method, start.seed)


def gst_magnitude_plan(task: Task, dense: TrainSettings, taught: bool,
                       wishes: Wishes) -> MagnitudeSettings:
    """Return the settings of the baseline of GST: single weights of actor and critics leave."""
    require_td3('gst-magnitude', task, dense)
    if wishes.sparsity is None:
        raise DrlPruneError('gst-magnitude needs a final sparsity: give --sparsity, such as 0.9')
    check_sparsity(wishes.sparsity)
    dense_weights = count_weights(_dense_widths(task, dense))
    return MagnitudeSettings.from_dict({
        'total_steps': wishes.total_steps or dense.total_steps, 'ramp': GST_RAMP,
        'target_weights': round((1.0 - wishes.sparsity) * dense_weights),
        'prune_critics': True, 'max_return_loss': GSTSettings.max_return_loss})


METHODS: dict[str, Method] = {
    'dsp': Method(dsp_plan, neurons_shape, run_dsp, teacher='possible', by_skill=True,
                  parts=tuple(SWITCHES)),
    'pops': Method(pops_plan, lambda task, dense, plan: dense, run_pops, teacher='needed',
                   by_skill=True, parts=POPS_PARTS),
    'dsp+pops': Method(dsp_pops_plan, dsp_pops_shape, run_dsp_pops, teacher='needed',
                       by_skill=True, parts=POPS_PARTS),
    'distilled': Method(taught_plan('distilled', fine_tune=False), small_shape, run_taught,
                        teacher='needed', by_skill=False),
    'distilled+ft': Method(taught_plan('distilled+ft'), small_shape, run_taught,
                           teacher='needed', by_skill=False),
    'linear': Method(taught_plan('linear'), small_shape, run_taught, teacher='needed',
                     by_skill=False),
    'small-dense': Method(small_dense_plan, small_shape, run_small_dense, teacher='none',
                          by_skill=False),
    'magnitude': Method(magnitude_plan, dense_shape, run_magnitude, teacher='possible',
                        by_skill=True),
    'magnitude-neurons': Method(neurons_plan('magnitude'), neurons_shape, run_dsp,
                                teacher='possible', by_skill=True),
    'random-neurons': Method(neurons_plan('random'), neurons_shape, run_dsp,
                             teacher='possible', by_skill=True),
    'gst': Method(gst_plan, circulant_shape, run_gst, teacher='none', by_skill=False),
    'gst-fixed': Method(gst_fixed_plan, circulant_shape, run_gst, teacher='none', by_skill=False),
    'gst-magnitude': Method(gst_magnitude_plan, dense_shape, run_magnitude, teacher='none',
                            by_skill=False),
}
