# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Every method of prune, from its settings to its policy file."""

from collections.abc import Callable
import dataclasses
from itertools import pairwise
import json
from pathlib import Path
from typing import Any

import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.pruning.method import CliOverrides, TeacherUse
from drl_prune_ros.pruning.registry import method_named, method_of_run, methods
from drl_prune_ros.tasks.catalogue import load_task, task_names
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.settings import train_settings

TEACHER = Path('model.zip')
STEPS, TARGET = 2048, 60
"""What `prune` asks for."""

METHODS = methods()
NO_TARGET = [name for name, method in METHODS.items()
             if '--target-weights' not in method.options]
OTHERS = [name for name in METHODS if not name.startswith('gst')]
"""GST and its baseline train with TD3 alone, over the steps of its dense policy: test_gst.py."""


@pytest.mark.parametrize('name', [*task_names(), 'Acrobot-v1'])
@pytest.mark.parametrize('method', OTHERS)
def test_every_method_gets_the_same_steps(name: str, method: str) -> None:
    task = load_task(name)
    dense = train_settings(task.train)
    known = task.prune.get('dsp-teacher')
    own = known['total_steps'] if known else dense.total_steps
    # Where the catalogue does not, someone has to say how far.
    overrides = CliOverrides(target_weights=None if known or method in NO_TARGET else 500)
    if METHODS[method].teacher is not TeacherUse.NONE:
        # The shipped policy of a task may have fewer, by a method of its own.
        wanted = task.prune.get(method, {}).get('total_steps', own)
        assert METHODS[method].settings(task, dense, True, overrides).total_steps == wanted
    if METHODS[method].teacher is not TeacherUse.NEEDED:
        plan = METHODS[method].settings(task, dense, False, overrides)
        assert plan.total_steps == dense.total_steps + own


def test_every_method_has_the_target_of_dsp_unless_the_catalogue_says_more() -> None:
    task = load_task('highway-fast-v0')
    dense = train_settings(task.train)
    for name, method in METHODS.items():
        if name not in NO_TARGET:
            from_teacher = method.teacher is not TeacherUse.NONE
            plan = method.settings(task, dense, from_teacher, CliOverrides())
            assert plan.target_weights == task.prune['dsp-teacher']['target_weights']
    assert METHODS['magnitude'].settings(task, dense, True, CliOverrides(5, 6)).target_weights == 6
    settings = dataclasses.replace(task, prune={'magnitude': {
        'total_steps': 7, 'target_weights': 8}, **task.prune})
    assert METHODS['magnitude'].settings(settings, dense, True, CliOverrides()).total_steps == 7


def test_without_a_target_skill_decides_how_far_dsp_goes() -> None:
    task = dataclasses.replace(load_task('CartPole-v1'), id='elsewhere:E-v0', train={}, prune={})
    dense = train_settings({}, 'dqn')
    plan = METHODS['dsp'].settings(task, dense, True, CliOverrides(max_skill_loss=0.1))
    assert plan.target_weights == 1 + 1 + 2
    assert plan.total_steps == dense.total_steps
    assert plan.max_skill_loss == 0.1 and plan.rollback.hold_below == 0.9
    assert METHODS['dsp'].settings(task, dense, True, CliOverrides()).rollback.hold_below == 0.97
    asked = METHODS['dsp'].settings(task, dense, True, CliOverrides(target_weights=50))
    assert asked.rollback.hold_below == 0.9, 'a target leaves room to heal'
    for name in ('distilled', 'small-dense', 'magnitude', 'random-neurons'):
        with pytest.raises(DrlPruneError, match='give --target-weights'):
            METHODS[name].settings(task, dense, True, CliOverrides())
    assert METHODS['linear'].settings(task, dense, True, CliOverrides()).target_weights is None


@pytest.mark.parametrize('method', OTHERS)
@pytest.mark.parametrize('from_teacher', [True, False])
def test_wide_observations_bound_what_neurons_can_leave(method: str, from_teacher: bool) -> None:
    task = dataclasses.replace(load_task('intersection-v0'), prune={})   # 72 inputs, 3 outputs
    dense = train_settings(task.train)
    plan = METHODS[method].settings(task, dense, from_teacher, CliOverrides(
        target_weights=None if method in ('dsp', *NO_TARGET) else 50))
    if method.endswith('neurons'):
        with pytest.raises(DrlPruneError, match='with 72 of 72 inputs, more cannot leave'):
            METHODS[method].initial_network(task, dense, plan)
    elif method in ('dsp', 'magnitude', 'pops'):
        assert METHODS[method].initial_network(task, dense, plan) == dense
    if method == 'dsp':
        assert plan.target_weights == 72 - plan.decisions + 1 + 3


def test_small_networks_keep_the_dense_critic() -> None:
    task = load_task('CartPole-v1')
    dense = train_settings(task.train)
    for name in ('small-dense', 'distilled', 'distilled+ft'):
        plan = METHODS[name].settings(task, dense, True, CliOverrides(target_weights=60))
        small = METHODS[name].initial_network(task, dense, plan)
        assert (small.hidden, small.critic_hidden) == ((5, 5), (256, 256))
        without_critic = dataclasses.replace(dense, critic_hidden=())
        bare = METHODS[name].initial_network(task, without_critic, plan)
        assert bare.critic_hidden == ()
    plan = METHODS['linear'].settings(task, dense, True, CliOverrides())
    assert METHODS['linear'].initial_network(task, dense, plan).hidden == ()


@pytest.mark.parametrize(('name', 'teacher', 'overrides', 'message'), [
    ('distilled', None, CliOverrides(), 'distilled needs a teacher: give --teacher RUN'),
    ('distilled+ft', None, CliOverrides(), 'needs a teacher'),
    ('linear', None, CliOverrides(), 'needs a teacher'),
    ('small-dense', TEACHER, CliOverrides(), 'trains from scratch: leave --teacher out'),
    ('linear', TEACHER, CliOverrides(target_weights=9), 'no use for --target-weights'),
    ('distilled', TEACHER, CliOverrides(max_skill_loss=0.1), 'no use for --max-skill-loss'),
    ('magnitude', None, CliOverrides(without=('rollback',)),
     'no use for --without rollback: leave it out'),
    ('pops', TEACHER, CliOverrides(without=('rollback',)),
     'choose from shape-trials, dagger, restarts'),
    ('dsp', TEACHER, CliOverrides(without=('rl',)), 'choose from importance, regularizer'),
    ('pops', None, CliOverrides(), 'pops needs a teacher'),
    ('pops', TEACHER, CliOverrides(target_weights=9), 'no use for --target-weights'),
    ('magnitude', None, CliOverrides(prune_critics=True), 'no use for --prune-critics')])
def test_what_a_method_cannot_use_is_refused(
        name: str, teacher: Path | None, overrides: CliOverrides, message: str) -> None:
    with pytest.raises(DrlPruneError, match=message.replace('+', r'\+')):
        method_named(name, teacher is not None, overrides)


@pytest.mark.parametrize('from_teacher', [True, False])
def test_dqn_has_no_critics_to_prune(from_teacher: bool) -> None:
    task, overrides = load_task('merge-v0'), CliOverrides(prune_critics=True)
    with pytest.raises(DrlPruneError, match='DQN has no critic beside the network') as refused:
        METHODS['dsp'].settings(task, train_settings(task.train), from_teacher, overrides)
    assert '\n' not in str(refused.value)
    asked = METHODS['dsp'].settings(task, train_settings({}, 'ppo'), from_teacher, overrides)
    assert asked.prune_critics
    with pytest.raises(DrlPruneError, match='DQN has no critic beside the network'):
        METHODS['small-dense'].settings(
            task, train_settings(task.train), from_teacher,
            CliOverrides(prune_critics=True, target_weights=900))


def test_runs_say_how_they_started() -> None:
    parts = ('rollback', 'reconstruction')
    dsp, magnitude, distilled = (METHODS[name] for name in ('dsp', 'magnitude', 'distilled'))
    assert dsp.run_name(True, parts) == 'dsp-teacher-without-rollback-without-reconstruction'
    assert magnitude.run_name(False) == 'magnitude'
    assert magnitude.run_name(True) == 'magnitude-teacher'
    assert distilled.run_name(True) == 'distilled'
    for method in METHODS.values():
        for from_teacher in (True, False):
            assert method_of_run(method.run_name(from_teacher, parts)) is method
    assert method_of_run('dense') is None


def result_of(run: RunFolder) -> dict[str, Any]:
    return json.loads((run.path / 'result.json').read_text())


@pytest.mark.parametrize(('method', 'widths'), [
    ('distilled', [4, 5, 5, 2]), ('distilled+ft', [4, 5, 5, 2]), ('linear', [4, 2]),
    ('small-dense', [4, 5, 5, 2])])
def test_small_networks_have_the_size_they_were_asked_for(
        method: str, widths: list[int], prune: Callable[..., RunFolder]) -> None:
    from_teacher = method != 'small-dense'
    more = [] if method in ('linear', 'distilled') else ['--target-weights', str(TARGET)]
    run = prune(method, *more, from_teacher=from_teacher)
    result, policy = result_of(run), read_policy(run.policy_file)
    assert result['widths'] == widths
    assert result['weights'] == sum(a * b for a, b in pairwise(widths)) <= TARGET
    assert policy.manifest.weights == result['weights'] == result['macs']
    assert 'index_bytes' not in result
    steps = result['cost']['environment_steps'] - (1000 if from_teacher else 0)
    assert STEPS <= steps <= STEPS + 6 * 4 + 128, 'the steps of distillation count'
