# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A network that was written is read back bit for bit."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drl_prune_ros.policy.errors import PolicyFileError
from drl_prune_ros.policy.network_reader import read_network
from drl_prune_ros.policy.onnx_reader import OnnxGraph
from drl_prune_ros.policy.policy_file import read_policy, write_policy

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


def test_another_graph_is_refused(make_policy: Callable[..., Any], tmp_path: Path) -> None:
    write_policy(tmp_path / 'a.onnx', *make_policy(3, widths=(6, 5, 3)))
    policy = read_policy(tmp_path / 'a.onnx')
    renamed = {f'other_{name}': value for name, value in policy.graph.initializers.items()}
    graph = OnnxGraph(policy.graph.nodes, renamed, policy.graph.inputs, policy.graph.outputs)
    with pytest.raises(PolicyFileError, match='another graph than drl-prune writes'):
        read_network(replace(policy, graph=graph))
