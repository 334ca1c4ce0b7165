# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The operators of a policy, one after the other, and what they may be.

    observation -> (Gather) (Sub (Sub) Div) (Clip) -> Gemm (Relu or Tanh, Gemm)... -> action

Each reads the result of the one before and constants of its own. So whoever computes the graph
computes the same, and none of its values can overflow.
"""

import re

import numpy as np
from numpy.typing import NDArray

from drl_prune_ros.policy.bounds import LARGEST_OBSERVATION, LARGEST_RESULT
from drl_prune_ros.policy.errors import PolicyFileError
from drl_prune_ros.policy.manifest import Manifest
from drl_prune_ros.policy.onnx_reader import FLOAT, INT64, OnnxGraph, OnnxNode, OnnxValue
from drl_prune_ros.policy.wire import Numbers

ORDER = re.compile(
    '(Gather )?(Sub (Sub )?Div )?(Clip )?((Gemm Relu )*|(Gemm Tanh )*)Gemm '
    '(ArgMax |Tanh Mul Add |Max Min )')
ATTRIBUTES: dict[str, dict[str, int]] = {
    'Gather': {'axis': 1}, 'Gemm': {'transB': 1}, 'ArgMax': {'axis': 1, 'keepdims': 0}}
CONSTANTS = {'Gather': 1, 'Sub': 1, 'Div': 1, 'Clip': 2, 'Gemm': 2, 'Mul': 1, 'Add': 1, 'Max': 1,
             'Min': 1}


def check_graph(graph: OnnxGraph, manifest: Manifest) -> None:
    """Raise PolicyFileError if the graph is not the one that the manifest describes."""
    size, action = manifest.observation.size, manifest.action
    if len(graph.inputs) != 1 or not _is_value(graph.inputs, 'observation', FLOAT, size):
        raise PolicyFileError(f'the graph does not read one observation of {size} values')
    names = ('action', 'scores') if action.discrete else ('action',)
    if sorted(value.name for value in graph.outputs) != sorted(names):
        raise PolicyFileError(f'the graph does not give {" and ".join(names)}')
    operators = ' '.join(node.op_type for node in graph.nodes)
    if not ORDER.fullmatch(f'{operators} ') or ('ArgMax' in operators) != action.discrete:
        raise PolicyFileError(f'the graph computes {operators or "nothing"}, as no '
                              f'{action.kind} policy does')
    widths = _Chain(graph, size).widths
    if widths != manifest.widths:
        raise PolicyFileError(
            f'the graph has widths {list(widths)} but the manifest says {list(manifest.widths)}')
    _check_outputs(graph, manifest)


def _is_value(
    values: tuple[OnnxValue, ...], name: str, elem_type: int, *sizes: int,
) -> bool:
    """Return whether there is exactly one value of this name, for batches of any size."""
    found = [value for value in values if value.name == name]
    return (len(found) == 1 and found[0].elem_type == elem_type
            and len(found[0].shape) == 1 + len(sizes) and isinstance(found[0].shape[0], str)
            and found[0].shape[1:] == sizes)


class _Chain:
    """
    Follows the operators, and raises PolicyFileError where one does not continue the chain.

    widths  values that the first layer reads, and units of each layer
    """

    def __init__(self, graph: OnnxGraph, size: int) -> None:
        self._constants = dict(graph.initializers)   # those that nothing has read yet
        self._names = {'observation', *self._constants}
        if len(self._names) != 1 + len(self._constants):
            raise PolicyFileError("a constant is called 'observation'")
        self._last = 'observation'
        # What the values of the last result can be at most, without their sign.
        self._most = np.full(size, LARGEST_OBSERVATION, np.float32)
        self.widths: tuple[int, ...] = ()
        for node in graph.nodes:
            with np.errstate(over='ignore', invalid='ignore'):
                self._follow(node)
            if not self._most.max() < LARGEST_RESULT:   # also where it is NaN
                raise PolicyFileError(
                    f'operator {node.op_type!r} can overflow, or has a constant that is not '
                    'finite')
        if self._constants:
            raise PolicyFileError(f'nothing reads the constant {next(iter(self._constants))!r}')

    def _follow(self, node: OnnxNode) -> None:
        operator = node.op_type
        if node.inputs[:1] != (self._last,) or len(node.outputs) != 1:
            raise PolicyFileError(f'operator {operator!r} does not read what is before it alone')
        if len(node.inputs) != 1 + CONSTANTS.get(operator, 0):
            raise PolicyFileError(f'operator {operator!r} has {len(node.inputs) - 1} operands')
        if node.attributes != ATTRIBUTES.get(operator, {}):
            raise PolicyFileError(f'operator {operator!r} has attributes {node.attributes}')
        if node.outputs[0] in self._names or not node.outputs[0]:
            raise PolicyFileError(f'{node.outputs[0]!r} is computed twice')
        self._last = node.outputs[0]
        self._names.add(self._last)
        operands = [self._take(operator, name) for name in node.inputs[1:]]
        if operator == 'Gather':
            self._gather(*operands)
        elif operator == 'Gemm':
            self._gemm(*operands)
        elif operator == 'Clip':
            self._clip(*operands)
        else:
            for operand in operands:
                self._demand(operand, operator, self._most.shape)
            self._bound(operator, *operands)

    def _take(self, operator: str, name: str) -> Numbers:
        try:
            return self._constants.pop(name)
        except KeyError:
            raise PolicyFileError(
                f'operator {operator!r} reads {name!r}, which is no constant of its own'
            ) from None

    def _gather(self, index: Numbers) -> None:
        self._demand(index, 'Gather', index.shape[:1], np.int64)
        if index[0] < 0 or index[-1] >= self._most.size or (np.diff(index) <= 0).any():
            raise PolicyFileError(
                f'the inputs are no increasing part of the {self._most.size} values')
        self._most = self._most[index]

    def _gemm(self, weight: Numbers, bias: Numbers) -> None:
        shape = (*weight.shape[:1], self._most.size)
        self._demand(weight, 'Gemm', shape)
        self._demand(bias, 'Gemm', shape[:1])
        if not self.widths:
            self.widths = (self._most.size,)
        self.widths += shape[:1]
        self._most = np.abs(weight) @ self._most + np.abs(bias)

    def _clip(self, low: Numbers, high: Numbers) -> None:
        self._demand(low, 'Clip', ())
        self._demand(high, 'Clip', ())
        if not 0.0 < high == -low:
            raise PolicyFileError('the bounds of the observation are not -clip and clip')
        self._most = np.minimum(self._most, high)

    def _bound(self, operator: str, *operands: Numbers) -> None:
        most = self._most
        if operator == 'Tanh':
            most = np.minimum(most, np.float32(1.0))
        elif operator in ('Sub', 'Add'):
            most = most + np.abs(operands[0])
        elif operator in ('Mul', 'Div'):
            if not (operands[0] > 0.0).all():
                raise PolicyFileError(f'operator {operator!r} has a constant that is not above 0')
            most = most * operands[0] if operator == 'Mul' else most / operands[0]
        elif operator in ('Max', 'Min'):
            most = np.maximum(most, np.abs(operands[0]))
        self._most = most

    def _demand(
        self, value: Numbers, operator: str, shape: tuple[int, ...], kind: type = np.float32,
    ) -> None:
        if value.shape != shape or value.dtype != kind:
            raise PolicyFileError(
                f'operator {operator!r} has a constant of shape {value.shape} and type '
                f'{value.dtype} where {shape} and {np.dtype(kind)} are needed')


def _check_outputs(graph: OnnxGraph, manifest: Manifest) -> None:
    """Raise PolicyFileError if the results are not what the graph and the manifest say."""
    action, (*_, before, last) = manifest.action, graph.nodes
    results = {'action': last.outputs[0]}
    if action.discrete:
        results['scores'] = before.outputs[0]
        sound = (_is_value(graph.outputs, 'action', INT64)
                 and _is_value(graph.outputs, 'scores', FLOAT, action.size))
    else:
        sound = _is_value(graph.outputs, 'action', FLOAT, action.size)
    if not sound or any(name != result for name, result in results.items()):
        raise PolicyFileError('the last operators do not compute what the graph gives')
    if action.low is None or action.high is None:
        return
    low, high = (np.asarray(bounds, np.float32) for bounds in (action.low, action.high))
    first, second = (graph.initializers[node.inputs[1]] for node in (before, last))
    expected = _half_range_and_center(low, high) if last.op_type == 'Add' else (low, high)
    if not (low < high).all() or not all(map(np.array_equal, (first, second), expected)):
        raise PolicyFileError('the graph has other bounds of the action than the manifest')


def _half_range_and_center(
    low: NDArray[np.float32], high: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return them as the writer rounds them."""
    exact = low.astype(np.float64), high.astype(np.float64)
    return (((exact[1] - exact[0]) / 2).astype(np.float32),
            ((exact[1] + exact[0]) / 2).astype(np.float32))
