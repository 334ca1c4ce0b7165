# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""`drl-prune bench` prints what it measured, and keeps it."""

import json
from pathlib import Path
import subprocess
import sys

import pytest
import tqdm  # noqa: F401 - the verb needs it

from drl_prune_ros.benchmark import inference
from drl_prune_ros.cli import bench
from drl_prune_ros.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / 'models/CartPole-v1-dsp.onnx'


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    measure = inference.measure_runtimes
    monkeypatch.setattr(
        bench, 'measure_runtimes', lambda *arguments: measure(*arguments, rounds=1))


def test_json_plot_and_record_are_of_one_measurement(
        tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    plot, kept = tmp_path / 'bench.png', tmp_path / 'new/bench.json'
    assert main(['bench', str(MODEL), '--json', '--plot', str(plot), '--output', str(kept)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == json.loads(kept.read_text())
    assert {'p50_us', 'p99_us', 'rss_mb'} <= set(found['runtimes']['numpy'])
    assert found['policy']['name'] == 'CartPole-v1-dsp' and found['provenance']['versions']
    assert plot.read_bytes().startswith(b'\x89PNG')


def test_the_table_is_for_people(capsys: pytest.CaptureFixture) -> None:
    assert main(['bench', str(MODEL)]) == 0
    out = capsys.readouterr().out
    assert '| CartPole-v1-dsp, numpy ' in out and 'CartPole-v1-dsp: 6 weights' in out


def test_the_node_is_timed_too(capsys: pytest.CaptureFixture) -> None:
    policy = str(ROOT / 'models/highway-fast-v0-dsp.onnx')
    arguments = ['--node', '--pairs', '100', '--rate', '200', '--json']
    assert main(['bench', policy, *arguments]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {'p50_us', 'p99_us', 'pss_mb', 'compute_p50_us'} <= set(found['node'])
    assert {'p50_us', 'p99_us', 'pss_mb'} <= set(found['floor'])
    assert isinstance(found['paired_diff_p50_us'], float)
    assert set(found['nodes']) == set(found['runtimes']) - {'numpy', 'c'}


@pytest.mark.parametrize('option', [('--pairs', '0'), ('--rate', '0'), ('--rate', '5000')])
def test_what_cannot_be_measured_is_refused(
        option: tuple[str, str], capsys: pytest.CaptureFixture) -> None:
    assert main(['bench', str(MODEL), *option]) == 2
    assert '--pairs must be at least 1, and --rate' in capsys.readouterr().err


def test_files_that_exist_are_kept(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    (tmp_path / 'a').write_text('mine')
    for option in ('--plot', '--output'):
        assert main(['bench', str(MODEL), option, str(tmp_path / 'a')]) == 2
        assert 'exists and is kept' in capsys.readouterr().err
    assert (tmp_path / 'a').read_text() == 'mine'


def test_it_needs_no_training_library() -> None:
    """It is for the computer of a vehicle, which has none."""
    program = 'import sys, drl_prune_ros.cli.bench; print(*sys.modules)'
    loaded = set(subprocess.run(
        [sys.executable, '-c', program], cwd=ROOT, check=True, timeout=60,
        stdout=subprocess.PIPE, text=True).stdout.split())
    assert not loaded & {'torch', 'onnx', 'gymnasium', 'stable_baselines3', 'matplotlib', 'rclpy',
                         'onnxruntime'}
