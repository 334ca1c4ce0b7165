# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The runtimes that compute a policy on board: one protocol, numpy or onnxruntime."""

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.manifest import Manifest
from drl_prune_ros.policy.policy_file import PolicyFile, read_policy

Action = int | NDArray[np.float64]
"""The index of a discrete action, or (k,) the components of a continuous one."""
Outputs = dict[str, NDArray[np.float32 | np.int64]]
"""What a graph computes for a batch of observations, by name; see PolicyRuntime.outputs."""
RUNTIMES = ('numpy', 'onnxruntime')


class PolicyRuntime(Protocol):
    """
    A loaded policy, warmed up.

    Values that are not finite are not detected: the observer has to check them.
    Not thread-safe: buffers are reused from call to call.
    """

    @property
    def kind(self) -> str:
        """Return its name, one of RUNTIMES."""

    @property
    def manifest(self) -> Manifest:
        """Return the manifest of the policy file."""

    def act(self, observation: ArrayLike) -> Action:
        """
        Return the action for one observation (n,), cast to float32.

        A discrete action is an int, a continuous one a float64 array (k,) of its own. Raises
        DrlPruneError when the shape is not (n,).
        """

    def outputs(self, observations: ArrayLike) -> Outputs:
        """
        Return every output of the graph for observations (batch, n), cast to float32.

        'action' int64 (batch,) and 'scores' float32 (batch, k) when discrete, else 'action'
        float32 (batch, k). Raises DrlPruneError when the shape is not (batch, n).
        """


def load_runtime(path: str | Path | PolicyFile, kind: str = 'numpy') -> PolicyRuntime:
    """
    Read, check, load and warm up a policy file, or one that was read.

    `kind` is 'numpy', which needs nothing else and least memory, or 'onnxruntime'. Raises
    DrlPruneError when the file is refused, or the runtime unknown or not installed.
    """
    if kind not in RUNTIMES:
        raise DrlPruneError(f'unknown runtime {kind!r}: choose from {", ".join(RUNTIMES)}')
    policy = path if isinstance(path, PolicyFile) else read_policy(path)
    if kind == 'numpy':
        from drl_prune_ros.policy.numpy_runtime import NumpyRuntime

        return NumpyRuntime(policy)
    from drl_prune_ros.policy.onnx_runtime import OnnxRuntime

    return OnnxRuntime(policy)
