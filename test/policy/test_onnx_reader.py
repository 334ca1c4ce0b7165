# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The reader agrees with the onnx package, and no bytes make it fail in another way."""

import random

import numpy as np
import onnx
from onnx import helper, numpy_helper, TensorProto
import pytest

from drl_prune_ros.policy.errors import PolicyFileError
from drl_prune_ros.policy.onnx_reader import OnnxGraph, read_graph, read_header


def model(*constants: onnx.TensorProto) -> onnx.ModelProto:
    """Return a model with one node that has an attribute of each type."""
    node = helper.make_node(
        'Anything',
        ['x', '', 'c'],
        ['y'],
        whole=-3,
        real=0.25,
        word='näme',
        wholes=[1, -(2**62)],
        reals=[0.5, -1.5],
        words=['a', 'b'],
        tensor=numpy_helper.from_array(np.eye(2, dtype=np.float32)),
    )
    graph = helper.make_graph(
        [node],
        'graph',
        [helper.make_tensor_value_info('x', TensorProto.FLOAT, ['batch', 3, None])],
        [helper.make_tensor_value_info('y', TensorProto.INT64, [7])],
        list(constants),
    )
    result = helper.make_model(
        graph,
        producer_name='someone',
        ir_version=8,
        opset_imports=[helper.make_opsetid('other', 3), helper.make_opsetid('', 17)],
    )
    helper.set_model_props(result, {'key': 'välue', 'empty': ''})
    return result


def read(data: bytes) -> OnnxGraph:
    return read_graph(read_header(data).graph)


def test_header() -> None:
    header = read_header(model().SerializeToString())
    assert (header.ir_version, header.opset, header.producer) == (8, 17, 'someone')
    assert header.metadata == {'key': 'välue', 'empty': ''}


def test_nodes_inputs_and_outputs() -> None:
    graph = read(model().SerializeToString())
    [node] = graph.nodes
    assert (node.op_type, node.inputs, node.outputs) == ('Anything', ('x', '', 'c'), ('y',))
    tensor = node.attributes.pop('tensor')
    assert isinstance(tensor, np.ndarray) and tensor.tolist() == [[1, 0], [0, 1]]
    assert node.attributes == {
        'whole': -3,
        'real': 0.25,
        'word': 'näme',
        'wholes': (1, -(2**62)),
        'reals': (0.5, -1.5),
        'words': ('a', 'b'),
    }
    [x], [y] = graph.inputs, graph.outputs
    assert (x.name, x.elem_type, x.shape) == ('x', 1, ('batch', 3, None))
    assert (y.name, y.elem_type, y.shape) == ('y', 7, (7,))


@pytest.mark.parametrize('raw', [False, True])
@pytest.mark.parametrize('dtype', [np.float32, np.float64, np.int64])
@pytest.mark.parametrize('shape', [(), (0,), (5,), (2, 3), (2, 0, 3)])
def test_constants(raw: bool, dtype: type, shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).normal(0, 100, shape).astype(dtype)
    tensor = helper.make_tensor(
        'c',
        helper.np_dtype_to_tensor_dtype(np.dtype(dtype)),
        shape,
        values.tobytes() if raw else values.ravel().tolist(),
        raw=raw,
    )
    found = read(model(tensor).SerializeToString()).initializers['c']
    assert found.dtype == dtype
    assert np.array_equal(found, numpy_helper.to_array(tensor)) and found.shape == shape


def test_a_constant_listed_as_input_is_no_input() -> None:
    proto = model(numpy_helper.from_array(np.ones(2, np.float32), 'c'))
    proto.graph.input.append(helper.make_tensor_value_info('c', TensorProto.FLOAT, [2]))
    assert [value.name for value in read(proto.SerializeToString()).inputs] == ['x']


def external() -> onnx.TensorProto:
    tensor = numpy_helper.from_array(np.ones(2, np.float32), 'c')
    tensor.data_location = TensorProto.EXTERNAL
    return tensor


def misshapen(*shape: int) -> onnx.TensorProto:
    tensor = numpy_helper.from_array(np.ones(2, np.float32), 'c')
    tensor.dims[:] = shape
    return tensor


@pytest.mark.parametrize(
    ('tensor', 'reason'),
    [
        (external(), 'in another file'),
        (numpy_helper.from_array(np.ones(2, np.float16), 'c'), 'type 10'),
        (misshapen(3), r'2 values has shape \(3,\)'),
        (misshapen(-2, -1), 'has shape'),
        (misshapen(*[1] * 40, 2), 'has shape'),
        (misshapen(2**40, 2**40), 'has shape'),
    ],
)
def test_constants_that_cannot_be_read(tensor: onnx.TensorProto, reason: str) -> None:
    with pytest.raises(PolicyFileError, match=reason):
        read(model(tensor).SerializeToString())


def test_no_values_on_axes_that_no_index_can_hold() -> None:
    tensor = numpy_helper.from_array(np.ones(0, np.float32), 'c')
    tensor.dims[:] = (0, 2**62, 2**62)
    with pytest.raises(PolicyFileError):
        read(model(tensor).SerializeToString())


DATA = model(numpy_helper.from_array(np.arange(4, dtype=np.float32), 'c')).SerializeToString()


def only_policy_file_errors(data: bytes) -> None:
    try:
        read(data)
    except PolicyFileError as error:
        assert '\n' not in str(error)


def test_every_truncation() -> None:
    for length in range(len(DATA)):
        only_policy_file_errors(DATA[:length])


def test_every_bit_flip() -> None:
    for bit in range(8 * len(DATA)):
        data = bytearray(DATA)
        data[bit // 8] ^= 1 << bit % 8
        only_policy_file_errors(bytes(data))


def test_random_bytes_and_splices() -> None:
    rng = random.Random(0)
    for _ in range(3000):
        data = bytearray(DATA)
        start = rng.randrange(len(data))
        end = rng.randrange(start, len(data))
        data[start:end] = rng.randbytes(rng.randrange(12))
        only_policy_file_errors(bytes(data))
        only_policy_file_errors(rng.randbytes(rng.randrange(40)))
