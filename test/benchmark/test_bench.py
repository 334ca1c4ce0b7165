# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The record of a bench, and the table and plot that are made of it alone."""

from pathlib import Path

from PIL import Image

from drl_prune_ros.benchmark.bench import (
    bench_table,
    bench_times,
    busy,
    machine,
    make_record,
    with_nodes,
)
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
    assert '| 0.17 us' in rows[1] and '| 0.68 us' in rows[3]
    assert 'highway-fast-v0-dense: 73,216 weights' in table
    assert 'numpy 2.0, c 4.0' in table


def test_the_plot_has_what_the_record_has(tmp_path: Path) -> None:
    times = bench_times(record('policy', 'against'))
    assert [p50 for _, p50, _ in times] == [5.0, 0.17, 10.0, 0.68]
    plot_bench(record('policy', 'against'), tmp_path / 'bench.png')
    assert len(Image.open(tmp_path / 'bench.png').convert('RGB').getcolors(1 << 20) or []) > 10


def test_nodes_stand_beside_it() -> None:
    def node(runtime: str, p50_us: float) -> dict:
        usage = {'pss_mb': 47.0, 'rss_mb': 79.0, 'cpu_percent': 2.5}
        return {
            'node': {'p50_us': p50_us, 'p99_us': 1500.0, 'compute_p50_us': 70.0, **usage},
            'floor': {'p50_us': 600.0, 'p99_us': 1400.0, **usage},
            'paired_diff_p50_us': 111.4, 'runtime': runtime, 'pairs': 5000, 'lost': 0,
            'rate_hz': 20.0, 'executor': 'single_threaded'}
    found = with_nodes(record('policy'), [node('numpy', 700.0), node('onnxruntime', 750.0)])
    assert found['node']['p50_us'] == 700.0 and found['floor']['p50_us'] == 600.0
    assert found['paired_diff_p50_us'] == 111.4
    assert found['node_settings'] == {
        'runtime': 'numpy', 'pairs': 5000, 'lost': 0, 'rate_hz': 20.0,
        'executor': 'single_threaded'}
    assert [p50 for _, p50, _ in bench_times(found)] == [5.0, 0.17, 700.0, 750.0, 600.0]
    table = bench_table(found)
    for said in ('| policy node, numpy ', '| policy node, onnxruntime ', '| echo node ',
                 'median of 5,000 paired differences: 111 us', '70 us p50'):
        assert said in table


def test_a_busy_computer_is_told_apart() -> None:
    assert busy({'load_average': 1.5, 'cores': 2})
    assert not busy({'load_average': 0.5, 'cores': 2})
