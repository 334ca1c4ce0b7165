# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The policy in onnxruntime, kept from taking more of the vehicle's processor than it needs."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.manifest import Manifest
from drl_prune_ros.policy.observation_shape import check_batch, check_single
from drl_prune_ros.policy.policy_file import PolicyFile
from drl_prune_ros.policy.runtime import Action, Outputs


class OnnxRuntime:
    """A policy file in onnxruntime; see PolicyRuntime for what its methods take and return."""

    kind = 'onnxruntime'

    def __init__(self, policy: PolicyFile) -> None:
        """Load and warm up; raises DrlPruneError when onnxruntime is missing or refuses."""
        try:
            import onnxruntime
        except ModuleNotFoundError as error:
            raise DrlPruneError(
                'onnxruntime is not installed: pip install drl_prune_ros[onnx], '
                'or choose the numpy runtime'
            ) from error

        options = onnxruntime.SessionOptions()
        # A pool of threads that spin between two decisions would steal cores from other nodes and
        # gain nothing on networks this small.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.add_session_config_entry('session.intra_op.allow_spinning', '0')
        options.add_session_config_entry('session.inter_op.allow_spinning', '0')
        options.log_severity_level = 3
        self.manifest: Manifest = policy.manifest
        self._size = self.manifest.observation.size
        self._discrete = self.manifest.action.discrete
        self._names = [value.name for value in policy.graph.outputs]
        try:
            # The bytes that were checked, not the path: the file may have changed since.
            self._session = onnxruntime.InferenceSession(
                policy.data, options, providers=['CPUExecutionProvider'])
            self._bind()
            self.act(np.zeros(self._size, np.float32))
        except Exception as error:  # onnxruntime's exceptions share no other base
            reason = ' '.join(str(error).split())
            raise DrlPruneError(f'onnxruntime refuses {policy.path}: {reason}') from error

    def _bind(self) -> None:
        """Make the arrays that a decision reads and writes."""
        # Bound once: a call then neither allocates an array nor searches a name.
        self._input = np.zeros((1, self._size), np.float32)
        self._action = np.zeros(1, np.int64) if self._discrete else np.zeros(
            (1, self.manifest.action.size), np.float32)
        self._binding = self._session.io_binding()
        for bind, name, array in (
            (self._binding.bind_input, 'observation', self._input),
            (self._binding.bind_output, 'action', self._action),
        ):
            bind(name, 'cpu', 0, array.dtype.type, array.shape, array.ctypes.data)

    def act(self, observation: ArrayLike) -> Action:
        """Return the action for one observation (n,)."""
        self._input[0] = check_single(observation, self._size)
        self._session.run_with_iobinding(self._binding)
        if self._discrete:
            return int(self._action[0])
        action: NDArray[np.float64] = self._action[0].astype(np.float64)
        return action

    def outputs(self, observations: ArrayLike) -> Outputs:
        """Return every output of the graph for observations (batch, n)."""
        batch = np.asarray(check_batch(observations, self._size), np.float32)
        values = self._session.run(self._names, {'observation': batch})
        return dict(zip(self._names, values, strict=True))
