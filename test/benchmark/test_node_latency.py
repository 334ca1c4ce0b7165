# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The policy node and the echo node answer the same inputs in turn, and both are timed."""

import math
from pathlib import Path
import subprocess
import sys

import numpy as np
import pytest

from drl_prune_ros.benchmark.node_latency import (
    EXECUTORS,
    measure_node,
    node_figures,
    NodeSettings,
)
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.nodes.common.process import EXECUTOR
from drl_prune_ros.policy.policy_file import read_policy

ROOT = Path(__file__).resolve().parents[2]


def test_both_nodes_are_timed_and_weighed() -> None:
    executor = 'events'   # the other is the default, which the command is tested with
    told: list[tuple[int, int]] = []
    found = measure_node(
        read_policy(ROOT / 'models/highway-fast-v0-dsp.onnx'),
        NodeSettings(pairs=200, rate_hz=100.0, executor=executor),
        lambda *done: told.append(done))
    assert found['pairs'] + found['lost'] == 200 and found['pairs'] >= 198
    for who in ('node', 'floor'):
        assert 0 < found[who]['p50_us'] <= found[who]['p99_us']
        # A process of rclpy, and of no training library.
        assert 10 < found[who]['pss_mb'] <= found[who]['rss_mb'] < 200
        assert found[who]['cpu_percent'] > 0
    assert 0 < found['node']['compute_p50_us'] < found['node']['p50_us']
    assert math.isfinite(found['paired_diff_p50_us'])
    assert found['executor'] == executor
    assert told[-1][1] == 200


def test_a_policy_that_no_vehicle_can_serve_is_one_clear_line() -> None:
    with pytest.raises(DrlPruneError, match=r"needs actions of kind 'discrete'.*another policy"):
        measure_node(read_policy(ROOT / 'models/CartPole-v1-dsp.onnx'), NodeSettings(pairs=1),
                     lambda *_: None)


def report(policy: list, echo: list) -> dict:
    usage = {'pss_mb': 40.0, 'rss_mb': 70.0, 'cpu_percent': 2.0, 'pss_mb_per_10000': 0.01}
    return {'policy': {'latencies_us': policy, **usage}, 'echo': {'latencies_us': echo, **usage},
            'compute_us': [50.0, 60.0, 70.0]}


def test_differences_are_of_pairs() -> None:
    """The medians here are equal; only pair by pair does the node take longer."""
    random = np.random.default_rng(0)
    floor = random.uniform(500, 5000, 999)
    found = node_figures(report((floor + 100).tolist(), floor.tolist()), NodeSettings())
    assert found['paired_diff_p50_us'] == pytest.approx(100)
    assert found['floor']['p50_us'] == pytest.approx(np.median(floor))
    assert found['node']['p99_us'] == pytest.approx(np.percentile(floor, 99) + 100)
    assert found['node']['compute_p50_us'] == 60.0


def test_a_pair_that_lost_an_answer_does_not_count_and_many_are_refused() -> None:
    policy, echo = [1000.0] * 200, [900.0] * 200
    policy[3] = echo[7] = None  # type: ignore[call-overload]
    found = node_figures(report(policy, echo), NodeSettings())
    assert (found['pairs'], found['lost']) == (198, 2)
    echo[8] = None  # type: ignore[call-overload]
    with pytest.raises(DrlPruneError, match='3 of 200 pairs were not answered'):
        node_figures(report(policy, echo), NodeSettings())


def test_the_executors_are_those_of_the_nodes() -> None:
    assert EXECUTORS == EXECUTOR.choices and EXECUTORS[0] == EXECUTOR.default


def test_the_echo_node_is_light() -> None:
    program = 'import sys, drl_prune_ros.benchmark.nodes.echo_node; print(*sys.modules)'
    loaded = set(subprocess.run(
        [sys.executable, '-c', program], cwd=ROOT, check=True, timeout=60,
        stdout=subprocess.PIPE, text=True).stdout.split())
    assert not loaded & {'torch', 'onnx', 'onnxruntime', 'gymnasium', 'matplotlib', 'psutil',
                         'drl_prune_ros.policy', 'drl_prune_ros.control'}
