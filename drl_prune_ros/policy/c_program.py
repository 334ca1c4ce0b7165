# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
A policy graph as the statements of one C99 function, and the constants that they read.

They compute what the numpy runtime computes, in float; a NaN stays one.
"""

import numpy as np

from drl_prune_ros.policy.errors import PolicyFileError
from drl_prune_ros.policy.numpy_program import NumpyProgram
from drl_prune_ros.policy.onnx_reader import OnnxGraph, OnnxNode
from drl_prune_ros.policy.wire import Numbers

# {x} is the value, {a} and {b} are the constant operands, in order.
ELEMENTWISE = {
    'Add': '{x} + {a}',
    'Sub': '{x} - {a}',
    'Mul': '{x} * {a}',
    'Div': '{x} / {a}',
    'Relu': '{x} < 0.0f ? 0.0f : {x}',
    'Tanh': 'tanhf({x})',
    'Clip': '{x} < {a} ? {a} : {x} > {b} ? {b} : {x}',
    'Max': '{x} < {a} ? {a} : {x}',
    'Min': '{x} > {a} ? {a} : {x}',
}
PARAMETERS = ('observation', 'scores', 'action')
NUMBERS_A_LINE = 6
FLOAT_BYTES = 4
INDEX_BYTES = 2


class CProgram:
    """
    A graph as C, for observations of `size` values.

    constants       definitions of static const arrays
    statements      what fills `scores` and `best` (an index), or `action`, from `observation`
    constant_bytes  of those arrays
    stack_bytes     of the arrays that the statements keep on the stack
    tanh            whether tanhf is called

    Raises PolicyFileError when the graph is none that the numpy runtime computes.
    """

    def __init__(self, graph: OnnxGraph, size: int) -> None:
        """Translate a graph of one input."""
        NumpyProgram(graph, size, 1)   # refuses what is not understood here either
        self.constants: list[str] = []
        self.statements: list[str] = []
        self.constant_bytes = 0
        self.stack_bytes = 0
        self.tanh = False
        self._initializers = graph.initializers
        self._names = {value.name: ('observation', size) for value in graph.inputs}
        self._outputs = {value.name for value in graph.outputs}
        self._defined: set[str] = set()
        read = [name for node in graph.nodes for name in node.inputs]
        for node in graph.nodes:
            if read.count(node.inputs[0]) > 1:
                raise PolicyFileError(
                    f'{node.inputs[0]!r} is read by several operators: use onnxruntime')
            self._translate(node)

    def _translate(self, node: OnnxNode) -> None:
        x, size = self._names[node.inputs[0]]
        if node.op_type == 'Gather':
            name, size = self._gather(node, x)
        elif node.op_type == 'Gemm':
            name, size = self._gemm(node, x, size)
        elif node.op_type == 'ArgMax':
            self._argmax(x, size)
            name, size = 'best', 1
        else:
            name = self._elementwise(node, x, size)
        self._names[node.outputs[0]] = name, size

    def _gather(self, node: OnnxNode, x: str) -> tuple[str, int]:
        index = self._initializers[node.inputs[1]]
        if index.max() >= 2 ** 16:
            raise PolicyFileError(f'{index.max()} observation values are too many for C here')
        table = self._define('kept', 'unsigned short', index)
        y = self._array(node, 'seen', len(index))
        self._each(len(index), f'{y}[i] = {x}[{table}[i]];')
        return y, len(index)

    def _gemm(self, node: OnnxNode, x: str, size: int) -> tuple[str, int]:
        weight = self._initializers[node.inputs[1]]
        if node.attributes.get('transB', 0):
            weight = weight.T
        outputs = weight.shape[1]
        number = sum(name.startswith('weight_') for name in self._defined)
        matrix = self._define(f'weight_{number}', 'float', weight)
        bias = ''
        if len(node.inputs) > 2:
            bias = self._operand(node, 2, f'bias_{number}', outputs) + ' + '
        y = self._array(node, f'layer_{number}', outputs)
        # The first input with the bias: a loop that only copied the bias would become a call of
        # memcpy, which firmware may not have.
        self._each(outputs, f'{y}[i] = {bias}{matrix}[0][i] * {x}[0];')
        # An input a row: the sums of the inner loop do not wait for each other, and its length is
        # known, so that a compiler may compute several of them at once.
        if size > 1:
            self.statements += [
                f'for (int j = 1; j < {size}; j++) {{',
                f'    for (int i = 0; i < {outputs}; i++) {{',
                f'        {y}[i] += {matrix}[j][i] * {x}[j];',
                '    }',
                '}']
        return y, outputs

    def _elementwise(self, node: OnnxNode, x: str, size: int) -> str:
        y = x
        if x in PARAMETERS or node.outputs[0] in self._outputs:
            y = self._array(node, 'seen', size)
        stems = {'Sub': ('mean',), 'Div': ('spread',), 'Mul': ('half_range',), 'Add': ('center',),
                 'Max': ('low',), 'Min': ('high',), 'Clip': ('low', 'high')}
        operands = [self._operand(node, place, stem, size)
                    for place, stem in enumerate(stems.get(node.op_type, ()), 1)]
        self.tanh |= node.op_type == 'Tanh'
        a, b = (*operands, '', '')[:2]
        expression = ELEMENTWISE[node.op_type].format(x=f'{x}[i]', a=a, b=b)
        self._each(size, f'{y}[i] = {expression};')
        return y

    def _argmax(self, x: str, size: int) -> None:
        self.statements.append('int best = 0;')
        if size > 1:
            self.statements += [
                f'for (int i = 1; i < {size}; i++) {{',
                f'    if ({x}[i] > {x}[best]) {{',
                '        best = i;',
                '    }',
                '}']

    def _array(self, node: OnnxNode, stem: str, size: int) -> str:
        """Return where a result goes: a parameter of the function, or an array on the stack."""
        if node.outputs[0] in self._outputs:
            return node.outputs[0]
        name = self._unused(stem)
        self.statements.append(f'float {name}[{size}];')
        self.stack_bytes += size * FLOAT_BYTES
        return name

    def _operand(self, node: OnnxNode, place: int, stem: str, size: int) -> str:
        """Return a constant operand as an expression of i."""
        value = self._initializers[node.inputs[place]]
        if value.size == 1:
            return _literal(value.item())
        return f'{self._define(stem, "float", value.reshape(size))}[i]'

    def _define(self, stem: str, kind: str, values: Numbers) -> str:
        name = self._unused(stem)
        self.constant_bytes += values.size * (FLOAT_BYTES if kind == 'float' else INDEX_BYTES)
        dimensions = ''.join(f'[{size}]' for size in values.shape)
        if values.ndim == 1:
            body = _lines(values, '    ')
        else:
            body = ',\n'.join('    {\n' + _lines(row, '        ') + '\n    }' for row in values)
        self.constants.append(f'static const {kind} {name}{dimensions} = {{\n{body}\n}};')
        return name

    def _unused(self, stem: str) -> str:
        name, number = stem, 1
        while name in self._defined:
            name, number = f'{stem}_{number}', number + 1
        self._defined.add(name)
        return name

    def _each(self, size: int, statement: str) -> None:
        self.statements += [f'for (int i = 0; i < {size}; i++) {{', f'    {statement}', '}']


def _lines(values: Numbers, indent: str) -> str:
    words = [_literal(value) for value in values.tolist()]
    return ',\n'.join(
        indent + ', '.join(words[start:start + NUMBERS_A_LINE])
        for start in range(0, len(words), NUMBERS_A_LINE))


def _literal(value: float) -> str:
    """Return a whole number as it is, another as the shortest text of the nearest float."""
    if isinstance(value, int):
        return str(value)
    with np.errstate(over='ignore'):
        number = np.float32(value)
    if not np.isfinite(number):
        raise PolicyFileError(f'the constant {value} is no finite float: export the policy again')
    return f'{number!s}f'   # without !s, as many digits as a double has
