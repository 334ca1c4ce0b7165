# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The reader agrees with the onnx package, and no bytes make it fail in another way."""

import random
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper, TensorProto
import pytest

from drl_prune_ros.policy.bounds import LONGEST_WORD, MOST_FIELDS, MOST_PARTS
from drl_prune_ros.policy.errors import PolicyFileError
from drl_prune_ros.policy.onnx_reader import OnnxGraph, read_graph, read_header


def model(*constants: onnx.TensorProto) -> onnx.ModelProto:
    """Return a model of one operator."""
    node = helper.make_node('Anything', ['x', 'c'], ['y'], 'näme', whole=-3, large=-(2**62))
    graph = helper.make_graph(
        [node],
        'graph',
        [helper.make_tensor_value_info('x', TensorProto.FLOAT, ['batch', 3, None])],
        [helper.make_tensor_value_info('y', TensorProto.INT64, [7])],
        list(constants),
    )
    result = helper.make_model(
        graph, producer_name='someone', ir_version=8,
        opset_imports=[helper.make_opsetid('', 17)])
    helper.set_model_props(result, {'key': 'välue', 'empty': ''})
    return result


def read(data: bytes) -> OnnxGraph:
    return read_graph(read_header(data))


def test_header() -> None:
    header = read_header(model().SerializeToString())
    assert header.producer == 'someone'
    assert header.metadata == (('key', 'välue'), ('empty', ''))
    assert (header.text('key'), header.text('other')) == ('välue', None)


def test_nodes_inputs_and_outputs() -> None:
    graph = read(model().SerializeToString())
    [node] = graph.nodes
    assert (node.op_type, node.inputs, node.outputs) == ('Anything', ('x', 'c'), ('y',))
    assert node.attributes == {'whole': -3, 'large': -(2**62)}
    [x], [y] = graph.inputs, graph.outputs
    assert (x.name, x.elem_type, x.shape) == ('x', 1, ('batch', 3, None))
    assert (y.name, y.elem_type, y.shape) == ('y', 7, (7,))


@pytest.mark.parametrize('dtype', [np.float32, np.int64])
@pytest.mark.parametrize('shape', [(), (5,), (2, 3)])
def test_constants(dtype: type, shape: tuple[int, ...]) -> None:
    values = np.asarray(np.random.default_rng(0).normal(0, 100, shape)).astype(dtype)
    tensor = numpy_helper.from_array(values, 'c')
    found = read(model(tensor).SerializeToString()).initializers['c']
    assert found.dtype == dtype and found.shape == shape and np.array_equal(found, values)


def constant(**fields: Any) -> onnx.TensorProto:
    """Return a constant of two ones with some of its fields changed."""
    tensor = numpy_helper.from_array(np.ones(2, np.float32), 'c')
    for name, value in fields.items():
        tensor.ClearField(name)
        if isinstance(value, tuple):
            getattr(tensor, name).extend(value)
        else:
            setattr(tensor, name, value)
    return tensor


@pytest.mark.parametrize(
    ('tensor', 'reason'),
    [
        (constant(data_location=TensorProto.EXTERNAL), 'field 14, which no policy has'),
        (constant(float_data=(1.0, 2.0)), 'field 4, which no policy has'),
        (constant(doc_string='text'), 'field 12, which no policy has'),
        (numpy_helper.from_array(np.ones(2, np.float16), 'c'), 'type 10'),
        (numpy_helper.from_array(np.ones(2, np.float64), 'c'), 'type 11'),
        (constant(data_type=2**31 - 1), 'type 2147483647'),
        (constant(raw_data=b'12345'), 'no whole number'),
        (constant(dims=(3,)), r'2 values has shape \(3,\)'),
        (constant(dims=(-2, -1)), 'has shape'),
        (constant(dims=(1, 1, 2)), 'has shape'),
        (constant(dims=(2**40, 2**40)), 'has shape'),
        (constant(dims=(0, 2**62), raw_data=b''), 'has shape'),
        (constant(dims=(1,) * 40), f'more than {MOST_FIELDS} fields'),
        (constant(name='c' * (LONGEST_WORD + 1)), 'text of 257 bytes'),
    ],
)
def test_constants_that_cannot_be_read(tensor: onnx.TensorProto, reason: str) -> None:
    with pytest.raises(PolicyFileError, match=reason):
        read(model(tensor).SerializeToString())


def test_more_parts_than_a_policy_has() -> None:
    many = [numpy_helper.from_array(np.ones(1, np.float32), f'c{n}') for n in range(MOST_PARTS)]
    with pytest.raises(PolicyFileError, match=f'the graph has more than {MOST_PARTS} fields'):
        read(model(*many).SerializeToString())


@pytest.mark.parametrize('padded', [b'\x88\x00\x08', b'\x08\x88\x00',
                                    b'\x08' + b'\xff' * 9 + b'\x02', b'\x08' + b'\xff' * 10])
def test_numbers_that_readers_read_in_different_ways(padded: bytes) -> None:
    data = model().SerializeToString()
    assert data.startswith(b'\x08\x08')
    with pytest.raises(PolicyFileError, match='bytes'):
        read(padded + data[2:])


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
