# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A network that was written is read back bit for bit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from drl_prune_ros.policy.network_reader import read_network
from drl_prune_ros.policy.parity import check_parity
from drl_prune_ros.policy.policy_file import parse_policy, write_policy
from drl_prune_ros.policy.runtime import load_runtime, RUNTIMES

KINDS: list[dict[str, Any]] = [
    {'widths': (6, 5, 4, 3)}, {'widths': (6, 3), 'output': 'tanh'},
    {'widths': (6, 5, 3), 'activation': 'tanh', 'output': 'tanh'},
    {'widths': (6, 5, 3), 'activation': 'tanh', 'output': 'clip', 'normalizer': True},
    {'widths': (4, 5, 3), 'size': 9, 'normalizer': True, 'clip': 5.0}]


@pytest.mark.parametrize('kind', KINDS)
def test_a_network_is_read_as_it_was_written(
        kind: dict[str, Any], make_policy: Callable[..., Any], tmp_path: Path) -> None:
    network, manifest = make_policy(3, **kind)
    read = read_network(write_policy(tmp_path / 'a.onnx', network, manifest))
    for (weight, bias), (again, bias_again) in zip(network.layers, read.layers, strict=True):
        assert np.array_equal(weight, again) and np.array_equal(bias, bias_again)
    for name in ('output', 'inputs', 'observation_clip', 'widths'):
        assert getattr(read, name) == getattr(network, name)
    if len(network.layers) > 1:
        assert read.activation == network.activation
    for name in ('low', 'high'):
        assert np.array_equal(getattr(read, name), getattr(network, name))
    used = list(network.inputs or range(network.widths[0]))
    for name in ('observation_mean', 'observation_std'):
        was, now = getattr(network, name), getattr(read, name)
        assert (was is None) == (now is None)
        if was is not None:
            assert np.array_equal(was[used], now[used])


def test_constants_are_read_by_their_place_as_runtimes_do(
        make_policy: Callable[..., Any], resealed: Callable[..., bytes], tmp_path: Path) -> None:
    """Two layers of one shape whose constants are called by each other's name."""
    network, manifest = make_policy(3, widths=(4, 4, 4))
    write_policy(tmp_path / 'a.onnx', network, manifest)
    model = onnx.load(tmp_path / 'a.onnx')
    swap = {'weight_0': 'weight_1', 'weight_1': 'weight_0'}
    for constant in model.graph.initializer:
        constant.name = swap.get(constant.name, constant.name)
    for node in model.graph.node:
        node.input[:] = [swap.get(name, name) for name in node.input]
    policy = parse_policy(tmp_path / 'a.onnx', resealed(model))
    read = read_network(policy)
    for (weight, _), (again, _) in zip(network.layers, read.layers, strict=True):
        assert np.array_equal(weight, again)
    x = np.random.default_rng(0).normal(size=(9, 4))
    check_parity({kind: load_runtime(policy, kind).outputs(x) for kind in RUNTIMES})
