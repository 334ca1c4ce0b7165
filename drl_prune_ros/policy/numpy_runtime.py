# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The policy in numpy alone: least memory, and at these sizes as fast as any."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from drl_prune_ros.policy.errors import PolicyFileError
from drl_prune_ros.policy.manifest import Manifest
from drl_prune_ros.policy.numpy_program import Buffer, NumpyProgram
from drl_prune_ros.policy.observation_shape import check_batch, check_single
from drl_prune_ros.policy.policy_file import PolicyFile
from drl_prune_ros.policy.runtime import Action, Outputs


class NumpyRuntime:
    """A policy file in numpy; see PolicyRuntime for what its methods take and return."""

    kind = 'numpy'

    def __init__(self, policy: PolicyFile) -> None:
        """Compile and warm up; raises PolicyFileError when the graph is not a policy's."""
        self.manifest: Manifest = policy.manifest
        self._size = self.manifest.observation.size
        self._graph = policy.graph
        self._single = self._batch = self._program(1)
        self._input = self._single.observations[0]
        self._run = self._single.run
        self._discrete = self.manifest.action.discrete
        self._action = self._checked_action()
        self.act(np.zeros(self._size, np.float32))

    def act(self, observation: ArrayLike) -> Action:
        """Return the action for one observation (n,)."""
        self._input[:] = check_single(observation, self._size)
        self._run()
        if self._discrete:
            return int(self._action.item())
        action: NDArray[np.float64] = self._action[0].astype(np.float64)
        return action

    def outputs(self, observations: ArrayLike) -> Outputs:
        """Return every output of the graph for observations (batch, n)."""
        batch = check_batch(observations, self._size)
        # Evaluation calls with one batch size again and again; only the last is kept.
        if len(self._batch.observations) != len(batch):
            self._batch = self._program(len(batch))
        self._batch.observations[:] = batch
        self._batch.run()
        return {name: value.copy() for name, value in self._batch.outputs.items()}

    def _program(self, batch: int) -> NumpyProgram:
        return NumpyProgram(self._graph, self._size, batch)

    def _checked_action(self) -> Buffer:
        """Return the action's buffer, if it is of the kind and size that the contract says."""
        action = self.manifest.action
        shape, dtype = ((1,), np.int64) if action.discrete else ((1, action.size), np.float32)
        buffer = self._single.outputs.get('action')
        if buffer is None or buffer.shape != shape or buffer.dtype != dtype:
            raise PolicyFileError(f'the graph gives no {action.kind} action of {action.size}')
        return buffer
