# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Masked, shrunk, exported: one function, whatever the widths, activations and masks."""

from itertools import pairwise
from pathlib import Path
import tempfile

from hypothesis import assume, given, settings
from hypothesis import strategies as st
import numpy as np
import torch
from torch import nn

from drl_prune_ros.policy.contracts import ActionContract, ObservationContract
from drl_prune_ros.policy.manifest import dense_widths, Manifest
from drl_prune_ros.policy.network import MlpNetwork
from drl_prune_ros.policy.policy_file import write_policy
from drl_prune_ros.policy.runtime import load_runtime, RUNTIMES
from drl_prune_ros.pruning.structured.masks import Masks
from drl_prune_ros.pruning.structured.surgery import delete_masked
from drl_prune_ros.training.networks.greedy_policy import network_of, torch_outputs
from drl_prune_ros.training.networks.mlp import MlpView, OutputKind

Case = tuple[MlpView, Masks, np.ndarray]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a network of one to three hidden layers, masks, and observations."""
    widths = [draw(st.integers(1, 8)), *draw(st.lists(st.integers(1, 24), min_size=1, max_size=3)),
              draw(st.integers(1, 5))]
    answer = draw(st.sampled_from(OutputKind))
    log_std = answer is OutputKind.SQUASHED and draw(st.booleans())
    seed = draw(st.integers(0, 2**31))
    keep = draw(st.sampled_from([0.3, 0.6, 1.0]))
    torch.manual_seed(seed)
    linears = [nn.Linear(a, b) for a, b in pairwise(widths)]
    actor = MlpView(linears, draw(st.sampled_from([nn.ReLU(), nn.Tanh()])), answer,
                  nn.Linear(*widths[-2:]) if log_std else None)
    masks = Masks([torch.rand(width) < keep for width in widths[:-1]])
    for kept in masks.kept:
        if not kept.any():
            kept[0] = True
    observations = 3 * np.random.default_rng(seed).normal(size=(64, widths[0]))
    return actor, masks, observations.astype(np.float32)


def forward(network: MlpNetwork, observations: np.ndarray) -> np.ndarray:
    """Compute what the last layer says in double precision, from the arrays alone."""
    values = observations.astype(np.float64)
    if network.inputs is not None:
        values = values[:, list(network.inputs)]
    for index, (weight, bias) in enumerate(network.layers):
        values = values @ weight.astype(np.float64).T + bias
        if index < len(network.layers) - 1:
            values = np.maximum(values, 0) if network.activation == 'relu' else np.tanh(values)
    if network.output == 'argmax':
        return values
    return np.tanh(values) if network.output == 'tanh' else np.clip(values, -1, 1)


def manifest_of(actor: MlpView, network: MlpNetwork) -> Manifest:
    inputs, outputs = actor.widths[0], actor.widths[-1]
    names = tuple(f'a{i}' for i in range(outputs))
    if network.output == 'argmax':
        action = ActionContract(kind='discrete', names=names)
    else:
        action = ActionContract(kind='continuous', names=names, low=(-1.0,) * outputs,
                                high=(1.0,) * outputs, units=('1',) * outputs)
    observation = ObservationContract(
        kind='vector', shape=(inputs,), features=tuple(f'o{i}' for i in range(inputs)),
        units=('1',) * inputs, ranges=((None, None),) * inputs, normalized=False, clip=False,
        frame='none', rate_hz=1.0, control_rate_hz=1.0)
    return Manifest('any', observation, action, widths=network.widths,
                    widths_dense=dense_widths(inputs, outputs))


@settings(deadline=None, max_examples=40)
@given(cases())
def test_masked_shrunk_and_exported_are_one_function(case: Case) -> None:
    actor, masks, observations = case
    masks.apply(actor)
    key = 'scores' if actor.output_kind in (OutputKind.SCORES, OutputKind.VALUES) else 'action'
    masked = torch_outputs(actor, observations)[key]
    delete_masked(actor, masks)
    shrunk = torch_outputs(actor, observations)[key]
    # Masked inputs stay with the learner; what nothing reads stays out of the file.
    assume(all(linear.weight.any() for linear in actor.linears))
    network = network_of(actor)
    assert network.widths[0] <= int(masks.kept[0].sum())
    assert all(a <= b for a, b in zip(network.widths, masks.widths(actor), strict=False))
    said = {'masked': masked, 'shrunk': shrunk, 'arrays': forward(network, observations)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'policy.onnx'
        write_policy(path, network, manifest_of(actor, network))
        for kind in RUNTIMES:
            said[kind] = load_runtime(path, kind).outputs(observations)[key]
    for name, values in said.items():
        distance = np.abs(values.astype(np.float64) - masked)
        assert (distance <= 1e-5 * np.maximum(1, np.abs(masked))).all(), name
