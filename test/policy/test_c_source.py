# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A policy in C is the policy, compiles without a warning and calls nothing but tanhf."""

from dataclasses import replace
from itertools import product
from pathlib import Path
import re
import shutil
import subprocess
from typing import Any

import numpy as np
from numpy.typing import NDArray
import pytest
import torch

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.c_source import make_c_source, write_c_source
from drl_prune_ros.policy.errors import PolicyFileError
from drl_prune_ros.policy.network import MlpNetwork
from drl_prune_ros.policy.onnx_reader import OnnxNode
from drl_prune_ros.policy.parity import check_parity, TOLERANCE
from drl_prune_ros.policy.policy_file import read_policy, write_policy
from drl_prune_ros.policy.runtime import load_runtime, RUNTIMES
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.training.export import parity_observations

MODELS = sorted((Path(__file__).parents[2] / 'models').glob('*.onnx'))
needs_compiler = pytest.mark.skipif(shutil.which('cc') is None, reason='there is no C compiler')


def run_in_torch(network: MlpNetwork, x: NDArray) -> dict[str, NDArray]:
    """Return the outputs for x (batch, n) from the arrays that the policy was written from."""
    y = torch.as_tensor(x)
    if network.observation_mean is not None:
        y = (y - torch.tensor(network.observation_mean)) / torch.tensor(network.observation_std)
    if network.observation_clip is not None:
        y = y.clip(-network.observation_clip, network.observation_clip)
    if network.inputs is not None:
        y = y[:, list(network.inputs)]
    for index, (weight, bias) in enumerate(network.layers):
        if index:
            y = torch.relu(y) if network.activation == 'relu' else torch.tanh(y)
        y = torch.nn.functional.linear(y, torch.tensor(weight), torch.tensor(bias))
    if network.output == 'argmax':
        return {'scores': y.numpy(), 'action': y.argmax(dim=1).numpy()}
    low, high = torch.tensor(network.low), torch.tensor(network.high)
    if network.output == 'tanh':
        return {'action': (low + (torch.tanh(y) + 1) / 2 * (high - low)).numpy()}
    return {'action': torch.minimum(torch.maximum(y, low), high).numpy()}


# Linear, deep and of one unit; every kind of action; without and with a normalizer.
KINDS = list(product(
    ((6, 5), (7, 9, 4, 3), (1, 1, 1)), ('argmax', 'tanh', 'clip'), (False, True)))


@needs_compiler
@pytest.mark.parametrize(('widths', 'output', 'normalizer'), KINDS)
def test_it_agrees_with_torch_and_the_runtimes(
        widths: tuple[int, ...], output: str, normalizer: bool, tmp_path: Path,
        make_policy: Any,
        run_in_c: Any) -> None:
    activation, clip = ('tanh', 1.5) if normalizer else ('relu', None)
    network, manifest = make_policy(
        len(widths), widths, widths[0] + 3, activation, output, normalizer, clip)
    policy = write_policy(tmp_path / 'p.onnx', network, manifest)
    x = np.random.default_rng(1).normal(0, 2, (50, widths[0] + 3)).astype(np.float32)
    check_parity({
        'torch': run_in_torch(network, x), 'c': run_in_c(policy, tmp_path, x),
        **{kind: load_runtime(policy.path, kind).outputs(x) for kind in RUNTIMES}})


@needs_compiler
@pytest.mark.parametrize('path', MODELS, ids=lambda path: path.stem)
def test_shipped_policies_agree(path: Path, tmp_path: Path,
        run_in_c: Any) -> None:
    """
    On what they meet, where that is quick to play: on noise scores are large beyond measure.

    Of one that is more sensitive than that, float32 itself is as far from the exact sum.
    """
    policy, runtimes = read_policy(path), {kind: load_runtime(path, kind) for kind in RUNTIMES}
    task = load_task(policy.manifest.task)
    if task.engine == 'envpool':
        x = parity_observations(task, lambda seen: runtimes['numpy'].outputs(seen)['action'])
    else:
        size = policy.manifest.observation.size
        x = np.random.default_rng(2).uniform(-1, 1, (200, size)).astype(np.float32)
    check_parity({
        'c': run_in_c(policy, tmp_path, x),
        **{kind: runtime.outputs(x) for kind, runtime in runtimes.items()},
    }, tolerance=2e-5 if path.stem == 'highway-fast-v0-dsp' else TOLERANCE)


@needs_compiler
def test_every_float_is_kept_exactly(tmp_path: Path, make_policy: Any,
        run_in_c: Any) -> None:
    """Bit patterns at random, so that numbers of all sizes occur, denormal ones too."""
    bits = np.random.default_rng(3).integers(0, 2**32, 4000, np.uint32).view(np.float32)
    bits = bits[np.abs(bits) < 1e30]   # of which no observation makes more than a float holds
    limits = np.finfo(np.float32)
    special = [9.9e29, limits.smallest_normal, limits.smallest_subnormal, 0.1, 1 / 3, 16777217]
    numbers = np.concatenate([special, bits]).astype(np.float32)[:3000]
    network, manifest = make_policy(0, (3, 1000))
    layer = (numbers.reshape(1000, 3), np.zeros(1000))
    policy = write_policy(tmp_path / 'p.onnx', replace(network, layers=(layer,)), manifest)
    scores = run_in_c(policy, tmp_path, np.eye(3))['scores']
    assert np.array_equal(scores.T.ravel(), numbers)
    assert ' 0.1f' in (tmp_path / 'policy.c').read_text(), 'no more digits than a float has'


@needs_compiler
@pytest.mark.parametrize(('activation', 'output', 'called'), [
    ('relu', 'argmax', set()), ('relu', 'clip', set()), ('tanh', 'argmax', {'tanhf'})])
def test_it_calls_nothing_and_keeps_nothing(
        activation: str, output: str, called: set[str], tmp_path: Path,
        make_policy: Any,
        compile_c: Any) -> None:
    policy = write_policy(
        tmp_path / 'p.onnx', *make_policy(0, (25, 256, 64, 5), 40, activation, output, True, 3.0))
    source, _ = write_c_source(policy, tmp_path / 'policy.c')
    for optimize in ('-O0', '-O2', '-Os'):
        compile_c('-c', optimize, '-fno-stack-protector', source, '-o', tmp_path / 'policy.o')
        symbols = [line.split()[-2:] for line in subprocess.run(
            ['nm', str(tmp_path / 'policy.o')], check=True, text=True, timeout=60,
            stdout=subprocess.PIPE).stdout.splitlines()]
        assert {name for kind, name in symbols if kind == 'U'} == called
        # One function, and read-only data.
        assert [name for kind, name in symbols if kind == 'T'] == ['policy_act']
        assert {kind for kind, _ in symbols} <= {'T', 'r', 'U'}


@needs_compiler
def test_nan_stays_nan_and_never_gives_an_action_out_of_range(
        tmp_path: Path, make_policy: Any,
        run_in_c: Any) -> None:
    x = np.full((1, 4), np.nan)
    for output in ('argmax', 'tanh', 'clip'):
        folder = tmp_path / output
        folder.mkdir()
        policy = write_policy(
            folder / 'p.onnx', *make_policy(0, (4, 3, 2), output=output, clip=2.0))
        outputs = run_in_c(policy, folder, x)
        action = outputs.pop('action')
        if output == 'argmax':
            assert action in (0, 1)
            action = outputs.pop('scores')
        assert np.isnan(action).all() and not outputs


@needs_compiler
def test_the_header_is_for_c_plus_plus_too_and_names_what_is_needed(
        tmp_path: Path, highway: Any) -> None:
    policy = write_policy(tmp_path / 'p.onnx', *highway)
    source, header = write_c_source(policy, tmp_path / '2 Fast-Cars.c')
    text = header.read_text()
    for said in (policy.sha256, 'FAST_CARS_OBSERVATION_SIZE 25', 'FAST_CARS_ACTION_SIZE 5',
                 'int policy_2_fast_cars_act(', 'decisions at 1 Hz, control at 5 Hz',
                 '1  x, m, -200 to 200', '4  SLOWER', '"target_speeds": [20, 25, 30]'):
        assert said in text
    assert '#include "2 Fast-Cars.h"' in source.read_text()
    assert max(map(len, text.splitlines())) <= 110
    use = tmp_path / 'use.cpp'
    use.write_text('#include "2 Fast-Cars.h"\nint x() { float o[POLICY_2_FAST_CARS_OBSERVATION_'
                   'SIZE] = {0}, s[5]; return policy_2_fast_cars_act(o, s); }\n')
    if shutil.which('c++'):
        subprocess.run(['c++', '-Wall', '-Wextra', '-Werror', '-fsyntax-only', use], check=True,
                       timeout=60)


@needs_compiler
@pytest.mark.reaction(
    'policy files', 'C code in the name of the task, or in the provenance',
    'stays in a comment of the C source, which compiles without a warning')
def test_what_a_manifest_says_cannot_leave_its_comment(tmp_path: Path, make_policy: Any,
        run_in_c: Any) -> None:
    network, manifest = make_policy(0, (4, 3, 2))
    evil = '*/ #error /* ??/ \\ // é'
    manifest = replace(
        manifest, task=evil, provenance={'command': f'{evil}\n\u2028\r*/' * 20, 'commit': [evil]})
    policy = write_policy(tmp_path / f'p{evil.replace("/", "")}.onnx', network, manifest)
    assert run_in_c(policy, tmp_path, np.zeros((1, 4)))['action'].shape == (1,)


def test_a_long_provenance_takes_a_line_of_the_comment(tmp_path: Path, make_policy: Any) -> None:
    network, manifest = make_policy(0, (4, 3, 2))
    manifest = replace(manifest, provenance={'command': 'train ' * 30_000})
    policy = write_policy(tmp_path / 'p.onnx', network, manifest)
    assert len(make_c_source(policy, 'a', 'a.h').header) < 4000


@pytest.mark.parametrize('name', ['café', 'dri"ve', 'math', 'MATH', 'stdio', 'a\nb', 'a\x1b[31m',
                                  '-', '\udc80', 'é' * 300, 'a' * 300])
@pytest.mark.reaction(
    'words and ends', 'a C file called café.c, dri"ve.c, math.c or with a line break',
    'refused in one line before anything is written')
def test_a_name_that_c_cannot_include_is_refused(
        tmp_path: Path, highway: Any, name: str) -> None:
    policy = write_policy(tmp_path / 'p.onnx', *highway)
    with pytest.raises(DrlPruneError, match='another name') as caught:
        write_c_source(policy, tmp_path / f'{name}.c')
    assert str(caught.value).isprintable()
    assert list(tmp_path.iterdir()) == [policy.path]


@needs_compiler
@pytest.mark.parametrize('name', ['3-d', 'int', 'drive.v0', 'A b', '_'])
def test_any_other_name_compiles(tmp_path: Path, highway: Any, name: str,
        compile_c: Any) -> None:
    policy = write_policy(tmp_path / 'p.onnx', *highway)
    source, _ = write_c_source(policy, tmp_path / f'{name}.c')
    compile_c('-c', '-I', tmp_path, source, '-o', tmp_path / 'a.o')


def test_the_same_policy_gives_the_same_text(tmp_path: Path, highway: Any) -> None:
    policy = write_policy(tmp_path / 'p.onnx', *highway)
    first = make_c_source(policy, 'a', 'a.h')
    assert first == make_c_source(read_policy(policy.path), 'a', 'a.h')
    constants = re.search('([0-9,]+) bytes of constants', first.header)
    assert constants and constants[1] == '3,092'   # 4 * (25 * 16 + 16 + 16 * 16 + 16 + 16 * 5 + 5)


def test_files_that_exist_are_kept(tmp_path: Path, highway: Any) -> None:
    policy = write_policy(tmp_path / 'p.onnx', *highway)
    for taken, other in (('a.c', 'a.h'), ('b.h', 'b.c')):
        (tmp_path / taken).write_text('mine')
        with pytest.raises(DrlPruneError, match=f'{taken} exists and is kept'):
            write_c_source(policy, tmp_path / f'{taken[0]}.c')
        assert (tmp_path / taken).read_text() == 'mine' and not (tmp_path / other).exists()
    with pytest.raises(DrlPruneError, match=r'let it end in \.c'):
        write_c_source(policy, tmp_path / 'a.cpp')


def test_a_graph_that_is_no_perceptron_is_refused(tmp_path: Path, highway: Any) -> None:
    policy = write_policy(tmp_path / 'p.onnx', *highway)
    graph = policy.graph
    strange = OnnxNode('Conv', graph.nodes[0].inputs, graph.nodes[0].outputs, {})
    odd = replace(policy, graph=replace(graph, nodes=(strange, *graph.nodes[1:])))
    with pytest.raises(PolicyFileError, match="'Conv'"):
        make_c_source(odd, 'a', 'a.h')
    twice = OnnxNode('Relu', (graph.nodes[0].inputs[0],), ('unused',), {})
    odd = replace(policy, graph=replace(graph, nodes=(*graph.nodes, twice)))
    with pytest.raises(PolicyFileError, match='read by several'):
        make_c_source(odd, 'a', 'a.h')
    infinite = {**graph.initializers, 'bias_0': np.full(16, np.inf)}
    odd = replace(policy, graph=replace(graph, initializers=infinite))
    with pytest.raises(PolicyFileError, match='no finite float'):
        make_c_source(odd, 'a', 'a.h')
