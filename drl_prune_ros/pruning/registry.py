# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The methods of `drl-prune prune`: what each is made of, and how it runs."""

from pathlib import Path

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.pruning import plans, shapes
from drl_prune_ros.pruning.method import Method, Start, Wishes
from drl_prune_ros.pruning.methods.distilled import teach
from drl_prune_ros.pruning.methods.dsp.settings import SWITCHES
from drl_prune_ros.pruning.methods.dsp_pops import prune_and_shrink
from drl_prune_ros.pruning.methods.gst.pruner import train_groups
from drl_prune_ros.pruning.methods.magnitude import prune_weights
from drl_prune_ros.pruning.methods.pops.method import shrink
from drl_prune_ros.pruning.methods.pops.settings import POPS_PARTS
from drl_prune_ros.pruning.methods.small_dense import train_small
from drl_prune_ros.pruning.run import prune
from drl_prune_ros.training.run_folder import RunFolder

NO_TARGET = ('linear', 'pops', 'dsp+pops', 'gst', 'gst-fixed', 'gst-magnitude')
"""Methods that find out themselves how far they can go, or have nothing to choose."""


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
        '--grouped': wishes.grouped is not None and name != 'gst',
        '--max-skill-loss': wishes.max_skill_loss is not None and not method.by_skill,
        '--target-weights': wishes.target_weights is not None and name in NO_TARGET}
    for option in (option for option, given in useless.items() if given):
        raise DrlPruneError(f'{name} has no use for {option}: leave it out')
    if method.teacher == 'needed' and teacher is None:
        raise DrlPruneError(f'{name} needs a teacher: give --teacher RUN, a dense run, a policy '
                            'file, or a model that Stable-Baselines3 saved')
    if method.teacher == 'none' and teacher is not None:
        raise DrlPruneError(f'{name} trains from scratch: leave --teacher out')
    return method


def run_name(name: str, teacher: Path | None, parts: tuple[str, ...]) -> str:
    """Return what a run of the method is called in tables."""
    started = f'{name}-teacher' if teacher and METHODS[name].teacher == 'possible' else name
    return '-without-'.join([started, *parts])


def run_dsp(run: RunFolder, start: Start) -> None:
    """Prune by neuron while training."""
    assert start.reference is not None
    prune(run, start.task, start.settings, start.method, start.seed, start.reference,
          teacher=start.teacher)


def run_pops(run: RunFolder, start: Start) -> None:
    """Shrink by distillation, in rounds."""
    assert start.reference is not None and start.teacher is not None
    shrink(run, start.task, start.settings, start.method, start.seed, start.reference,
           start.teacher)


def run_dsp_pops(run: RunFolder, start: Start) -> None:
    """Prune by neuron, then shrink what is left."""
    assert start.reference is not None and start.teacher is not None
    prune_and_shrink(run, start.task, start.settings, start.method, start.seed, start.reference,
                     start.teacher)


def run_taught(run: RunFolder, start: Start) -> None:
    """Distil, and fine-tune where the plan says so."""
    assert start.teacher is not None
    teach(run, start.task, start.settings, start.method, start.seed, start.teacher)


def run_small_dense(run: RunFolder, start: Start) -> None:
    """Train the small network."""
    train_small(run, start.task, start.settings, start.seed)


def run_magnitude(run: RunFolder, start: Start) -> None:
    """Prune by weight while training."""
    prune_weights(run, start.task, start.settings, start.method, start.seed, start.reference,
                  teacher=start.teacher)


def run_gst(run: RunFolder, start: Start) -> None:
    """Train circulant layers, and prune them."""
    train_groups(run, start.task, start.settings, start.method, start.seed)


METHODS: dict[str, Method] = {
    'dsp': Method(
        plans.dsp_plan, shapes.neurons_shape, run_dsp,
        teacher='possible', by_skill=True, parts=tuple(SWITCHES)),
    'pops': Method(
        plans.pops_plan, shapes.same_shape, run_pops,
        teacher='needed', by_skill=True, parts=POPS_PARTS),
    'dsp+pops': Method(
        plans.dsp_pops_plan, shapes.dsp_pops_shape, run_dsp_pops,
        teacher='needed', by_skill=True, parts=POPS_PARTS),
    'distilled': Method(
        plans.taught_plan('distilled', fine_tune=False), shapes.small_shape, run_taught,
        teacher='needed', by_skill=False),
    'distilled+ft': Method(
        plans.taught_plan('distilled+ft'), shapes.small_shape, run_taught,
        teacher='needed', by_skill=False),
    'linear': Method(
        plans.taught_plan('linear'), shapes.small_shape, run_taught,
        teacher='needed', by_skill=False),
    'small-dense': Method(
        plans.small_dense_plan, shapes.small_shape, run_small_dense,
        teacher='none', by_skill=False),
    'magnitude': Method(
        plans.magnitude_plan, shapes.dense_shape, run_magnitude,
        teacher='possible', by_skill=True),
    'magnitude-neurons': Method(
        plans.neurons_plan('magnitude'), shapes.neurons_shape, run_dsp,
        teacher='possible', by_skill=True),
    'random-neurons': Method(
        plans.neurons_plan('random'), shapes.neurons_shape, run_dsp,
        teacher='possible', by_skill=True),
    'gst': Method(
        plans.gst_plan, shapes.circulant_shape, run_gst, teacher='none', by_skill=False),
    'gst-fixed': Method(
        plans.gst_fixed_plan, shapes.circulant_shape, run_gst, teacher='none', by_skill=False),
    'gst-magnitude': Method(
        plans.gst_magnitude_plan, shapes.dense_shape, run_magnitude,
        teacher='none', by_skill=False),
}
