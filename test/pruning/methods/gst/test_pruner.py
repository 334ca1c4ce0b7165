# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Group-sparse training and its rows, from the command to the result, and through a kill."""

from collections.abc import Callable
import copy
import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stable_baselines3.common.base_class import BaseAlgorithm
import torch

from drl_prune_ros.cli.main import main
from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.pruning.method import CliOverrides
from drl_prune_ros.pruning.methods.gst import method as gst_method
from drl_prune_ros.pruning.methods.gst import pruner as gst
from drl_prune_ros.pruning.methods.gst.method import Gst, GstFixed
from drl_prune_ros.pruning.methods.gst.pruner import GroupSparseTraining
from drl_prune_ros.pruning.methods.magnitude import MagnitudePruning
from drl_prune_ros.reporting.learning_table import learning_of
from drl_prune_ros.tasks import catalogue
from drl_prune_ros.training import eval_and_checkpoint, validation
from drl_prune_ros.training.networks.circulant import blocks_of, vectors_of
from drl_prune_ros.training.networks.mlp import actor_of, critics_of, MlpView
from drl_prune_ros.training.run_folder import RunFolder
from drl_prune_ros.training.settings import train_settings

STEPS = 1200
SMALL = {'total_steps': STEPS, 'num_envs': 4, 'hidden': [32, 16], 'buffer_size': 2000,
         'learning_starts': 64, 'train_freq': 8, 'gradient_steps': 4, 'batch_size': 32,
         'activation': 'relu', 'learning_rate': 1e-3, 'gamma': 0.98, 'tau': 0.02,
         'action_noise': 0.1, 'algo': 'td3', 'validation_episodes': 4}
GST = {'block_sizes': [2, 4, 1], 'decisions': 12, 'change': 0.1, 'slow_rate': 1.0, 'delay': 0.03,
       'tolerance': 1.0}
DENSE = (3 * 256 + 256 ** 2 + 256) + 2 * (4 * 256 + 256 ** 2 + 256)


@pytest.fixture
def prune(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., RunFolder]:
    """Return a function that runs a method on Pendulum, small, and gives its folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(validation, 'VALIDATIONS_PER_RUN', 4)
    found = catalogue._task_of_environment

    def pendulum(name: str) -> catalogue.Task:
        return dataclasses.replace(
            found(name), engines={'envpool': 'Pendulum-v1'}, train=SMALL, prune={'gst': {
                'total_steps': STEPS, **GST}})

    monkeypatch.setattr(catalogue, '_task_of_environment', pendulum)

    def run(method: str, *more: str) -> RunFolder:
        assert main(['prune', 'Pendulum-v1', '--method', method, '--run', 'run', '--threads', '1',
                     '--final-episodes', '5', *more]) == 0
        return RunFolder.open(tmp_path / 'run')
    return run


def result_of(run: RunFolder) -> dict[str, Any]:
    return json.loads((run.path / 'result.json').read_text())


def masks_of(model: BaseAlgorithm) -> list[torch.Tensor]:
    networks = [actor_of(model), *critics_of(model)]
    everything = [each for network in networks for each in (network, *network.targets)]
    found = [blocks_of(linear) for network in everything for linear in network.linears]
    return [blocks.kept.clone() for blocks in found if blocks]


def test_gst_rises_exports_and_counts_what_it_stores(prune: Callable[..., RunFolder]) -> None:
    run = prune('gst', '--grouped', '1')
    result, policy = result_of(run), read_policy(run.policy_file)
    decisions = [row for row in run.metrics() if 'decision' in row]
    assert result['learning'] == learning_of(run) != []
    assert result['compression']['blocks'] == [2, 4, 1]
    assert [row['sparsity'] for row in decisions[:3]] == [0.1, 0.2, 0.3]
    assert decisions[0]['step'] > 64 + 0.03 * STEPS
    assert decisions[-1]['sparsity'] == 0.8
    for row in decisions:
        assert {'validation_return', 'best_return', 'gradient_steps', 'weights'} <= set(row)
    # 3 -> 32 in blocks of 2, 32 -> 16 in blocks of 4 of which at least a fifth stays, 16 -> 1.
    assert policy.manifest.circulant is not None
    size, kept, blocks = policy.manifest.circulant[1]
    assert (size, blocks) == (4, 32)
    assert result['weights'] == policy.manifest.weights == 2 * 16 * 2 + 4 * kept + 16
    assert result['weights'] in [row['weights'] for row in decisions]
    assert result['circulant'] == [list(layer) for layer in policy.manifest.circulant]
    assert result['index_bytes'] == 4, 'a bit a block'
    matrices = [value for value in policy.graph.initializers.values() if value.ndim == 2]
    assert result['macs'] == sum(matrix.size for matrix in matrices)
    assert np.count_nonzero(matrices[1]) <= 4 * 4 * kept

    figures = result['compression']
    fifth = 2 * 16 * 2 + 4 * round(0.2 * 32) + 16
    assert decisions[-1]['weights'] == figures['actor_weights']['final'] == fifth
    assert figures['critics_weights']['final'] == 2 * fifth
    assert figures['final'] == pytest.approx(1 - 3 * fifth / DENSE)
    steps = [row['gradient_steps'] for row in decisions]
    at_first = 1 - 3 * (2 * 16 * 2 + 32 * 4 + 16) / DENSE
    held = np.diff([0, *steps, figures['gradient_steps']])
    average = np.average([at_first, *(row['compression'] for row in decisions)], weights=held)
    assert figures['average'] == pytest.approx(average)
    assert figures['update_to_data'] == figures['gradient_steps'] / run.steps
    assert figures['update_to_data'] == pytest.approx(1 / 8, rel=0.1)
    read = figures['modelled_bytes_read']
    assert read['final'] < read['average'] < read['dense']


def test_gst_unties_and_prunes_single_weights(
        prune: Callable[..., RunFolder], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gst_method, 'near_its_best', lambda *_: lambda episodes: 0.0)
    run = prune('gst', '--grouped', '0.5', '--sparsity', '0.75')
    result, policy = result_of(run), read_policy(run.policy_file)
    decisions = [row for row in run.metrics() if 'decision' in row]
    assert decisions[0]['step'] > 64 + 0.5 * STEPS and not decisions[0]['tied']
    assert [row['sparsity'] for row in decisions[:4]] == [0.7, 0.75, 0.75, 0.75]
    left = 2 * 16 * 2 + round(0.25 ** 1.75 * 32 * 16) + 16
    assert decisions[-1]['weights'] == left, 'the actor keeps fewer than the critics'
    figures = result['compression']
    critic = 2 * 16 * 2 + round(0.25 * 32 * 16) + 16
    assert figures['final'] == pytest.approx(1 - (left + 2 * critic) / DENSE)
    tied = 1 - 3 * (2 * 16 * 2 + 32 * 4 + 16) / DENSE
    steps = [row['gradient_steps'] for row in decisions]
    held = np.diff([0, *steps, figures['gradient_steps']])
    assert figures['average'] == pytest.approx(
        np.average([tied, *(row['compression'] for row in decisions)], weights=held))
    manifest = policy.manifest
    assert manifest.circulant is not None and manifest.nonzeros is None
    first, (size, kept, blocks), last = manifest.circulant
    # Hidden units that nothing reads any more are not deployed.
    inner = manifest.widths[1] * manifest.widths[2]
    assert (first[0], size, last) == (2, 1, (1, manifest.widths[2], manifest.widths[2]))
    assert blocks == inner <= 32 * 16 and 0 < kept <= round(0.25 ** 1.75 * 32 * 16)
    assert result['weights'] == 2 * first[1] + kept + last[1]
    assert result['index_bytes'] == (inner + 7) // 8
    matrices = [value for value in policy.graph.initializers.values() if value.ndim == 2]
    assert np.count_nonzero(matrices[1]) == kept


def test_fixed_blocks_stay(prune: Callable[..., RunFolder]) -> None:
    run = prune('gst-fixed', '--block-sizes', '1', '8', '1')
    result = result_of(run)
    assert not [row for row in run.metrics() if 'decision' in row]
    assert result['weights'] == 3 * 32 + 2 * 4 * 8 + 16
    assert result['compression']['average'] == result['compression']['final'] > 0.9
    assert result['index_bytes'] == 0


def test_the_baseline_prunes_single_weights_of_actor_and_critics(
        prune: Callable[..., RunFolder], monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[list[MlpView]] = []
    end = MagnitudePruning._on_training_end
    monkeypatch.setattr(MagnitudePruning, '_on_training_end', lambda pruner: (
        ended.append(pruner.networks), end(pruner)))
    run = prune('gst-magnitude', '--sparsity', '0.75')
    result = result_of(run)
    dense = 3 * 32 + 32 * 16 + 16
    for network, size in zip(ended[0], [dense, *[dense + 32] * 2], strict=True):
        for each in (network, *network.targets):
            left = sum(int(linear.weight.count_nonzero()) for linear in each.linears)
            assert left == pytest.approx(size / 4, abs=1)
    figures = result['compression']
    assert figures['actor_weights']['final'] == round(dense / 4)
    assert figures['critics_weights']['final'] == 2 * (dense + 32) / 4
    assert result['method'] == 'gst-magnitude' and 'index_bytes' in result
    assert 1 - 3 * 650 / DENSE < figures['average'] < figures['final']


def test_small_networks_stand_beside_with_small_critics(prune: Callable[..., RunFolder]) -> None:
    target = ['--target-weights', '600', '--steps', str(STEPS)]
    run = prune('small-dense', *target, '--prune-critics')
    result, settings = result_of(run), run.config['train']
    assert settings['hidden'] == [22, 22]
    assert settings['critic_hidden'] == [22, 22]
    figures = result['compression']
    assert figures['average'] == figures['final'] == pytest.approx(
        1 - (22 * (3 + 22 + 1) + 2 * 22 * (4 + 22 + 1)) / DENSE)


def everything(pruner: GroupSparseTraining) -> dict[str, Any]:
    model: Any = pruner.model
    return copy.deepcopy({
        'parameters': model.get_parameters(), 'masks': masks_of(model),
        'updates': model._n_updates, 'pruner': pruner.state()})


def same(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return set(a) == set(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return torch.equal(a, b) if torch.is_tensor(a) else bool(a == b)


@pytest.mark.parametrize('grouped', [('--grouped', '1'), ('--grouped', '0.3')])
def test_a_killed_run_goes_on_bit_for_bit(
        grouped: tuple[str, str], prune: Callable[..., RunFolder],
        monkeypatch: pytest.MonkeyPatch) -> None:
    save, start = eval_and_checkpoint.save_checkpoint, GroupSparseTraining._on_training_start
    pruners: list[GroupSparseTraining] = []
    were: dict[str, Any] = {}
    are: dict[str, Any] = {}

    def starting(pruner: GroupSparseTraining) -> None:
        start(pruner)
        pruners.append(pruner)
        are.update(everything(pruner))

    def saving(folder: Path, *others: Any) -> None:
        save(folder, *others)
        were.update(everything(pruners[-1]))
        if were['pruner']['controller']['value'] >= (0.3 if '1' in grouped else 0.7):
            raise KeyboardInterrupt

    monkeypatch.setattr(GroupSparseTraining, '_on_training_start', starting)
    with monkeypatch.context() as patch:
        patch.setattr(eval_and_checkpoint, 'save_checkpoint', saving)
        with pytest.raises(AssertionError):   # as after Ctrl-C
            prune('gst', *grouped)
    assert not all(mask.all() for mask in were['masks'])
    at_start = len([row for row in RunFolder.open(Path('run')).metrics() if 'decision' in row])
    resumed: list[dict[str, Any]] = []
    monkeypatch.setattr(GroupSparseTraining, '_on_training_start', lambda pruner: (
        starting(pruner), resumed.append(copy.deepcopy(are))))
    run = prune('gst', '--resume', *grouped)
    assert same(were, resumed[0])
    decisions = [row for row in run.metrics() if 'decision' in row]
    first = 0.1 if '1' in grouped else 0.7
    assert [row['sparsity'] for row in decisions] == [
        pytest.approx(min(0.8, first + 0.1 * i)) for i in range(len(decisions))]
    assert 2 <= at_start < len(decisions)
    steps = [row['gradient_steps'] for row in decisions]
    assert steps == sorted(set(steps))
    assert result_of(run)['compression']['gradient_steps'] >= steps[-1]


def test_a_run_killed_as_it_unties_unties_again(
        prune: Callable[..., RunFolder], monkeypatch: pytest.MonkeyPatch) -> None:
    untie = gst.untie_layers

    def killed(model: Any) -> None:
        untie(model)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(gst, 'untie_layers', killed)
        with pytest.raises(AssertionError):
            prune('gst', '--grouped', '0.4')
    run = prune('gst', '--grouped', '0.4', '--resume')
    decisions = [row for row in run.metrics() if 'decision' in row]
    assert [row['sparsity'] for row in decisions[:3]] == [0.7, 0.8, 0.8]
    assert not any(row['tied'] for row in decisions)
    assert result_of(run)['compression']['blocks'] == [2, 1, 1]


def test_what_leaves_does_not_come_back_by_itself(prune: Callable[..., RunFolder],
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two decisions the vectors of blocks that are gone do not move."""
    act = GroupSparseTraining._on_rollout_start
    last: list[tuple[torch.Tensor, torch.Tensor]] = []
    checked: list[int] = []

    def watch(pruner: GroupSparseTraining) -> None:
        linear = pruner.networks[1].linears[1]
        blocks = blocks_of(linear)
        assert blocks is not None
        if last:
            gone, vectors = last.pop()
            assert torch.equal(vectors_of(linear)[gone], vectors[gone])
            checked.append(int(gone.sum()))
        act(pruner)
        last.append((~blocks.kept, vectors_of(linear).detach().clone()))

    monkeypatch.setattr(GroupSparseTraining, '_on_rollout_start', watch)
    prune('gst', '--grouped', '1')
    assert max(checked) > 20


@pytest.mark.parametrize(('task', 'arguments', 'message'), [
    ('CartPole-v1', ['gst'], 'gst trains with TD3, which needs continuous actions'),
    ('CartPole-v1', ['gst', '--algo', 'td3'], 'td3 does not learn discrete actions'),
    ('Hopper-v3', ['gst'], 'Hopper-v3 would be trained by ppo: give --algo td3'),
    ('Hopper-v3', ['gst-magnitude', '--sparsity', '0.5'], 'give --algo td3'),
    ('HalfCheetah-v3', ['gst', '--sparsity', '1'], 'must lie in 0 to 1'),
    ('HalfCheetah-v3', ['gst', '--sparsity', '-0.1'], 'must lie in 0 to 1'),
    ('HalfCheetah-v3', ['gst-magnitude', '--sparsity', '1.5'], 'must lie in 0 to 1'),
    ('HalfCheetah-v3', ['gst-magnitude'], 'needs a final sparsity: give --sparsity'),
    ('HalfCheetah-v3', ['gst', '--block-sizes', '2', '3', '1'], 'size of 3 cannot work'),
    ('HalfCheetah-v3', ['gst', '--block-sizes', '2', '8'], '2 block sizes for 3 layers'),
    ('HalfCheetah-v3', ['gst', '--block-sizes', '1', '1', '1'], 'every layer is dense'),
    ('HalfCheetah-v3', ['gst', '--block-sizes', '8', '1', '1'], 'blocks leave between hidden'),
    ('HalfCheetah-v3', ['gst-fixed', '--sparsity', '0.5'], 'no use for --sparsity'),
    ('HalfCheetah-v3', ['gst-fixed', '--grouped', '0.5'], 'no use for --grouped'),
    ('HalfCheetah-v3', ['gst', '--grouped', '1.5'], 'grouped must lie in 0 to 1'),
    ('HalfCheetah-v3', ['gst', '--target-weights', '9'], 'no use for --target-weights'),
    ('HalfCheetah-v3', ['gst', '--max-skill-loss', '0.1'], 'no use for --max-skill-loss'),
    ('HalfCheetah-v3', ['magnitude', '--block-sizes', '2'], 'no use for --block-sizes'),
    ('HalfCheetah-v3', ['gst', '--teacher', 'run'], 'run does not exist')])
def test_bad_settings_are_refused_before_anything_is_trained(
        task: str, arguments: list[str], message: str, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(['prune', task, '--method', *arguments]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and message in lines[0]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(('name', 'hidden', 'blocks'), [
    ('HalfCheetah-v3', [256, 256], (1, 8, 1)), ('HalfCheetah-v3', [64, 64, 64], (1, 8, 8, 1)),
    ('Humanoid-v3', [256, 256], (8, 8, 1))])
def test_the_defaults_fit_the_layers(name: str, hidden: list[int],
                                     blocks: tuple[int, ...]) -> None:
    task = catalogue.load_task(name)
    settings = train_settings(task.train, hidden=hidden)
    plan = Gst().settings(task, settings, False, CliOverrides())
    assert plan.block_sizes == blocks
    assert plan.total_steps == settings.total_steps == task.train['total_steps']
    Gst().initial_network(task, settings, plan).check()
    fixed = GstFixed().settings(task, settings, False, CliOverrides())
    assert fixed.sparsity == 0.0
    assert fixed.block_sizes == blocks
