# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
A reader of ONNX models that needs numpy alone, for a vehicle without the onnx package.

`read_header` gives what stands beside the graph, without reading the graph: so a file can be
checked before its graph is interpreted. `read_graph` gives the graph. Both raise PolicyFileError,
and nothing else, whatever the bytes are. Field numbers are those of onnx.proto.
"""

from dataclasses import dataclass
from math import prod

import numpy as np

from drl_prune_ros.policy.errors import PolicyFileError
from drl_prune_ros.policy.wire import from_bytes, Message, Numbers

Attribute = int | float | str | tuple[int, ...] | tuple[float, ...] | tuple[str, ...] | Numbers

FLOAT, INT64, DOUBLE = 1, 7, 11
TENSOR_TYPES = {FLOAT: '<f4', INT64: '<i8', DOUBLE: '<f8'}
EXTERNAL = 1
MAX_AXES = 32


@dataclass(frozen=True)
class OnnxHeader:
    """
    What an ONNX file holds beside its graph.

    ir_version, opset   versions of the file format and of the operators (default domain)
    producer            name of the program that wrote the file, '' where it is not given
    metadata            metadata_props: free text by key
    graph               the graph's bytes, for `read_graph`
    """

    ir_version: int
    opset: int
    producer: str
    metadata: dict[str, str]
    graph: memoryview


@dataclass(frozen=True)
class OnnxNode:
    """One operator: names of its inputs and outputs ('' where one is left out), attributes."""

    op_type: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Attribute]


@dataclass(frozen=True)
class OnnxValue:
    """An input or output: name, ONNX element type, size (or name, or None) of each axis."""

    name: str
    elem_type: int
    shape: tuple[int | str | None, ...]


@dataclass(frozen=True)
class OnnxGraph:
    """Operators in order of execution, constants by name, inputs (constants excluded), outputs."""

    nodes: tuple[OnnxNode, ...]
    initializers: dict[str, Numbers]
    inputs: tuple[OnnxValue, ...]
    outputs: tuple[OnnxValue, ...]


def read_header(data: bytes) -> OnnxHeader:
    """Read a ModelProto, the graph's bytes left as they are."""
    model = Message(memoryview(data))
    if 1 not in model or 7 not in model:
        raise PolicyFileError('no ONNX version or no graph in it')
    opset = 0
    for entry in model.messages(8):
        if entry.text(1) in ('', 'ai.onnx'):
            opset = entry.integer(2)
    metadata = {entry.text(1): entry.text(2) for entry in model.messages(14)}
    return OnnxHeader(model.integer(1), opset, model.text(2), metadata, model.bytes_(7))


def read_graph(data: memoryview) -> OnnxGraph:
    """Read a GraphProto. Constants are float32, float64 or int64, held inside the file."""
    graph = Message(data)
    if 15 in graph:
        raise PolicyFileError('sparse constants cannot be read here')
    initializers: dict[str, Numbers] = {}
    for tensor in graph.messages(5):
        initializers[tensor.text(8)] = _tensor(tensor)
    inputs = tuple(_value(entry) for entry in graph.messages(11))
    return OnnxGraph(
        nodes=tuple(_node(entry) for entry in graph.messages(1)),
        initializers=initializers,
        inputs=tuple(value for value in inputs if value.name not in initializers),
        outputs=tuple(_value(entry) for entry in graph.messages(12)),
    )


def _node(node: Message) -> OnnxNode:
    op_type, domain = node.text(4), node.text(7)
    if domain not in ('', 'ai.onnx'):
        raise PolicyFileError(f'operator {op_type!r} of domain {domain!r} cannot be read here')
    attributes = {entry.text(1): _attribute(entry) for entry in node.messages(5)}
    return OnnxNode(op_type, node.texts(1), node.texts(2), attributes)


def _attribute(attribute: Message) -> Attribute:
    kind = attribute.integer(20)
    if kind == 1:
        values = attribute.numbers(2, '<f4')
        return float(values[-1]) if len(values) else 0.0
    if kind == 2:
        return attribute.integer(3)
    if kind == 3:
        return attribute.text(4)
    if kind == 4:
        return _tensor(Message(attribute.bytes_(5)))
    if kind == 6:
        return tuple(attribute.numbers(7, '<f4').tolist())
    if kind == 7:
        return attribute.integers(8)
    if kind == 8:
        return attribute.texts(9)
    raise PolicyFileError(f'attribute {attribute.text(1)!r} of type {kind} cannot be read here')


def _tensor(tensor: Message) -> Numbers:
    name, elem_type, shape = tensor.text(8), tensor.integer(2), tensor.integers(1)
    if tensor.integer(14) == EXTERNAL:
        raise PolicyFileError(f'constant {name!r} is kept in another file')
    if elem_type not in TENSOR_TYPES:
        raise PolicyFileError(f'constant {name!r} has type {elem_type}, which cannot be read here')
    dtype = TENSOR_TYPES[elem_type]
    if 9 in tensor:
        values = from_bytes(tensor.bytes_(9), dtype)
    elif elem_type == FLOAT:
        values = tensor.numbers(4, dtype)
    elif elem_type == DOUBLE:
        values = tensor.numbers(10, dtype)
    else:
        values = np.array(tensor.integers(7), np.int64)
    if len(shape) > MAX_AXES or any(axis < 0 for axis in shape) or prod(shape) != len(values):
        raise PolicyFileError(f'constant {name!r} of {len(values)} values has shape {shape}')
    try:
        values = values.reshape(shape)
    except ValueError as error:  # no values, and axes beyond what an index can hold
        raise PolicyFileError(f'constant {name!r}: {error}') from error
    values.setflags(write=False)
    return values


def _value(value: Message) -> OnnxValue:
    tensor_type = Message(Message(value.bytes_(2)).bytes_(1))
    shape: list[int | str | None] = []
    for axis in Message(tensor_type.bytes_(2)).messages(1):
        if 1 in axis:
            shape.append(axis.integer(1))
        else:
            shape.append(axis.text(2) or None)
    return OnnxValue(value.text(1), tensor_type.integer(1), tuple(shape))
