# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The record of a bench, and the table and plot that are made of it alone."""

from pathlib import Path

from PIL import Image

from drl_prune_ros.benchmark.bench import bench_table, bench_times, busy, machine, make_record
from drl_prune_ros.benchmark.bench_plot import plot_bench
from drl_prune_ros.policy.policy_file import read_policy

MODELS = Path(__file__).resolve().parents[2] / 'models'
POLICIES = {'policy': read_policy(MODELS / 'highway-fast-v0-dsp.onnx'),
            'against': read_policy(MODELS / 'highway-fast-v0-dense.onnx')}
RUNTIMES = {
    label: {
        'numpy': {'p50_us': 5.0 * slow, 'p99_us': 9.0 * slow, 'rss_mb': 33.0, 'file_bytes': 4778,
                  'samples': 400},
        'c': {'p50_us': 0.17 * slow ** 2, 'p99_us': 0.25 * slow ** 2, 'rss_mb': 1.6,
              'file_bytes': 4744, 'samples': 400}}
    for label, slow in (('policy', 1.0), ('against', 2.0))}


def record(*labels: str) -> dict:
    return make_record({label: POLICIES[label] for label in labels}, RUNTIMES,
                       {'onnxruntime': 'not installed'}, machine(), {'seed': 0})


def test_the_record_of_one_policy() -> None:
    found = record('policy')
    assert found['runtimes'] == RUNTIMES['policy']
    assert found['policy']['weights'] == 528
    assert 'against' not in found and 'times_faster' not in found
    assert found['machine']['cores'] >= 1 and found['machine']['processor']
    assert 'onnxruntime: not installed' in bench_table(found)


def test_the_record_of_two_says_how_many_times_as_fast() -> None:
    found = record('policy', 'against')
    assert found['times_faster'] == {'numpy': 2.0, 'c': 4.0}
    assert found['against']['weights'] == 73_216
    table = bench_table(found)
    rows = [line for line in table.splitlines() if line.startswith('| highway')]
    assert len(rows) == 4
    assert '| 0.17 us' in rows[1] and '| 0.68 us' in rows[3] and '| 73,216 ' in rows[3]
    assert 'numpy 2.0, c 4.0' in table


def test_the_plot_has_what_the_record_has(tmp_path: Path) -> None:
    times = bench_times(record('policy', 'against'))
    assert [p50 for _, p50, _ in times] == [5.0, 0.17, 10.0, 0.68]
    plot_bench(record('policy', 'against'), tmp_path / 'bench.png')
    assert len(Image.open(tmp_path / 'bench.png').convert('RGB').getcolors(1 << 20) or []) > 10


def test_a_busy_computer_is_told_apart() -> None:
    assert busy({'load_average': 1.5, 'cores': 2})
    assert not busy({'load_average': 0.5, 'cores': 2})
