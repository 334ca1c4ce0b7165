# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Both runtimes give what the network is, and a vehicle loads nothing that it does not need."""

from itertools import product
from pathlib import Path
import subprocess
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray
import onnx
from onnx.reference import ReferenceEvaluator
import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.network import MlpNetwork
from drl_prune_ros.policy.parity import check_parity
from drl_prune_ros.policy.policy_file import write_policy
from drl_prune_ros.policy.runtime import load_runtime, RUNTIMES


def by_definition(network: MlpNetwork, x: NDArray) -> dict[str, NDArray]:
    """Return the outputs for float32 (batch, n), computed in float64 straight from the arrays."""
    x = np.asarray(x, np.float64)
    if network.observation_mean is not None and network.observation_std is not None:
        x = (x - network.observation_mean) / network.observation_std
    if network.observation_clip is not None:
        x = np.clip(x, -network.observation_clip, network.observation_clip)
    if network.inputs is not None:
        x = x[:, list(network.inputs)]
    activation = {'relu': lambda z: np.maximum(z, 0), 'tanh': np.tanh}[network.activation]
    for index, (weight, bias) in enumerate(network.layers):
        x = x @ weight.T.astype(np.float64) + bias
        if index < len(network.layers) - 1:
            x = activation(x)
    if network.output == 'argmax':
        return {'scores': x, 'action': x.argmax(axis=1)}
    low, high = np.asarray(network.low, np.float64), np.asarray(network.high, np.float64)
    if network.output == 'tanh':
        return {'action': low + (np.tanh(x) + 1) / 2 * (high - low)}
    return {'action': np.clip(x, low, high)}


CASES = list(
    product(('relu', 'tanh'), ('argmax', 'tanh', 'clip'), (False, True), (None, 1.5), (0, 9))
)


@pytest.mark.parametrize('seed', range(len(CASES)))
def test_all_runtimes_agree_with_the_definition(
    seed: int, tmp_path: Path, make_policy: Any
) -> None:
    activation, output, normalizer, clip, unread = CASES[seed]
    rng = np.random.default_rng(seed)
    widths = tuple(rng.integers(1, 40, rng.integers(2, 6)).tolist())
    size = widths[0] + unread
    policy = make_policy(seed, widths, size, activation, output, normalizer, clip)
    path = tmp_path / 'policy.onnx'
    write_policy(path, *policy)
    runtimes = {kind: load_runtime(path, kind) for kind in RUNTIMES}
    for batch in (1, 64, 3):
        x = rng.normal(0, 2, (batch, size)).astype(np.float32)
        outputs = {kind: runtime.outputs(x) for kind, runtime in runtimes.items()}
        names = list(outputs['numpy'])
        onnx_outputs = ReferenceEvaluator(onnx.load(path)).run(names, {'observation': x})
        outputs['onnx'] = dict(zip(names, onnx_outputs, strict=True))
        for kind, arrays in outputs.items():
            for name, array in arrays.items():
                expected = (np.int64, (batch,)) if output == 'argmax' and name == 'action' else (
                    np.float32, (batch, widths[-1])
                )
                assert (array.dtype, array.shape) == expected, (kind, name)
        outputs['definition'] = by_definition(policy[0], x)
        check_parity(outputs)
        for runtime in runtimes.values():
            acted = [runtime.act(observation) for observation in x]
            if output == 'argmax':
                assert all(type(action) is int for action in acted)
                assert np.mean(acted == outputs['numpy']['action']) > 0.9
            else:
                assert all(isinstance(a, np.ndarray) and a.dtype == np.float64 for a in acted)
                assert np.allclose(acted, outputs['numpy']['action'], rtol=1e-5, atol=1e-5)


def test_the_dense_size(tmp_path: Path, make_policy: Any) -> None:
    policy = make_policy(0, (25, 256, 256, 5))
    write_policy(tmp_path / 'p.onnx', *policy)
    x = np.random.default_rng(0).uniform(-1, 1, (1000, 25))
    outputs = {kind: load_runtime(tmp_path / 'p.onnx', kind).outputs(x) for kind in RUNTIMES}
    outputs['definition'] = by_definition(policy[0], x.astype(np.float32))
    check_parity(outputs)


@pytest.fixture(params=RUNTIMES)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def path(tmp_path: Path, highway: Any) -> Path:
    write_policy(tmp_path / 'policy.onnx', *highway)
    return tmp_path / 'policy.onnx'


def test_what_a_runtime_says_of_itself(path: Path, kind: str, highway: Any) -> None:
    runtime = load_runtime(path, kind)
    assert runtime.kind == kind
    assert runtime.manifest == highway[1]


@pytest.mark.parametrize('shape', [(), (1,), (24,), (26,), (5, 5), (1, 25)])
def test_another_shape_is_refused(path: Path, kind: str, shape: tuple[int, ...]) -> None:
    runtime = load_runtime(path, kind)
    with pytest.raises(DrlPruneError, match=r'shape \(25,\), not'):
        runtime.act(np.zeros(shape))
    if shape != (1, 25):
        with pytest.raises(DrlPruneError, match=r'shape \(batch, 25\), not'):
            runtime.outputs(np.zeros(shape))


def test_results_are_the_callers_own(tmp_path: Path, kind: str, make_policy: Any) -> None:
    write_policy(tmp_path / 'p.onnx', *make_policy(0, (4, 3, 2), output='clip'))
    runtime = load_runtime(tmp_path / 'p.onnx', kind)
    zeros, ones = np.zeros(4), np.ones(4)
    action, outputs = runtime.act(zeros), runtime.outputs(zeros[None])['action']
    kept = action.copy(), outputs.copy()
    runtime.act(ones), runtime.outputs(ones[None])
    assert np.array_equal(action, kept[0]) and np.array_equal(outputs, kept[1])
    assert not np.array_equal(runtime.act(ones), action)


def test_a_continuous_action_of_nan_stays_nan(
    tmp_path: Path, kind: str, make_policy: Any
) -> None:
    """Whoever watches the command can then see it; a made-up number would pass."""
    write_policy(tmp_path / 'p.onnx', *make_policy(0, (4, 3, 2), output='tanh'))
    runtime = load_runtime(tmp_path / 'p.onnx', kind)
    assert np.isnan(runtime.act(np.full(4, np.nan))).all()


def test_unknown_runtime(path: Path) -> None:
    with pytest.raises(DrlPruneError, match="unknown runtime 'torch': choose from numpy, onnx"):
        load_runtime(path, 'torch')


def test_onnxruntime_not_installed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, 'onnxruntime', None)
    with pytest.raises(DrlPruneError, match=r'pip install drl_prune_ros\[onnx\]'):
        load_runtime(path, 'onnxruntime')


VEHICLE = """
import pkgutil, sys
import numpy as np
import drl_prune_ros.policy as policy
for module in pkgutil.iter_modules(policy.__path__):
    if module.name != 'writer':
        __import__(f'drl_prune_ros.policy.{module.name}')
from drl_prune_ros.policy.runtime import load_runtime
runtime = load_runtime(sys.argv[1], sys.argv[2])
runtime.act(np.zeros(25))
print(' '.join(sorted({name.split('.')[0] for name in sys.modules})))
"""


def test_a_vehicle_loads_only_what_it_needs(path: Path, kind: str) -> None:
    done = subprocess.run(
        [sys.executable, '-c', VEHICLE, str(path), kind],
        capture_output=True, text=True, timeout=60, check=True,
    )
    loaded = set(done.stdout.split())
    assert 'numpy' in loaded
    heavy = {'torch', 'onnx', 'onnxruntime', 'gymnasium', 'highway_env', 'stable_baselines3'}
    assert loaded & heavy == ({'onnxruntime'} if kind == 'onnxruntime' else set())


def test_act_keeps_no_memory(path: Path) -> None:
    """Counted in blocks that Python itself hands out, so nothing else can disturb it."""
    runtime = load_runtime(path)
    observation = np.zeros(25, np.float32)
    for _ in range(100):
        runtime.act(observation)
    before = sys.getallocatedblocks()
    for _ in range(1000):
        runtime.act(observation)
    assert sys.getallocatedblocks() - before < 50
