# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Runtimes are timed in processes of their own, and in C from within."""

from itertools import pairwise
from pathlib import Path
import shutil
import sys
from typing import Any

import numpy as np
import psutil
import pytest

from drl_prune_ros.benchmark import inference
from drl_prune_ros.benchmark.inference import measure_runtimes, SAMPLES, Worker
from drl_prune_ros.benchmark.inference_c import compile_policy, compiler
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.policy_file import read_policy

MODELS = Path(__file__).resolve().parents[2] / 'models'
SMALL = read_policy(MODELS / 'highway-fast-v0-dsp.onnx')
DENSE = read_policy(MODELS / 'highway-fast-v0-dense.onnx')


def test_every_runtime_of_both_policies_is_measured() -> None:
    import onnxruntime  # noqa: F401 - one of them

    told: list[Any] = []
    before = psutil.Process().children()   # such as what multiprocessing begins once for all
    figures, missing = measure_runtimes(
        {'policy': SMALL, 'against': DENSE}, lambda *done: told.append(done), rounds=3)
    assert told == [(1, 3), (2, 3), (3, 3)]
    kinds = {'numpy', 'onnxruntime', 'c'} - set(missing)
    assert set(figures['policy']) == set(figures['against']) == kinds
    for each in figures.values():
        for kind in kinds:
            assert 0 < each[kind]['p50_us'] <= each[kind]['p99_us']
            assert each[kind]['samples'] == 3 * SAMPLES
        assert each['numpy']['file_bytes'] == each['onnxruntime']['file_bytes']
        # A process that holds what it runs, and nothing of the others.
        assert 10 < each['numpy']['rss_mb'] < each['onnxruntime']['rss_mb']
    assert figures['policy']['numpy']['file_bytes'] == SMALL.file_bytes
    if 'c' in kinds:
        # 528 weights against 73,216: this much cannot be noise.
        assert figures['policy']['c']['p50_us'] * 3 < figures['against']['c']['p50_us']
        assert figures['policy']['c']['file_bytes'] * 10 < figures['against']['c']['file_bytes']
        assert figures['policy']['c']['rss_mb'] < 10
    assert not [child for child in psutil.Process().children()
                if child not in before and child.status() != 'zombie']


def test_what_is_not_installed_is_left_out_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inference, 'compiler', lambda: None)
    monkeypatch.setattr(inference.importlib.util, 'find_spec', lambda name: None)
    figures, missing = measure_runtimes({'policy': SMALL}, lambda *_: None, rounds=1)
    assert set(figures['policy']) == {'numpy'}
    assert 'pip install' in missing['onnxruntime'] and 'apt install gcc' in missing['c']


def test_only_the_runtimes_that_were_asked_for_are_measured(
        monkeypatch: pytest.MonkeyPatch) -> None:
    figures, missing = measure_runtimes(
        {'policy': SMALL}, lambda *_: None, rounds=1, kinds=['numpy'])
    assert set(figures['policy']) == {'numpy'} and not missing
    monkeypatch.setattr(inference, 'compiler', lambda: None)
    figures, missing = measure_runtimes({'policy': SMALL}, lambda *_: None, rounds=1, kinds=['c'])
    assert not figures['policy'] and set(missing) == {'c'}


@pytest.mark.parametrize('gone', [False, True])
def test_a_process_that_gives_up_is_one_clear_line(gone: bool, tmp_path: Path) -> None:
    """Whether it goes before it is asked, so that nobody reads, or when it is."""
    ask = '' if gone else 'input(); '
    script = f'import sys; {ask}sys.exit("out of cheese")'
    before = psutil.Process().children()
    with Worker('numpy', [sys.executable, '-c', script], 0, tmp_path) as worker:
        if gone:
            psutil.wait_procs(
                [child for child in psutil.Process().children() if child not in before],
                timeout=60)
        with pytest.raises(DrlPruneError, match='the runtime numpy gave up: it said out of chee'):
            worker.sample(10)


@pytest.mark.skipif(compiler() is None, reason='there is no C compiler')
def test_the_c_program_reads_its_observations(tmp_path: Path) -> None:
    program, size = compile_policy(SMALL, 4, tmp_path)
    assert size == (tmp_path / 'policy.o').stat().st_size
    with Worker('c', [str(program), str(tmp_path / 'nowhere')], 0, tmp_path) as worker:
        with pytest.raises(DrlPruneError, match='the observations cannot be read'):
            worker.sample(10)


@pytest.mark.skipif(compiler() is None, reason='there is no C compiler')
def test_time_in_c_grows_with_the_network(tmp_path: Path) -> None:
    medians = []
    for policy in (read_policy(MODELS / 'CartPole-v1-dsp.onnx'), SMALL, DENSE):
        size = policy.manifest.observation.size
        folder = tmp_path / policy.path.stem
        folder.mkdir()
        program, _ = compile_policy(policy, 4, folder)
        np.zeros((4, size), np.float32).tofile(folder / 'observations')
        with Worker('c', [str(program), str(folder / 'observations')], 0, folder) as worker:
            worker.sample(200)
            medians.append(worker.figures()['p50_us'])
    assert all(b > 2 * a for a, b in pairwise(medians)), medians


def test_a_compiler_that_fails_is_one_clear_line(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which('false') is None:
        pytest.skip('there is no command that fails')
    monkeypatch.setattr('drl_prune_ros.benchmark.inference_c.COMPILER', 'false')
    with pytest.raises(DrlPruneError, match='false cannot compile the policy: it said nothing'):
        compile_policy(SMALL, 4, tmp_path)
