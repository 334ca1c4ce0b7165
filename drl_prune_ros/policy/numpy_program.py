# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
A policy graph compiled into a list of numpy calls on preallocated buffers.

At batch 1 a small network takes the time of the calls, not of what they compute: so every operator
becomes the fewest and cheapest calls, with all arguments bound and no array allocated.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.policy.errors import PolicyFileError
from drl_prune_ros.policy.onnx_reader import OnnxGraph, OnnxNode
from drl_prune_ros.policy.wire import Numbers

Buffer = NDArray[np.float32 | np.int64]
BINARY = {'Add': np.add, 'Sub': np.subtract, 'Mul': np.multiply, 'Div': np.divide}
# What lies beyond each constant operand, and is set to it.
BOUNDS = {'Clip': (np.less, np.greater), 'Max': (np.less,), 'Min': (np.greater,)}


class NumpyProgram:
    """
    A graph bound to one batch size.

    Fill `observations` (batch, n) float32, call `run`, read `outputs`: by name, (batch, k) float32
    or, for ArgMax, (batch,) int64; overwritten by the next run. Raises PolicyFileError when the
    graph has an operator, or uses one in a way, that no policy written here has.
    """

    def __init__(self, graph: OnnxGraph, size: int, batch: int) -> None:
        """Compile a graph of one input that reads `size` observation values."""
        self._constants = graph.initializers
        self._steps: list[Callable[[], object]] = []
        self.observations = np.zeros((batch, size), np.float32)
        self._values: dict[str, Buffer] = {}
        for value in graph.inputs:
            self._values[value.name] = self.observations
        read = [name for node in graph.nodes for name in node.inputs]
        read += [value.name for value in graph.outputs]
        # What one operator alone reads may be overwritten by it.
        self._spare = {name for name in read if read.count(name) == 1}
        self._spare -= {value.name for value in graph.inputs}
        for node in graph.nodes:
            self._compile(node)
        missing = [value.name for value in graph.outputs if value.name not in self._values]
        if missing:
            raise PolicyFileError(f'no operator computes the output {missing[0]!r}')
        self.outputs = {value.name: self._values[value.name] for value in graph.outputs}

    def run(self) -> None:
        """Compute `outputs` from `observations`."""
        for step in self._steps:
            step()

    def _compile(self, node: OnnxNode) -> None:
        if not node.inputs or len(node.outputs) != 1 or node.inputs[0] not in self._values:
            raise PolicyFileError(f'operator {node.op_type!r} reads what no operator computed')
        x = self._values[node.inputs[0]]
        if x.ndim != 2:
            raise PolicyFileError(f'operator {node.op_type!r} reads {x.ndim} axes, not 2')
        if node.op_type in BINARY:
            y = self._overwritable(node, x)
            self._steps.append(partial(BINARY[node.op_type], x, self._row(node, 1, x), y))
        elif node.op_type == 'Gemm':
            y = self._gemm(node, x)
        elif node.op_type == 'Relu':
            y = self._copied(node, x)
            self._bound(np.less, y, np.zeros((1, 1), np.float32))
        elif node.op_type == 'Tanh':
            y = self._overwritable(node, x)
            self._steps.append(partial(np.tanh, x, y))
        elif node.op_type in BOUNDS:
            y = self._copied(node, x)
            if len(node.inputs) != 1 + len(BOUNDS[node.op_type]):
                raise PolicyFileError(f'operator {node.op_type!r} has {len(node.inputs)} operands')
            for position, beyond in enumerate(BOUNDS[node.op_type], 1):
                self._bound(beyond, y, self._row(node, position, x))
        elif node.op_type == 'Gather':
            y = self._gather(node, x)
        elif node.op_type == 'ArgMax':
            _demand_attributes(node, ('axis', 1), ('keepdims', 0), ('select_last_index', 0))
            y = np.zeros(len(x), np.int64)
            self._steps.append(partial(x.argmax, 1, y))
        else:
            raise PolicyFileError(
                f'operator {node.op_type!r} is not known to the numpy runtime: use onnxruntime'
            )
        self._values[node.outputs[0]] = y

    def _gemm(self, node: OnnxNode, x: Buffer) -> Buffer:
        _demand_attributes(node, ('alpha', 1.0), ('beta', 1.0), ('transA', 0))
        weight = self._constant(node, 1)
        if node.attributes.get('transB', 0):
            weight = weight.T
        if weight.ndim != 2 or len(weight) != x.shape[1]:
            raise PolicyFileError(f'Gemm of {x.shape[1]} values has a matrix {weight.shape}')
        # (inputs, outputs) in memory: a vector times it is the fastest product numpy has.
        weight = np.ascontiguousarray(weight, np.float32)
        y = np.zeros((len(x), weight.shape[1]), np.float32)
        self._steps.append(partial(x.dot, weight, y))
        if len(node.inputs) > 2:
            self._steps.append(partial(np.add, y, self._row(node, 2, y), y))
        return y

    def _gather(self, node: OnnxNode, x: Buffer) -> Buffer:
        _demand_attributes(node, ('axis', 1))
        index = self._constant(node, 1)
        if index.ndim != 1 or index.dtype != np.int64 or not len(index):
            raise PolicyFileError('Gather has no list of indices')
        if index.min() < 0 or index.max() >= x.shape[1]:
            raise PolicyFileError(f'Gather picks beyond the {x.shape[1]} values that it reads')
        y = np.zeros((len(x), len(index)), np.float32)
        # 'clip' only spares the check that was made above.
        self._steps.append(partial(x.take, index, 1, y, 'clip'))
        return y

    def _bound(self, beyond: np.ufunc, y: Buffer, bound: Buffer) -> None:
        """Set in place what is less (or greater) than a bound to it; NaN stays NaN."""
        # Four times cheaper at batch 1 than np.maximum, which pays for the processor's
        # floating-point flags on each call.
        limits = np.ascontiguousarray(np.broadcast_to(bound, y.shape))
        mask = np.zeros(y.shape, bool)
        self._steps.append(partial(beyond, y, limits, mask))
        self._steps.append(partial(np.putmask, y, mask, limits))

    def _overwritable(self, node: OnnxNode, x: Buffer) -> Buffer:
        """Return a buffer for the result: that of the input where no other operator reads it."""
        return x if node.inputs[0] in self._spare else np.zeros_like(x)

    def _copied(self, node: OnnxNode, x: Buffer) -> Buffer:
        """Return a buffer that holds the input and may be changed in place."""
        y = self._overwritable(node, x)
        if y is not x:
            self._steps.append(partial(np.copyto, y, x))
        return y

    def _row(self, node: OnnxNode, position: int, like: Buffer) -> Buffer:
        """Return a constant operand as float32 (1, k) or (1, 1)."""
        value = self._constant(node, position)
        if value.shape not in ((), (1,), (1, 1), like.shape[1:], (1, *like.shape[1:])):
            raise PolicyFileError(
                f'operator {node.op_type!r} meets {like.shape[1]} values with a constant '
                f'{value.shape}'
            )
        return np.array(value, np.float32).reshape(1, -1)

    def _constant(self, node: OnnxNode, position: int) -> Numbers:
        if position >= len(node.inputs) or node.inputs[position] not in self._constants:
            raise PolicyFileError(f'operator {node.op_type!r} lacks a constant operand')
        return self._constants[node.inputs[position]]


def _demand_attributes(node: OnnxNode, *expected: tuple[str, float]) -> None:
    """Raise PolicyFileError if an attribute differs from that of every policy written here."""
    defaults: dict[str, float] = {'axis': 0, 'keepdims': 1}
    for name, value in expected:
        found = node.attributes.get(name, defaults.get(name, value))
        if found != value:
            raise PolicyFileError(f'operator {node.op_type!r} has an unexpected {name}')
