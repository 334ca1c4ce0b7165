# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""drl-prune demo, small: its stages, its files, its table, and the same policy every time."""

from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import replace
import io
import json
import os
from pathlib import Path
import subprocess
import sys
from typing import Any

import pytest

from drl_prune_ros.benchmark import inference
from drl_prune_ros.cli import demo_run, demo_training
from drl_prune_ros.cli.demo_run import DemoSettings, run_demo
from drl_prune_ros.cli.demo_stages import Stages
from drl_prune_ros.cli.demo_training import SHORT
from drl_prune_ros.cli.main import main
from drl_prune_ros.policy.network_reader import read_network
from drl_prune_ros.policy.policy_file import read_policy
from drl_prune_ros.policy.sha256 import sha256
from drl_prune_ros.tasks.catalogue import load_task, Task
from drl_prune_ros.tasks.skill import load_reference
from drl_prune_ros.training.export import export_run

MODELS = Path(__file__).resolve().parents[2] / 'models'
DENSE = read_policy(MODELS / 'highway-fast-v0-dense.onnx')
TARGET = 20_000
TINY = DemoSettings(
    seed=3, episodes=24, driven=1, pruning=replace(
        SHORT, total_steps=8192, target_weights=TARGET, ramp=(0.0, 0.5), decisions=1,
        distillation_steps=100))
# One decision of pruning, between rollouts of 1,024 steps.
SMALL_ROLLOUTS = {'num_envs': 16, 'n_steps': 64, 'batch_size': 256, 'n_epochs': 2,
                  'validation_episodes': 40}
SCRIPT = """
import importlib.util
from pathlib import Path
import sys

spec = importlib.util.spec_from_file_location('demo_test', sys.argv[1])
demo_test = importlib.util.module_from_spec(spec)
spec.loader.exec_module(demo_test)
print(demo_test.digest(Path(sys.argv[2]), int(sys.argv[3])))
"""


def small(task: str) -> Task:
    full = load_task(task)
    return replace(full, train={**full.train, **SMALL_ROLLOUTS})


def digest(folder: Path, seed: int) -> str:
    """Prune with this seed; returns the weights of the policy and a digest of all of them."""
    _, runs = demo_run.train_policies(
        folder, small('highway-fast-v0'), replace(TINY, seed=seed), Stages([('prune', 1.0)]))
    network = read_network(export_run(runs['shrunk']))
    values = b''.join(part.tobytes() for layer in network.layers for part in layer)
    return f'{network.widths} {network.inputs} {sha256(values)}'


def headings(output: str) -> list[str]:
    return [line for line in output.splitlines() if line[:1].isdigit()]


def cells(table: str) -> dict[str, list[str]]:
    """Return the rows of a Markdown table by their first cell."""
    rows = [[cell.strip() for cell in line.strip('|').split('|')]
            for line in table.splitlines() if line.startswith('|')]
    return {row[0]: row[1:] for row in rows}


@pytest.fixture(scope='module')
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, str]]:
    """Run the demo once; gives its folder, what it printed, and what it returned."""
    folder = tmp_path_factory.mktemp('demo') / 'new'
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(printed):
        patch.setattr(demo_run, 'load_task', small)
        yield folder, *run_and_read(folder, printed)


def run_and_read(folder: Path, printed: io.StringIO) -> tuple[str, str]:
    returned = run_demo(folder, TINY)
    return printed.getvalue(), returned


def test_each_stage_has_a_heading_with_the_time_left(demo: tuple[Path, str, str]) -> None:
    _, printed, _ = demo
    lines = headings(printed)
    assert [line.split()[0] for line in lines] == ['1/4', '2/4', '3/4', '4/4']
    assert all(line.endswith(' left in all)') for line in lines)
    assert 'prune' in lines[0] and f'73,216 to {TARGET:,} weights' in lines[0]
    assert 'evaluate' in lines[1] and '24 episodes' in lines[1]
    assert 'C' in lines[2] and 'ROS 2' in lines[3]


def test_every_pruning_decision_is_told(demo: tuple[Path, str, str]) -> None:
    folder, printed, _ = demo
    rows = [json.loads(line)
            for line in (folder / 'shrunk' / 'metrics.jsonl').read_text().splitlines()]
    decisions = [row for row in rows if 'budget' in row]
    assert decisions
    for row in decisions:
        assert any(f'{row["step"]:,} ' in line and f' {row["weights"]:,} weights' in line
                   for line in printed.splitlines())
    assert '  chosen: step ' in printed


def test_the_files_are_there_and_fit_together(demo: tuple[Path, str, str]) -> None:
    folder, _, returned = demo
    policy = read_policy(folder / 'shrunk' / 'policy.onnx')
    assert policy.manifest.weights <= TARGET
    assert policy.manifest.provenance['teacher']['policy'] == DENSE.sha256
    result = json.loads((folder / 'shrunk' / 'result.json').read_text())
    assert result['sha256'] == policy.sha256
    figures = result['figures']['compiled']
    assert (figures['episodes'], figures['first_seed']) == (24, 200_000_000)
    assert figures['beside']['sha256'] == DENSE.sha256
    for name in ('drive.mp4', 'training.png', 'table.md'):
        assert (folder / name).stat().st_size > 100
        assert str(folder / name) in returned
    assert DENSE.path.name in returned and str(policy.path) in returned
    assert returned.endswith(f'sha256 {policy.sha256}')


def test_the_table_has_both_and_the_ratio(demo: tuple[Path, str, str]) -> None:
    folder, _, returned = demo
    table = (folder / 'table.md').read_text()
    assert table.strip() in returned
    rows = cells(table)
    assert rows[''] == ['dense', 'shrunk', 'dense / shrunk']
    policy = read_policy(folder / 'shrunk' / 'policy.onnx')
    weights = policy.manifest.weights
    assert rows['weights'] == ['73,216', f'{weights:,}', f'{73_216 / weights:.1f}']
    assert rows['file'][:2] == [f'{DENSE.file_bytes:,} bytes', f'{policy.file_bytes:,} bytes']
    dense_mb, shrunk_mb, ratio = rows['memory of the policy node (PSS)']
    assert float(ratio) == pytest.approx(
        float(dense_mb.split()[0]) / float(shrunk_mb.split()[0]), abs=0.06)
    if inference.compiler():
        assert all(cell.endswith(' us') for cell in rows['one inference in C'][:2])
    figures = json.loads(
        (folder / 'shrunk' / 'result.json').read_text())['figures']['compiled']
    assert rows['return'][1] == f'{figures["return_mean"]:.2f}'
    dense_return = figures['return_mean'] - figures['beside']['difference_mean']
    assert rows['return'][0] == f'{dense_return:.2f}'
    reference = load_reference('highway-fast-v0', 'envpool')
    skill = (figures['return_mean'] - reference.floor) / (dense_return - reference.floor)
    assert rows['skill'][0] == '1' and rows['skill'][1].startswith(f'{skill:.3f} ± ')
    assert '24 episodes, the same for both' in rows['lossless'][2]


def test_without_a_compiler_the_time_is_not_measured(monkeypatch: pytest.MonkeyPatch,
                                                     capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(inference, 'compiler', lambda: None)
    assert demo_run._time_c({'dense': DENSE, 'shrunk': DENSE}) == {'dense': None, 'shrunk': None}
    assert 'apt install gcc' in capsys.readouterr().out


@pytest.mark.timeout(300)   # two processes and three runs, on a machine that is busy besides
def test_the_same_seed_gives_the_same_policy_whatever_else_runs(tmp_path: Path) -> None:
    alone = digest(tmp_path / 'alone', 3)
    # In a process of its own beside a busy one, with other hashes and as many threads as it likes.
    environment = {**os.environ, 'PYTHONHASHSEED': '4711'}
    environment.pop('OMP_NUM_THREADS', None)
    busy = subprocess.Popen([sys.executable, '-c', 'while True: pass'])
    try:
        crowded = subprocess.run(
            [sys.executable, '-c', SCRIPT, __file__, str(tmp_path / 'crowded'), '3'],
            env=environment, capture_output=True, text=True, timeout=100, check=False)
    finally:
        busy.kill()
        busy.wait()
    assert crowded.returncode == 0, crowded.stderr
    assert crowded.stdout.splitlines()[-1] == alone
    assert digest(tmp_path / 'other', 4) != alone


def test_from_scratch_trains_the_dense_policy_too(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(demo_run, 'load_task', small)
    # In so few steps a dense policy is not better than one that does not look.
    measured: list[Any] = []

    def measure(task: Task, settings: Any, teacher: Path, steps: int) -> Any:
        measured.append((teacher, steps))
        return load_reference(task.id, task.engine)
    monkeypatch.setattr(demo_training, 'measure', measure)
    folder = tmp_path / 'long'
    returned = run_demo(folder, replace(TINY, from_scratch=True, steps=4096))
    lines = headings(capsys.readouterr().out)
    assert [line.split()[0] for line in lines] == ['1/5', '2/5', '3/5', '4/5', '5/5']
    assert 'train a dense policy, 4,096 steps' in lines[0]
    [(teacher, steps)] = measured
    assert teacher.is_relative_to(folder / 'dense') and steps == 4096
    for name in ('dense', 'shrunk'):
        assert str(folder / name / 'policy.onnx') in returned
        manifest = read_policy(folder / name / 'policy.onnx').manifest
        assert manifest.provenance['run_steps'] == 4096, 'both got the same steps'
    figures = json.loads(
        (folder / 'shrunk' / 'result.json').read_text())['figures']['compiled']
    assert figures['beside']['sha256'] == read_policy(folder / 'dense' / 'policy.onnx').sha256


def test_the_first_line_does_not_wait_for_torch() -> None:
    code = ("import sys; from drl_prune_ros.cli import demo; "
            "sys.exit('torch' in sys.modules or 'envpool' in sys.modules)")
    assert subprocess.run([sys.executable, '-c', code], check=False).returncode == 0


@pytest.mark.parametrize('arguments, told', [
    (['--steps', '1000000'], '--steps goes with --from-scratch'),
    (['--from-scratch', '--steps', '1000'], 'too short to learn anything'),
    (['--seed', '2000'], 'training seed 2000 is outside 1 to 1999'),
    (['--folder', '.'], 'exists and is kept'),
])
def test_what_cannot_be_done_is_one_line(
        arguments: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'kept').touch()
    assert main(['demo', *arguments]) == 2
    captured = capsys.readouterr()
    [line] = captured.err.strip().splitlines()
    assert told in line
    assert not headings(captured.out)
    assert [path.name for path in tmp_path.iterdir()] == ['kept']
