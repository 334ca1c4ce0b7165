# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""PoPS, alone and after DSP, from its settings to its policy file; and where it is killed."""

from collections.abc import Callable
import dataclasses
import json
from pathlib import Path
import shutil
from typing import Any

import pytest
import torch

from drl_prune_ros.cli import vehicle_arguments
from drl_prune_ros.cli.main import main
from drl_prune_ros.policy.manifest import count_weights
from drl_prune_ros.pruning.distillation.crash_replay import CrashReplay
from drl_prune_ros.pruning.methods import dsp_pops
from drl_prune_ros.pruning.methods.pops import objective
from drl_prune_ros.pruning.methods.pops import stages as pops_stages
from drl_prune_ros.pruning.methods.pops.settings import PopsSettings
from drl_prune_ros.resources import models_dir
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.training import validation
from drl_prune_ros.training.checked_folder import write_digests
from drl_prune_ros.training.checkpoint import load_state
from drl_prune_ros.training.outcome import read_outcome, write_outcome
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.tensors import write_tensors


def result_of(run: RunFolder) -> dict[str, Any]:
    return json.loads((run.path / 'result.json').read_text())


def test_pops_shrinks_in_rounds(prune: Callable[..., RunFolder]) -> None:
    run = prune('pops', '--max-skill-loss', '0.9', '--steps', '6000')
    result = result_of(run)
    rounds = [row for row in run.metrics() if 'met' in row]
    assert [row['round'] for row in rounds] == list(range(1, len(rounds) + 1))
    assert rounds[0]['hidden'] == [16, 16] and rounds[0]['met']
    met = [row['weights'] for row in rounds if row['met']]
    # The teacher has units that nothing reads: its students need not be smaller.
    assert len(met) > 1 and result['weights'] == min(met) < 352
    sizes = [count_weights((4, *row['hidden'], 2)) for row in rounds]
    assert all(size < sizes[0] for size in sizes[1:])
    pruned = [row for row in run.metrics() if row.get('stage') == 'prune']
    assert pruned[0]['nonzeros'] > pruned[-1]['nonzeros']
    steps = [row['step'] for row in run.metrics() if 'stage' in row]
    assert steps == sorted(steps)
    assert result['cost']['environment_steps'] >= 1000 + steps[-1]


def test_a_student_that_misses_goes_on_learning(prune: Callable[..., RunFolder]) -> None:
    run = prune('pops', '--max-skill-loss', '0.03', '--steps', '6000')
    assert run.config['pruning']['rl_share'] == 0.1
    learned = sorted((run.path / 'rounds').glob('*/run.yaml'))
    missed = [row['round'] for row in run.metrics() if row.get('stage') == 'reinforce']
    assert [int(file.parent.name) for file in learned] == missed
    for number in missed:
        nested = RunFolder.open(run.path / 'rounds' / f'{number:02d}')
        assert nested.config['train']['hidden'] == next(
            row['hidden'] for row in run.metrics() if row.get('round') == number and 'met' in row)


@pytest.mark.parametrize('after', [1, 5, 8])
def test_a_killed_search_goes_on(after: int, prune: Callable[..., RunFolder],
                                 monkeypatch: pytest.MonkeyPatch) -> None:
    log, logged = RunFolder.log, []

    def killed(run: RunFolder, **figures: Any) -> None:
        if len(logged) == after:
            raise KeyboardInterrupt
        logged.append(figures)
        log(run, **figures)

    arguments = ['pops', '--max-skill-loss', '0.9', '--steps', '3000', '--without', 'rl']
    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, 'log', killed)
        with pytest.raises(AssertionError):
            prune(*arguments)
    before = torch.load('run/pops.pt', weights_only=False)
    run = prune(*arguments, '--resume')
    state = torch.load('run/pops.pt', weights_only=False)
    assert state['rounds'][:len(before['rounds']) - 1] == before['rounds'][:-1]
    assert len(state['rounds']) > 1 and state['stage'] is None
    assert torch.equal(state['states'][:len(before['states'])], before['states'])
    assert (run.path / 'result.json').is_file()


def test_pops_after_dsp_is_never_larger(prune: Callable[..., RunFolder]) -> None:
    run = prune('dsp+pops', '--max-skill-loss', '0.9', '--steps', '16000')
    result = result_of(run)
    pruned = RunFolder.open(run.path / 'dsp')
    assert pruned.steps >= 8000, 'half of the steps'
    decisions, returns = ({row['step'] for row in pruned.metrics() if name in row}
                         for name in ('decision', 'validation_return'))
    assert decisions and decisions <= returns, 'which a plot is drawn of'
    smallest = min(row['weights'] for row in pruned.metrics() if 'confirmed_return' in row)
    assert result['weights'] <= smallest < 352
    assert result['method'] == 'dsp+pops'


def test_what_dsp_left_is_no_student_of_a_search_that_starts_anew(
        prune: Callable[..., RunFolder], monkeypatch: pytest.MonkeyPatch) -> None:
    shrunk = dsp_pops.run_dsp

    def missed(*args: Any) -> RunFolder:
        pruned = shrunk(*args)
        # In validation it is better than any student, and yet not good enough.
        candidate = next(pruned.best.iterdir())
        state = load_state(candidate)
        state['extra'] |= {'margin': -1.0, 'return_mean': 501.0}
        write_tensors(candidate / 'state.pt', state)
        write_digests(candidate)
        outcome = read_outcome(pruned)
        assert outcome and outcome.candidate(pruned.best) == candidate
        write_outcome(pruned, dataclasses.replace(outcome, acceptable=False))
        # A kill while the others were cleared away.
        shutil.copytree(candidate, pruned.best / f'{1:012d}')
        return pruned

    monkeypatch.setattr(dsp_pops, 'run_dsp', missed)
    monkeypatch.setattr(objective, 'acceptance',
                        lambda *_: lambda played: played.return_mean - 1e3)
    run = prune('dsp+pops', '--steps', '1400')
    met, *_ = [row for row in run.metrics() if 'met' in row]
    assert met['hidden'] == [16, 16] and not met['met'] and met['skill'] <= 1.0
    assert (run.path / 'rounds/01/run.yaml').is_file()
    assert 1 not in {row['step'] for row in run.metrics()}, 'the one that was chosen goes on'


def test_weights_stop_leaving_while_the_objective_is_missed(
        prune: Callable[..., RunFolder], monkeypatch: pytest.MonkeyPatch) -> None:
    pruned = pops_stages.Stages.prune

    def missing(stages: Any, session: Any) -> None:
        stages.objective.margin = lambda episodes: -1.0
        pruned(stages, session)

    monkeypatch.setattr(pops_stages.Stages, 'prune', missing)
    run = prune('pops', '--max-skill-loss', '0.9', '--steps', '6000', '--without', 'rl')
    pruned = [row for row in run.metrics() if row.get('stage') == 'prune']
    assert [row['round'] for row in pruned] == [1] * PopsSettings.patience
    assert len({row['nonzeros'] for row in pruned}) == 1


def test_a_smaller_shape_meets_the_objective_on_fresh_seeds_too(
        prune: Callable[..., RunFolder], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objective.Objective, 'held_out_margin',
                        staticmethod(lambda episodes: -1.0))
    run = prune('pops', '--max-skill-loss', '0.9', '--steps', '2500', '--without', 'rl')
    first, *others = [row['met'] for row in run.metrics() if 'met' in row]
    assert first and others and not any(others)


def test_a_search_keeps_to_its_steps(prune: Callable[..., RunFolder]) -> None:
    run = prune('pops', '--max-skill-loss', '0.9', '--steps', '130')
    state = torch.load(run.path / 'pops.pt', weights_only=False)
    # Every turn of a student takes whole steps of all environments.
    distillation = run.config['pruning']['distillation']
    turns = distillation['restarts'] * distillation['rounds']
    assert state['steps'] - 130 <= turns * run.config['train']['num_envs']
    assert state['stage'] is None and state['rounds'][0]['met']


def test_no_candidate_is_dropped_for_one_that_a_kill_would_undo(
        prune: Callable[..., RunFolder], monkeypatch: pytest.MonkeyPatch) -> None:
    dropped, keep_best = [], pops_stages.keep_best

    def checked(best: Path, after: int) -> None:
        dropped.append(best)
        saved = torch.load(best.parent / 'pops.pt', weights_only=False)
        assert all(int(path.name) <= saved['steps'] for path in best.glob('[0-9]*'))
        assert after == saved['begun']
        keep_best(best, after=after)

    monkeypatch.setattr(pops_stages, 'keep_best', checked)
    prune('pops', '--max-skill-loss', '0.9', '--steps', '700', '--without', 'rl')
    assert dropped


def test_a_student_that_crashes_is_taught_again_and_goes_on_after_a_kill(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(validation, 'VALIDATION_EPISODES', {'envpool': 20})
    task = load_task('highway-fast-v0')
    brief = {'distillation': {'restarts': 1, 'rounds': 3, 'minibatches': 6, 'batch_size': 64,
                              'states': 1500},
             'crashes': {'replays': 2, 'minibatches': 20, 'steps': 1500},
             'pruning_minibatches': 60, 'validations': 6}
    task = dataclasses.replace(task, prune={**task.prune, 'pops': brief})
    monkeypatch.setattr(vehicle_arguments, 'load_task', lambda name: task)
    # The teacher meets the objective and no student does, but each is worth its replay.
    monkeypatch.setattr(objective, 'acceptance',
                        lambda *_: lambda played: played.return_mean - 22.5)
    monkeypatch.setattr(PopsSettings, 'worth', -1e9)
    arguments = ['prune', task.id, '--method', 'pops', '--run', 'run', '--threads', '1',
                 '--teacher', str(models_dir() / 'highway-fast-v0-dense.onnx'), '--without', 'rl',
                 '--steps', '7000', '--final-episodes', '20']
    given, learn = [], CrashReplay.learn

    def killed(replay: CrashReplay) -> float:
        if given:
            raise KeyboardInterrupt
        given.append(len(replay.crashes.states))
        return learn(replay)

    with monkeypatch.context() as patch:
        patch.setattr(CrashReplay, 'learn', killed)
        assert main(arguments) != 0
    assert main([*arguments, '--resume']) == 0
    run = RunFolder.open(tmp_path / 'run')
    told = [row['before_crashes'] for row in run.metrics() if row.get('stage') == 'crash-replay']
    assert len(told) == 2 and 0 < told[0] == given[0] <= told[1], 'no replay twice'
    steps = [row['step'] for row in run.metrics() if 'stage' in row]
    assert steps == sorted(steps)
    decided = [(row['round'], row['met']) for row in run.metrics() if 'met' in row]
    # After distillation, and again after crash replay; the teacher needs none.
    assert decided[:3] == [(1, True), (2, False), (2, False)]
