# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Train, prune and export from the command line, small."""

from collections.abc import Callable
import json
from pathlib import Path
import shutil

import pytest
from stable_baselines3 import A2C, DQN, PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import VecNormalize

from drl_prune_ros.cli.main import main
from drl_prune_ros.reporting import reference as reference_figures
from drl_prune_ros.reporting.reference import measure_dense
from drl_prune_ros.tasks import skill
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.training import export, validation


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(validation, 'VALIDATION_EPISODES', {'envpool': 8, 'gymnasium': 8})
    monkeypatch.setattr(validation, 'VALIDATIONS_PER_RUN', 2)


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Run a verb that must fail; returns its one line."""
    capsys.readouterr()
    assert main(arguments) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    return lines[0]


def test_train_export_and_inspect(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train = ['train', 'CartPole-v1', '--seed', '3', '--steps', '4096', '--final-episodes', '20',
             '--threads', '1']
    assert main(train) == 0
    run = tmp_path / 'runs' / 'CartPole-v1-dense-3'
    result = json.loads((run / 'result.json').read_text())
    assert result['weights'] == result['weights_dense'] == 4 * 256 + 256 * 256 + 256 * 2
    assert result['figures']['envpool']['episodes'] == 20
    before = (run / 'policy.onnx').read_bytes()

    assert '--resume' in refused(train, capsys)
    assert 'seed 3, not 4' in refused(
        ['train', 'CartPole-v1', '--seed', '4', '--steps', '4096', '--run', str(run),
         '--resume'], capsys)
    assert "task 'CartPole-v1'" in refused(
        ['train', 'highway-fast-v0', '--seed', '3', '--run', str(run), '--resume'], capsys)
    assert (run / 'policy.onnx').read_bytes() == before

    assert "task 'CartPole-v1', not 'highway-fast-v0'" in refused(
        ['prune', 'highway-fast-v0', '--teacher', str(run)], capsys)
    on = tmp_path / 'runs' / 'on'
    metrics = (run / 'metrics.jsonl').read_text()
    (run / 'metrics.jsonl').write_text(''.join(metrics.splitlines(keepends=True)[:1]))
    teach = ['prune', 'CartPole-v1', '--teacher', str(run)]
    assert 'has not ended: give --resume to the command that started it first' in (
        refused(teach, capsys))
    (run / 'metrics.jsonl').write_text(metrics)
    (run / 'policy.onnx').rename(run / 'gone')
    assert 'has not ended' in refused(teach, capsys)
    (run / 'gone').rename(run / 'policy.onnx')
    assert not on.exists() and len(list((tmp_path / 'runs').iterdir())) == 1
    assert main([*train, '--teacher', str(run), '--run', str(on), '--steps', '2048']) == 0
    result = json.loads((on / 'result.json').read_text())
    assert result['cost']['environment_steps'] == 4096 + 2048, 'the steps of the teacher count too'
    assert result['provenance']['run_steps'] == 4096 + 2048
    assert 's of training of this run;' in capsys.readouterr().out
    dense = measure_dense(load_task('CartPole-v1'), 'envpool', 5, [on / 'policy.onnx'])
    assert dense['policies'][0]['run_steps'] == 4096 + 2048
    assert 'is a run with teacher.' in refused(
        ['train', 'CartPole-v1', '--seed', '3', '--steps', '2048', '--run', str(on), '--resume',
         '--teacher', str(on)], capsys)

    out = tmp_path / 'out.onnx'
    assert main(['export', str(run), '--output', str(out)]) == 0
    assert 'exists and is kept' in refused(
        ['export', str(run), '--output', str(out)], capsys)
    kept = tmp_path / 'kept.json'
    kept.write_text('mine')
    assert 'exists and is kept' in refused(
        ['export', str(run), '--output', 'other.onnx', '--result', str(kept)], capsys)
    assert kept.read_text() == 'mine' and not (tmp_path / 'other.onnx').exists()
    (run / 'best').rename(run / 'was_best')
    for model in run.glob('checkpoints/*/model.zip'):
        model.write_bytes(model.read_bytes()[:3000])
    capsys.readouterr()
    assert main(['export', str(run), '--output', 'other.onnx']) == 2
    assert 'model.zip is not what was written' in capsys.readouterr().err
    assert main(['inspect', str(out), '--json']) == 0
    assert json.loads(capsys.readouterr().out)['weights_left'] == 1.0


def test_a_model_trained_elsewhere_is_pruned(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    env = VecNormalize(make_vec_env('CartPole-v1', 2))
    model = PPO('MlpPolicy', env, n_steps=256, batch_size=256)   # 64-64, tanh
    model.learn(2048)
    model.save(tmp_path / 'mine.zip')
    env.save(str(tmp_path / 'mine.pkl'))
    prune = ['prune', 'CartPole-v1', '--teacher', 'mine.zip', '--steps', '16384',
             '--statistics', 'mine.pkl', '--target-weights', '200', '--final-episodes', '20',
             '--threads', '1']
    assert 'was trained by ppo' in refused([*prune, '--algo', 'dqn'], capsys)
    assert not (tmp_path / 'runs').exists()
    capsys.readouterr()
    assert main([*prune, '--json']) == 0
    told = json.loads(capsys.readouterr().out)
    run = next((tmp_path / 'runs').iterdir())
    result = json.loads((run / 'result.json').read_text())
    assert (told['policy'], told['result']) == tuple(
        str(run.relative_to(tmp_path) / name) for name in ('policy.onnx', 'result.json'))
    assert told['cost'] == result['cost'] and 'skill' in told['figures']['envpool']
    assert result['cost']['environment_steps'] == 16384 + 2048
    assert result['weights'] <= 4 * 64 + 64 * 64 + 64 * 2
    assert main(['inspect', str(run / 'policy.onnx'), '--json']) == 0
    (tmp_path / 'mine.zip').unlink()
    DQN('MlpPolicy', 'CartPole-v1').save(tmp_path / 'mine.zip')
    assert refused([*prune, '--resume', '--run', str(run)], capsys)


def test_any_learner_trains_from_its_own_defaults(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str]) -> None:
    parity, played = export.parity_observations, []
    monkeypatch.setattr(export, 'parity_observations',
                        lambda *a: (played.append(a), parity(*a))[1])
    assert main(['train', 'CartPole-v1', '--algo', 'dqn', '--steps', '6000',
                 '--final-episodes', '20', '--threads', '1', '--json']) == 0
    result = json.loads(capsys.readouterr().out)
    assert result['weights'] == 4 * 256 + 256 * 256 + 256 * 2
    assert len(played) == 1

    monkeypatch.setattr(skill, 'config_dir', lambda: tmp_path)
    played = []
    play = reference_figures.final_figures
    monkeypatch.setattr(reference_figures, 'final_figures',
                        lambda *a: (played.append(a), play(*a))[1])
    measure = ['reference', 'CartPole-v1', '--dense', result['policy'], '--episodes', '10']
    monkeypatch.setattr(skill, 'CLEAR', 1e9)   # which no policy stands above its floor
    assert 'train a policy that stands clearly above it' in refused(measure, capsys)
    assert not list(tmp_path.glob('references/*'))
    monkeypatch.setattr(skill, 'CLEAR', -1e9)
    played.clear()
    assert main(measure) == 0
    assert len(played) == 1
    capsys.readouterr()
    assert main(['reference', 'CartPole-v1', '--dense', result['policy'], '--episodes', '20',
                 '--json']) == 0
    assert len(played) == 1, 'the run has played these episodes'
    reference = json.loads(capsys.readouterr().out)
    written = json.loads(Path(reference['reference']).read_text())['engines']['envpool']
    assert {name: written[name] for name in ('floor', 'dense')} == {
        name: reference[name] for name in ('floor', 'dense')}
    assert reference['dense']['policies'][0]['sha256'] == result['sha256']
    assert reference['dense']['return_mean'] == result['figures']['envpool']['return_mean']

    # A policy may lie beside a file of that name which is none of this program's.
    (tmp_path / 'copied').mkdir()
    copied = shutil.copy(result['policy'], tmp_path / 'copied')
    (tmp_path / 'copied' / 'result.json').write_text('{"version": "2.0"}')
    assert main(['reference', 'CartPole-v1', '--dense', copied, '--episodes', '20']) == 0
    assert len(played) == 2


@pytest.mark.parametrize(('make', 'message'), [
    (lambda: A2C('MlpPolicy', 'CartPole-v1'), 'was not saved by PPO, DQN, TD3 or SAC'),
    (lambda: PPO('MlpPolicy', 'Acrobot-v1'), 'give a teacher of this task'),
    (lambda: PPO('MlpPolicy', 'CartPole-v1', policy_kwargs={'net_arch': []}), 'no hidden layer'),
    (None, 'is not a model that Stable-Baselines3 saved'),
])
def test_a_teacher_that_does_not_fit_leaves_no_run_behind(
        make: Callable[[], BaseAlgorithm] | None, message: str, tmp_path: Path,
        capsys: pytest.CaptureFixture[str]) -> None:
    if make:
        make().save(tmp_path / 'mine.zip')
    else:
        (tmp_path / 'mine.zip').write_text('nothing')
    for verb in ('train', 'prune'):
        assert message in refused([verb, 'CartPole-v1', '--teacher', 'mine.zip'], capsys)
    assert not (tmp_path / 'runs').exists()


@pytest.mark.parametrize(('arguments', 'message'), [
    (['train', 'no-such-task'], 'unknown task'),
    (['train', 'CartPole-v1', '--seed', '5000'], 'outside 1 to 1999'),
    (['train', 'CartPole-v1', '--algo', 'td3'], 'td3 does not learn discrete actions'),
    (['train', 'CartPole-v1', '--teacher', 'gone.zip'], 'gone.zip does not exist'),
    (['prune', 'highway-fast-v0', '--target-weights', '3'], 'below one unit per layer'),
    (['export', 'nowhere', '--output', 'a.onnx'], 'is not a run folder'),
    (['train', 'CartPole-v1', '--final-episodes', '0'], '--final-episodes must be at least 1'),
    (['train', 'CartPole-v1', '--run', '/dev/null/run'], 'cannot use /dev/null/run'),
    (['reference', 'CartPole-v1', '--dense', 'a.onnx', '--episodes', '-1'], 'must be at least 1'),
    (['report', '--results', 'nowhere'], 'no result file'),
])
def test_bad_input_is_one_line_and_leaves_nothing(
        arguments: list[str], message: str, tmp_path: Path,
        capsys: pytest.CaptureFixture[str]) -> None:
    assert message in refused(arguments, capsys)
    assert not list(tmp_path.rglob('policy.onnx'))
