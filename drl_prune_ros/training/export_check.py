# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether what a run has learned can be exported, told while it trains and not after hours."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm

from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.parity import ParityError
from drl_prune_ros.tasks.catalogue import Task
from drl_prune_ros.training.export import export_actor
from drl_prune_ros.training.networks.greedy_policy import bounds_of
from drl_prune_ros.training.networks.mlp import actor_of
from drl_prune_ros.training.teacher_parity import random_observations


class ExportCheck:
    """
    Writes what would be deployed now, and throws it away.

    Raises DrlPruneError where runtimes disagree on it, on observations of random actions.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        self._seen: np.ndarray | None = None

    def __call__(self, model: BaseAlgorithm) -> None:
        """
        Check the greedy policy of a learner.

        That is once, and from then on where it normalizes by statistics that move.
        """
        if self._seen is None:
            self._seen = random_observations(self._task)
        elif model.get_vec_normalize_env() is None:
            return
        with TemporaryDirectory(prefix='drl-prune-') as folder:
            try:
                export_actor(
                    actor_of(model), self._task, Path(folder) / 'policy.onnx', {},
                    {'method': 'check', 'seed': 0}, normalizer=model.get_vec_normalize_env(),
                    bounds=bounds_of(model), observations=self._seen)
            except ParityError as error:
                raise DrlPruneError(
                    f'what is trained here cannot be exported, since {error}: scale the '
                    'observation of the environment to numbers of a few units') from None
