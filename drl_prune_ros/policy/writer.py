# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""
The ONNX graph of a policy: everything between raw observation and action.

The one module that needs the onnx package; a vehicle never imports it. The graph reads
`observation` float32 (batch, n) and gives, for 'argmax', `scores` float32 (batch, k) and `action`
int64 (batch,); otherwise `action` float32 (batch, k).
"""

import numpy as np
from numpy.typing import ArrayLike
import onnx
from onnx import helper, numpy_helper, TensorProto

from drl_prune_ros import __version__
from drl_prune_ros.policy.network import MlpNetwork

# Every operator here is older than these, so that onnxruntime 1.12 and later load the file.
OPSET = 17
IR_VERSION = 8


class _Graph:
    """A chain of operators under construction: each reads what the one before wrote."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.last = 'observation'

    def constant(self, name: str, value: ArrayLike, dtype: type = np.float32) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def then(self, op_type: str, output: str, *others: str, **attributes: int) -> None:
        inputs = [self.last, *others]
        self.nodes.append(helper.make_node(op_type, inputs, [output], output, **attributes))
        self.last = output


def build_model(
    network: MlpNetwork, size: int, producer: str, metadata: dict[str, str]
) -> bytes:
    """
    Return the bytes of the model of a network that reads observations of `size` values.

    The same arguments give the same bytes.
    """
    graph = _Graph()
    _observe(graph, network, size)
    for index, (weight, bias) in enumerate(network.layers):
        _layer(graph, network, index, weight, bias)
    outputs = _act(graph, network)
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            'policy',
            [helper.make_tensor_value_info('observation', TensorProto.FLOAT, ['batch', size])],
            outputs,
            graph.constants,
        ),
        producer_name=producer,
        producer_version=__version__,
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid('', OPSET)],
    )
    helper.set_model_props(model, metadata)
    onnx.checker.check_model(model, full_check=True)
    data: bytes = model.SerializeToString(deterministic=True)
    return data


def _observe(graph: _Graph, network: MlpNetwork, size: int) -> None:
    """Keep the values that the network reads, and normalize those."""
    kept = list(range(size)) if network.inputs is None else list(network.inputs)
    if len(kept) < size:
        graph.then('Gather', 'kept', graph.constant('kept_inputs', kept, np.int64), axis=1)
    # The names of results stand in the file, and keep the spelling that its first version had.
    if network.observation_mean is not None and network.observation_std is not None:
        mean = graph.constant('observation_mean', network.observation_mean[kept])
        std = graph.constant('observation_std', network.observation_std[kept])
        graph.then('Sub', 'centred', mean)
        if network.observation_mean_low is not None:
            low = graph.constant('observation_mean_low', network.observation_mean_low[kept])
            graph.then('Sub', 'centred_exactly', low)
        graph.then('Div', 'normalised', std)
    if network.observation_clip is not None:
        low = graph.constant('clip_low', -network.observation_clip)
        high = graph.constant('clip_high', network.observation_clip)
        graph.then('Clip', 'clipped', low, high)


def _layer(
    graph: _Graph, network: MlpNetwork, index: int, weight: ArrayLike, bias: ArrayLike
) -> None:
    last = index == len(network.layers) - 1
    output = f'layer_{index}'
    if last and network.output == 'argmax':
        output = 'scores'
    graph.then(
        'Gemm',
        output,
        graph.constant(f'weight_{index}', weight),
        graph.constant(f'bias_{index}', bias),
        transB=1,
    )
    if not last:
        op_type = {'relu': 'Relu', 'tanh': 'Tanh'}[network.activation]
        graph.then(op_type, f'hidden_{index}')


def _act(graph: _Graph, network: MlpNetwork) -> list[onnx.ValueInfoProto]:
    """Append what turns the last layer into the action; return the graph's outputs."""
    width = network.widths[-1]
    if network.output == 'argmax':
        graph.then('ArgMax', 'action', axis=1, keepdims=0)
        return [
            helper.make_tensor_value_info('action', TensorProto.INT64, ['batch']),
            helper.make_tensor_value_info('scores', TensorProto.FLOAT, ['batch', width]),
        ]
    low, high = np.asarray(network.low, np.float64), np.asarray(network.high, np.float64)
    if network.output == 'tanh':
        graph.then('Tanh', 'squashed')
        graph.then('Mul', 'spread', graph.constant('action_half_range', (high - low) / 2))
        graph.then('Add', 'action', graph.constant('action_centre', (high + low) / 2))
    else:
        graph.then('Max', 'above_low', graph.constant('action_low', low))
        graph.then('Min', 'action', graph.constant('action_high', high))
    return [helper.make_tensor_value_info('action', TensorProto.FLOAT, ['batch', width])]
