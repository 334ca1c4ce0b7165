# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The network as plain arrays: what a trained model is turned into before it is written."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from drl_prune_ros.policy.errors import PolicyFileError

Layer = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Weight (outputs, inputs) and bias (outputs,)."""
ACTIVATIONS = ('relu', 'tanh')
OUTPUTS = ('argmax', 'tanh', 'clip')
TELLS = 1e-6
"""Of a standard deviation: what the rounding of a mean may move a normalized value by."""


@dataclass(frozen=True, eq=False)
class MlpNetwork:
    """
    A multi-layer perceptron from raw observation to action.

    layers             a (weight, bias) pair for each layer: weight (outputs, inputs) as torch
                       keeps it, bias (outputs,); taken as float32
    activation         'relu' or 'tanh', after every layer but the last
    output             'argmax': the last layer's values are scores, the action is the best one;
                       'tanh': squashed, then spread over [low, high]; 'clip': clipped to them
    observation_mean   (n,), observation_std (n,), observation_clip: the normalizer
    observation_std    clip((observation - mean) / std, -clip, clip), over all n values of the
    observation_clip   observation; None where there is none
    observation_mean_low  (n,) what float32 leaves of the mean, subtracted after it; made from a
                       mean of more precision where that tells in the normalized observation, such
                       as a pressure of 101325 +- 100; else None
    inputs             indices of the observation values that the first layer reads, increasing;
                       None when it reads all
    low, high          (outputs,) bounds of the action; None for 'argmax'

    Raises PolicyFileError when shapes do not fit together or a value is not finite.
    """

    layers: tuple[Layer, ...]
    activation: str
    output: str
    observation_mean: NDArray[np.float32] | None = None
    observation_std: NDArray[np.float32] | None = None
    observation_clip: float | None = None
    inputs: tuple[int, ...] | None = None
    low: NDArray[np.float32] | tuple[float, ...] | None = None
    high: NDArray[np.float32] | tuple[float, ...] | None = None
    observation_mean_low: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        """Bring arrays to float32 and check that they fit together."""
        _demand(self.activation in ACTIVATIONS, f'unknown activation {self.activation!r}')
        _demand(self.output in OUTPUTS, f'unknown output {self.output!r}')
        _demand(len(self.layers) >= 1, 'there is no layer')
        layers: list[Layer] = []
        for index, (weight, bias) in enumerate(self.layers):
            weight, bias = _array(weight, 2, 'weight'), _array(bias, 1, 'bias')
            _demand(weight.size > 0, f'layer {index} has no weights')
            _demand(len(weight) == len(bias), f'layer {index} has {len(bias)} biases')
            if layers:
                before = len(layers[-1][1])
                _demand(weight.shape[1] == before, f'layer {index} does not read {before} values')
            layers.append((weight, bias))
        self._set('layers', tuple(layers))
        self._check_normalizer()
        self._check_bounds()

    def _check_normalizer(self) -> None:
        if self.observation_mean is not None or self.observation_std is not None:
            mean = _array(self.observation_mean, 1, 'observation_mean')
            std = _array(self.observation_std, 1, 'observation_std')
            _demand(mean.shape == std.shape, 'observation_mean and _std differ in size')
            _demand(bool((std > 0).all()), 'observation_std has a value that is not above 0')
            self._split_mean(mean, std)
            self._set('observation_mean', mean)
            self._set('observation_std', std)
        if self.observation_clip is not None:
            _demand(0 < self.observation_clip < np.inf, 'observation_clip is not above 0')
        if self.inputs is not None:
            inputs = tuple(int(index) for index in self.inputs)
            _demand(len(inputs) == self.widths[0], 'inputs is not what layer 0 reads')
            _demand(
                inputs[0] >= 0 and all(a < b for a, b in pairwise(inputs)),
                'inputs is not increasing',
            )
            self._set('inputs', inputs)

    def _split_mean(self, mean: NDArray[np.float32], std: NDArray[np.float32]) -> None:
        """Keep what float32 leaves of the mean, where it moves a normalized value enough."""
        if self.observation_mean_low is not None:
            low = _array(self.observation_mean_low, 1, 'observation_mean_low')
            _demand(low.shape == mean.shape, 'observation_mean and _mean_low differ in size')
            self._set('observation_mean_low', low)
            return
        rest = np.asarray(self.observation_mean, np.float64) - mean.astype(np.float64)
        if (np.abs(rest) > TELLS * std).any():
            self._set('observation_mean_low', rest.astype(np.float32))

    def _check_bounds(self) -> None:
        if self.output == 'argmax':
            _demand(self.low is None and self.high is None, 'scores have no bounds')
            return
        low, high = _array(self.low, 1, 'low'), _array(self.high, 1, 'high')
        _demand(
            len(low) == len(high) == self.widths[-1] and bool((low < high).all()),
            'low and high are not bounds of the action',
        )
        self._set('low', low)
        self._set('high', high)

    @property
    def widths(self) -> tuple[int, ...]:
        """Inputs that the first layer reads, hidden units..., outputs."""
        return (self.layers[0][0].shape[1], *(len(bias) for _, bias in self.layers))

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)


def _array(value: ArrayLike | None, axes: int, name: str) -> NDArray[np.float32]:
    _demand(value is not None, f'{name} is missing')
    array = np.array(value, np.float32, order='C')
    _demand(array.ndim == axes, f'{name} has {array.ndim} axes, not {axes}')
    _demand(bool(np.isfinite(array).all()), f'{name} holds a value that is not finite')
    return array


def _demand(condition: bool, problem: str) -> None:
    if not condition:
        raise PolicyFileError(f'the network cannot be written: {problem}')
