# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
A strict reader of the ONNX models that are policies; a vehicle needs numpy alone for it.

It reads what `writer.build_model` writes, and refuses everything else that an ONNX file may hold:
so whoever reads the same bytes, onnxruntime too, reads the same network. `read_header` gives what
stands beside the graph, so that a file can be checked before its graph is interpreted;
`read_graph` gives the graph. Both raise PolicyFileError, and nothing else, whatever the bytes are.
Field numbers are those of onnx.proto.
"""

from dataclasses import dataclass
from math import prod

from drl_prune_ros.policy.bounds import LONGEST_MANIFEST, MOST_PARTS
from drl_prune_ros.policy.errors import PolicyFileError
from drl_prune_ros.policy.wire import from_bytes, Message, Numbers

# Those that the writer writes. Others would need a review of what each operator means in them.
IR_VERSION = 8
OPSET = 17

FLOAT, INT64 = 1, 7
TENSOR_TYPES = {FLOAT: '<f4', INT64: '<i8'}
INTEGER_ATTRIBUTE = 2
MAX_AXES = 2


@dataclass(frozen=True)
class OnnxHeader:
    """
    What an ONNX file holds beside its graph.

    producer  name of the program that wrote the file, '' where it is not given
    metadata  (key, text) of each entry of metadata_props, in order
    model     the whole file, for `read_graph`
    """

    producer: str
    metadata: tuple[tuple[str, str], ...]
    model: Message

    def text(self, key: str) -> str | None:
        """Return the first text of a key, None where it has none."""
        return next((text for name, text in self.metadata if name == key), None)


@dataclass(frozen=True)
class OnnxNode:
    """One operator: names of its inputs and outputs, attributes."""

    op_type: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, int]


@dataclass(frozen=True)
class OnnxValue:
    """An input or output: name, ONNX element type, size (or name, or None) of each axis."""

    name: str
    elem_type: int
    shape: tuple[int | str | None, ...]


@dataclass(frozen=True)
class OnnxGraph:
    """Operators in order of execution, constants by name, inputs, outputs."""

    nodes: tuple[OnnxNode, ...]
    initializers: dict[str, Numbers]
    inputs: tuple[OnnxValue, ...]
    outputs: tuple[OnnxValue, ...]


def read_header(data: bytes) -> OnnxHeader:
    """Read what is needed to know whose file this is; it may yet have what no policy has."""
    model = Message(memoryview(data), 'the file', MOST_PARTS)
    if 1 not in model or 7 not in model:
        raise PolicyFileError('no ONNX version or no graph in it')
    entries = model.messages(14, 'metadata')
    metadata = tuple((entry.text(1), entry.text(2, LONGEST_MANIFEST)) for entry in entries)
    return OnnxHeader(model.text(2), metadata, model)


def read_graph(header: OnnxHeader) -> OnnxGraph:
    """
    Read the graph of a file whose header was read.

    Raises PolicyFileError where the file has anything twice, or anything that no policy has.
    """
    _check_model(header)
    graph = Message(header.model.bytes_(7), 'the graph', MOST_PARTS).only(1, 2, 5, 11, 12)
    graph.text(2)
    initializers: dict[str, Numbers] = {}
    for tensor in graph.messages(5, 'a constant'):
        name, values = _tensor(tensor.only(1, 2, 8, 9))
        if name in initializers:
            raise PolicyFileError(f'constant {name!r} comes twice')
        initializers[name] = values
    return OnnxGraph(
        nodes=tuple(_node(entry) for entry in graph.messages(1, 'an operator')),
        initializers=initializers,
        inputs=tuple(_value(entry) for entry in graph.messages(11, 'an input')),
        outputs=tuple(_value(entry) for entry in graph.messages(12, 'an output')),
    )


def _check_model(header: OnnxHeader) -> None:
    model = header.model.only(1, 2, 3, 7, 8, 14)
    model.text(3)
    opsets = [entry.only(1, 2) for entry in model.messages(8, 'an operator set')]
    versions = [(entry.text(1), entry.integer(2)) for entry in opsets]
    if model.integer(1) != IR_VERSION or versions != [('', OPSET)]:
        raise PolicyFileError(
            f'it is ONNX version {model.integer(1)} with operators {versions}, not version '
            f'{IR_VERSION} with those of opset {OPSET}')
    for entry in model.messages(14, 'metadata'):
        entry.only(1, 2)
    keys = [key for key, _ in header.metadata]
    for key in keys:
        if keys.count(key) > 1:
            raise PolicyFileError(f'the metadata {key!r} come twice')


def _node(node: Message) -> OnnxNode:
    node.only(1, 2, 3, 4, 5)
    node.text(3)
    op_type = node.text(4)
    attributes: dict[str, int] = {}
    for entry in node.messages(5, 'an attribute'):
        name = entry.text(1)
        if entry.integer(20) != INTEGER_ATTRIBUTE:
            raise PolicyFileError(f'attribute {name!r} of operator {op_type!r} is no integer')
        if name in attributes:
            raise PolicyFileError(f'attribute {name!r} of operator {op_type!r} comes twice')
        attributes[name] = entry.only(1, 3, 20).integer(3)
    return OnnxNode(op_type, node.texts(1), node.texts(2), attributes)


def _tensor(tensor: Message) -> tuple[str, Numbers]:
    name, elem_type, shape = tensor.text(8), tensor.integer(2), tensor.integers(1)
    if elem_type not in TENSOR_TYPES:
        raise PolicyFileError(f'constant {name!r} has type {elem_type}, which no policy has')
    values = from_bytes(tensor.bytes_(9), TENSOR_TYPES[elem_type])
    if len(shape) > MAX_AXES or any(axis < 1 for axis in shape) or prod(shape) != len(values):
        raise PolicyFileError(f'constant {name!r} of {len(values)} values has shape {shape}')
    values = values.reshape(shape)
    values.setflags(write=False)
    return name, values


def _value(value: Message) -> OnnxValue:
    """Read a ValueInfoProto: every part of it is nested in another one."""
    value.only(1, 2)
    kind = value.message(2, 'a type').only(1)
    tensor_type = kind.message(1, 'a tensor type').only(1, 2)
    shape: list[int | str | None] = []
    for axis in tensor_type.message(2, 'a shape').only(1).messages(1, 'an axis'):
        if 1 in axis.only(1, 2):
            shape.append(axis.integer(1) if 2 not in axis else None)
        else:
            shape.append(axis.text(2) or None)
    return OnnxValue(value.text(1), tensor_type.integer(1), tuple(shape))
