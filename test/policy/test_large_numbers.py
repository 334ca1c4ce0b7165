# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A feature that is large beside what it varies by is normalized as exactly as any other."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
import shutil
import subprocess
from typing import Any

import numpy as np
import pytest

from drl_prune_ros.cli.main import main
from drl_prune_ros.policy.network import MlpNetwork
from drl_prune_ros.policy.network_reader import read_network
from drl_prune_ros.policy.policy_file import read_policy, write_policy
from drl_prune_ros.policy.runtime import load_runtime, RUNTIMES

MEANS = np.array([101_325.004, 9.81, 0.3, 5.2e6 + 0.3])
SPREADS = np.array([100.0, 0.01, 1.0, 50.0])
MODELS = sorted((Path(__file__).parents[2] / 'models').glob('*.onnx'))


def large(make_policy: Callable[..., Any]) -> tuple[MlpNetwork, Any]:
    """Return a network that shows its normalized observation: a layer of ones."""
    network, manifest = make_policy(3, widths=(4, 4), output='clip', normalizer=True)
    bounds = (-50.0,) * 4, (50.0,) * 4
    return replace(
        network, layers=((np.eye(4), np.zeros(4)),), observation_mean=MEANS,
        observation_std=SPREADS, low=bounds[0], high=bounds[1]), replace(
        manifest, action=replace(manifest.action, low=bounds[0], high=bounds[1]))


@pytest.mark.reaction('large numbers', 'a pressure of 101325 +- 100, a constant, map coordinates',
                      'normalized with a mean of two float32: exact in every runtime and in C')
@pytest.mark.parametrize('kind', RUNTIMES)
def test_it_is_exact_in_every_runtime(
        kind: str, make_policy: Callable[..., Any], tmp_path: Path) -> None:
    network, manifest = large(make_policy)
    write_policy(tmp_path / 'a.onnx', network, manifest)
    seen = (MEANS + SPREADS * np.random.default_rng(0).normal(size=(200, 4))).astype(np.float32)
    exact = (seen.astype(np.float64) - MEANS) / SPREADS.astype(np.float32)
    told = load_runtime(tmp_path / 'a.onnx', kind).outputs(seen)['action']
    assert np.abs(told - exact).max() < 2e-6
    rounded = (seen - MEANS.astype(np.float32)) / SPREADS.astype(np.float32)
    assert np.abs(rounded - exact).max() > 2e-5, 'one float32 is not enough here'


@pytest.mark.skipif(shutil.which('cc') is None, reason='there is no C compiler')
def test_it_is_exact_in_c(make_policy: Callable[..., Any], tmp_path: Path) -> None:
    network, manifest = large(make_policy)
    policy = tmp_path / 'a.onnx'
    write_policy(policy, network, manifest)
    assert main(['export', str(policy), '--format', 'c', '--output', str(tmp_path / 'a.c')]) == 0
    header = next(tmp_path.glob('*.h'), None)
    name = next(line.split('(')[0].split()[-1] for line in (
        header or tmp_path / 'a.c').read_text().splitlines() if 'observation' in line and '(' in
        line and not line.lstrip().startswith(('*', '/')))
    seen = (MEANS + SPREADS).astype(np.float32)
    numbers = ', '.join(f'{float(value)!r}f' for value in seen)
    include = f'#include "{header.name}"' if header else f'void {name}(const float *, float *);'
    (tmp_path / 'main.c').write_text(
        f'#include <stdio.h>\n{include}\nint main(void) {{\n'
        f'  const float observation[4] = {{{numbers}}}; float action[4];\n'
        f'  {name}(observation, action);\n'
        '  for (int i = 0; i < 4; i++) printf("%.9g\\n", action[i]);\n  return 0;\n}\n')
    subprocess.run(['cc', '-std=c99', '-o', 'a', 'a.c', 'main.c', '-lm'], cwd=tmp_path, check=True)
    done = subprocess.run([str(tmp_path / 'a')], capture_output=True, text=True, check=True)
    exact = (seen.astype(np.float64) - MEANS) / SPREADS.astype(np.float32)
    assert np.abs(np.array(done.stdout.split(), float) - exact).max() < 2e-6


def test_it_is_read_as_it_was_written(make_policy: Callable[..., Any], tmp_path: Path) -> None:
    network, manifest = large(make_policy)
    assert network.observation_mean_low is not None
    write_policy(tmp_path / 'a.onnx', network, manifest)
    read = read_network(read_policy(tmp_path / 'a.onnx'))
    assert np.array_equal(read.observation_mean_low, network.observation_mean_low)
    write_policy(tmp_path / 'b.onnx', read, manifest)
    assert (tmp_path / 'a.onnx').read_bytes() == (tmp_path / 'b.onnx').read_bytes()


@pytest.mark.parametrize('path', MODELS, ids=lambda path: path.stem)
def test_shipped_policies_are_written_as_they_are(path: Path, tmp_path: Path) -> None:
    policy = read_policy(path)
    network = read_network(policy)
    assert network.observation_mean_low is None
    write_policy(tmp_path / 'a.onnx', network, policy.manifest)
    assert [node.op_type for node in read_policy(tmp_path / 'a.onnx').graph.nodes] == [
        node.op_type for node in policy.graph.nodes]


def test_an_ordinary_mean_is_one_number() -> None:
    layers = ((np.ones((2, 3)), np.zeros(2)),)
    plain = MlpNetwork(layers, 'relu', 'argmax', np.array([0.1, -2.3, 7.7]), np.ones(3))
    assert plain.observation_mean_low is None
