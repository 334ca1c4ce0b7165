# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Policy files that are whole, with a digest that fits, and hostile: refused in one line."""

from collections.abc import Callable
from dataclasses import replace
import os
from pathlib import Path
import time
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper, TensorProto
import pytest

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.bounds import LARGEST_FILE
from drl_prune_ros.policy.errors import PolicyFileError
from drl_prune_ros.policy.policy_file import (
    DIGEST_KEY,
    MANIFEST_KEY,
    NO_DIGEST,
    parse_policy,
    read_policy,
    write_policy,
)
from drl_prune_ros.policy.runtime import load_runtime

Change = Callable[[onnx.ModelProto], None]
KIND = 'policy files'


def instance(change: Callable[..., object], what: str) -> Any:
    return pytest.param(change, id=what.replace(' ', '-'),
                        marks=pytest.mark.reaction(KIND, what, 'refused in one line'))


@pytest.fixture(scope='module')
def discrete(tmp_path_factory: pytest.TempPathFactory, make_policy: Any) -> bytes:
    path = tmp_path_factory.mktemp('policy') / 'policy.onnx'
    return write_policy(path, *make_policy(0, (4, 4, 2))).data


def constant(model: onnx.ModelProto, name: str) -> onnx.TensorProto:
    return next(tensor for tensor in model.graph.initializer if tensor.name == name)


def put(model: onnx.ModelProto, name: str, values: Any) -> None:
    constant(model, name).CopyFrom(numpy_helper.from_array(values, name))


def node(model: onnx.ModelProto, op_type: str) -> onnx.NodeProto:
    return next(node for node in model.graph.node if node.op_type == op_type)


def spoil(model: onnx.ModelProto, name: str, value: float) -> None:
    values = numpy_helper.to_array(constant(model, name)).copy()
    values.ravel()[-1] = value
    put(model, name, values)


def extra(model: onnx.ModelProto) -> onnx.TensorProto:
    model.graph.initializer.append(numpy_helper.from_array(np.ones(4, np.float32), 'extra'))
    return model.graph.initializer[-1]


def second(model: onnx.ModelProto) -> None:
    weight = numpy_helper.to_array(constant(model, 'weight_1'))
    model.graph.initializer.append(numpy_helper.from_array(-weight, 'weight_1'))


def nested(model: onnx.ModelProto) -> None:
    graph = helper.make_graph([], 'inner', [], [])
    node(model, 'Gemm').attribute.append(helper.make_attribute('body', graph))


def function(model: onnx.ModelProto) -> None:
    model.functions.append(helper.make_function(
        'x', 'Gemm', ['a'], ['b'], [], [helper.make_opsetid('', 17)]))


def share(model: onnx.ModelProto) -> None:
    gemms = [each for each in model.graph.node if each.op_type == 'Gemm']
    gemms[1].input[1] = gemms[0].input[1]


def conv(model: onnx.ModelProto) -> None:
    node(model, 'Gemm').op_type = 'Conv'


def batch_of_one(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1


GRAPHS = [
    instance(second, 'a constant twice, with other weights'),
    instance(lambda m: m.graph.node.append(m.graph.node[-1]), 'an operator twice'),
    instance(lambda m: m.graph.node[-1].output.append('b'), 'an operator with two results'),
    instance(lambda m: m.graph.node[2].output.__setitem__(0, m.graph.node[1].output[0]),
             'two operators that compute one name'),
    instance(lambda m: m.graph.output.append(m.graph.output[0]), 'an output twice'),
    instance(lambda m: m.graph.input.append(m.graph.input[0]), 'an input twice'),
    instance(lambda m: m.graph.input.append(helper.make_tensor_value_info(
        'weight_0', TensorProto.FLOAT, [4, 4])), 'a weight that is an input too'),
    instance(lambda m: m.metadata_props.add(key=MANIFEST_KEY, value='{}'), 'two manifests'),
    instance(lambda m: m.metadata_props.add(key='other', value='x' * 9), 'a third text'),
    instance(lambda m: node(m, 'Gemm').input.pop(), 'a Gemm without a bias'),
    instance(lambda m: node(m, 'Gemm').input.__delitem__(slice(1, 3)), 'a Gemm with one input'),
    instance(lambda m: put(m, 'weight_1', np.float32(1.0)), 'a Gemm with a scalar weight'),
    instance(lambda m: put(m, 'weight_1', np.ones((4, 3), np.float32)), 'a matrix of 4 by 3'),
    instance(lambda m: put(m, 'bias_1', np.ones((1, 4), np.float32)), 'a bias of two axes'),
    instance(lambda m: put(m, 'weight_1', np.ones((4, 4), np.int64)), 'weights of whole numbers'),
    instance(lambda m: put(m, 'weight_1', np.ones((4, 4), np.float16)), 'weights of half floats'),
    instance(share, 'two layers that share a matrix'),
    instance(extra, 'a constant that nothing reads'),
    instance(lambda m: spoil(m, 'weight_1', np.nan), 'a weight that is NaN'),
    instance(lambda m: spoil(m, 'bias_0', np.inf), 'a bias that is infinite'),
    instance(lambda m: spoil(m, 'observation_mean', -np.inf), 'a mean that is infinite'),
    instance(lambda m: spoil(m, 'observation_std', np.nan), 'a deviation that is NaN'),
    instance(lambda m: spoil(m, 'observation_std', 0.0), 'a deviation of 0'),
    instance(lambda m: spoil(m, 'observation_std', 1e-38), 'a deviation that overflows'),
    instance(lambda m: spoil(m, 'clip_high', -1.0), 'bounds of the observation out of order'),
    instance(lambda m: spoil(m, 'clip_low', np.nan), 'a bound of the observation that is NaN'),
    instance(lambda m: put(m, 'weight_1', np.full((4, 4), 3e38, np.float32)),
             'finite weights whose sums overflow'),
    instance(lambda m: spoil(m, 'action_low', np.nan), 'a bound of the action that is NaN'),
    instance(lambda m: spoil(m, 'action_high', 99.0),
             'another bound of the action than in the manifest'),
    instance(lambda m: put(m, 'kept_inputs', np.array([0, 1, 2, 6])), 'an index past the end'),
    instance(lambda m: put(m, 'kept_inputs', np.array([-1, 1, 2, 3])), 'an index below 0'),
    instance(lambda m: put(m, 'kept_inputs', np.array([0, 1, 1, 2])), 'an index twice'),
    instance(lambda m: put(m, 'kept_inputs', np.zeros(0, np.int64)), 'a list of no indices'),
    instance(conv, 'an unknown operator'),
    instance(lambda m: setattr(node(m, 'Gemm'), 'domain', 'com.microsoft'),
             'an operator of another domain'),
    instance(lambda m: m.opset_import.append(helper.make_opsetid('com.microsoft', 1)),
             'a second set of operators'),
    instance(lambda m: setattr(m.opset_import[0], 'version', 6), 'another opset'),
    instance(lambda m: setattr(m, 'ir_version', 3), 'another ONNX version'),
    instance(lambda m: node(m, 'Gemm').attribute.append(helper.make_attribute('alpha', 2.0)),
             'a Gemm with a factor'),
    instance(lambda m: node(m, 'Gemm').attribute.append(helper.make_attribute('transB', 0)),
             'an attribute twice'),
    instance(lambda m: node(m, 'Gemm').attribute.__delitem__(0), 'an attribute left out'),
    instance(nested, 'a graph inside an operator'),
    instance(function, 'a function'),
    instance(lambda m: setattr(constant(m, 'bias_0'), 'data_location', TensorProto.EXTERNAL),
             'weights in another file'),
    instance(lambda m: m.graph.sparse_initializer.add(), 'sparse weights'),
    instance(lambda m: constant(m, 'bias_0').float_data.append(1.0), 'weights in two places'),
    instance(lambda m: constant(m, 'bias_0').dims.__setitem__(0, 2**62), 'a size of 2^62'),
    instance(lambda m: setattr(constant(m, 'bias_0'), 'name', 'x' * 10**6), 'a name of 1 MB'),
    instance(lambda m: m.graph.node.extend([m.graph.node[-1]] * 10_000), '10,000 operators'),
    instance(lambda m: node(m, 'Gemm').input.extend(['x'] * 9999), 'an operator of 10,000 parts'),
    instance(lambda m: m.graph.node.__delitem__(slice(0, None)), 'no operators'),
    instance(batch_of_one, 'a graph for one size of batch'),
    instance(lambda m: setattr(m.graph.input[0].type.tensor_type, 'elem_type', 11),
             'an observation of doubles'),
    instance(lambda m: setattr(m.graph, 'doc_string', 'text'), 'a field that no policy has'),
]


@pytest.mark.parametrize('change', GRAPHS)
def test_a_graph_that_no_policy_has(
        change: Change, every_operator: bytes, resealed: Any,
        tmp_path: Path, refused: Any) -> None:
    model = onnx.load_from_string(every_operator)
    change(model)
    refused(tmp_path / 'p.onnx', resealed(model), 'contradicts itself')


def sealed(data: bytes) -> bytes:
    """Return bytes that hold NO_DIGEST once with their digest."""
    from hashlib import sha256

    assert data.count(NO_DIGEST.encode()) == 1
    return data.replace(NO_DIGEST.encode(), sha256(data).hexdigest().encode())


def field(number: int, data: bytes) -> bytes:
    """Return a length-delimited field of a protobuf message."""
    def varint(value: int) -> bytes:
        return bytes([value & 127 | 128]) + varint(value >> 7) if value > 127 else bytes([value])
    return varint(number << 3 | 2) + varint(len(data)) + data


@pytest.mark.reaction(KIND, 'two graphs: one for each runtime, in one file', 'refused in one line')
def test_two_graphs(discrete: bytes, tmp_path: Path, refused: Any) -> None:
    model = onnx.load_from_string(discrete)
    [entry] = [entry for entry in model.metadata_props if entry.key == DIGEST_KEY]
    entry.value = NO_DIGEST
    data = model.SerializeToString()
    put(model, 'weight_1', -numpy_helper.to_array(constant(model, 'weight_1')))
    other = field(7, model.graph.SerializeToString())
    refused(tmp_path / 'p.onnx', sealed(data + other), 'field 7 twice')
    refused(tmp_path / 'p.onnx', sealed(data + b'\x08\x08'), 'field 1 twice')


@pytest.mark.parametrize('tail', [b'\x9a\x06\x00', b'\xf8\x07\x00', b'\x9d\x06\x00\x00\x00\x00'])
@pytest.mark.reaction(KIND, 'bytes behind the end that a reader skips', 'refused in one line')
def test_bytes_that_readers_skip(
        tail: bytes, discrete: bytes, tmp_path: Path, refused: Any) -> None:
    model = onnx.load_from_string(discrete)
    [entry] = [entry for entry in model.metadata_props if entry.key == DIGEST_KEY]
    entry.value = NO_DIGEST
    refused(tmp_path / 'p.onnx', sealed(model.SerializeToString() + tail), 'no policy has')


@pytest.mark.reaction(KIND, '1 GB of zeros', 'refused by its size, before it is read')
def test_a_file_of_a_gigabyte(tmp_path: Path) -> None:
    path = tmp_path / 'p.onnx'
    path.touch()
    os.truncate(path, 10**9)   # sparse: it takes no room
    begun = time.perf_counter()
    with pytest.raises(PolicyFileError, match=r'no policy .it has 1,000,000,000 bytes'):
        read_policy(path)
    assert time.perf_counter() - begun < 0.1


@pytest.mark.reaction(KIND, 'as many zeros as a policy may have bytes', 'refused in one line')
def test_as_many_zeros_as_are_read(tmp_path: Path, refused: Any) -> None:
    refused(tmp_path / 'p.onnx', bytes(LARGEST_FILE))


@pytest.mark.reaction(KIND, 'a pipe, a device or a folder in place of a file', 'refused at once')
def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / 'pipe')
    for path, reason in (
            (tmp_path / 'pipe', 'it is no file'), (Path('/dev/zero'), 'it is no file'),
            (tmp_path, 'cannot read .*: Is a directory'), (Path('a\0b'), 'is no policy')):
        with pytest.raises(PolicyFileError, match=reason or '.'):
            read_policy(path)


@pytest.mark.reaction(KIND, 'a file that onnxruntime refuses, or fails on at first',
                      'refused in one line')
def test_what_onnxruntime_does_not_run(tmp_path: Path, make_policy: Any) -> None:
    written = write_policy(tmp_path / 'p.onnx', *make_policy(0, (4, 3, 2)))
    for data in (written.data[:-200], b''):
        with pytest.raises(DrlPruneError, match='onnxruntime refuses') as caught:
            load_runtime(replace(written, data=data), 'onnxruntime')
        assert str(caught.value).isprintable()
    larger = write_policy(tmp_path / 'q.onnx', *make_policy(0, (5, 3, 2)))
    with pytest.raises(DrlPruneError, match=r'onnxruntime refuses .*Got: 4 Expected: 5'):
        load_runtime(replace(written, data=larger.data), 'onnxruntime')


def test_every_refusal_comes_before_a_runtime(every_operator: bytes, tmp_path: Path) -> None:
    """The file that all of these are made of drives."""
    parsed = parse_policy(tmp_path / 'p.onnx', every_operator)
    for kind in ('numpy', 'onnxruntime'):
        assert np.isfinite(load_runtime(parsed, kind).act(np.full(6, 1e6))).all()
