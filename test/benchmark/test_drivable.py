# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import numpy as np
import pytest

from drl_prune_ros.benchmark.drivable import require_drivable
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.manifest import Manifest
from drl_prune_ros.policy.network import MlpNetwork
from drl_prune_ros.policy.policy_file import write_policy
from drl_prune_ros.tasks.catalogue import load_task

MODELS = Path(__file__).resolve().parents[2] / 'models'


@pytest.fixture
def racetrack(tmp_path):
    """Write a policy that sees a grid."""
    task = load_task('racetrack-v0')
    network = MlpNetwork(
        layers=((np.ones((1, 288)), np.zeros(1)),), activation='relu', output='tanh',
        low=task.action.low, high=task.action.high)
    write_policy(tmp_path / 'grid.onnx', network, Manifest(
        task.id, task.observation, task.action, (288, 1), task.dense_widths))
    return tmp_path / 'grid.onnx'


def test_a_policy_of_objects_is_drivable():
    require_drivable(MODELS / 'highway-fast-v0-dsp.onnx', 'numpy', 'passenger_car')


def test_a_policy_of_something_else_is_told_what_it_is_driven_by(racetrack):
    with pytest.raises(DrlPruneError, match='by grid/presence, grid/on_road, but only objects'):
        require_drivable(racetrack, 'numpy', 'passenger_car')
    with pytest.raises(DrlPruneError, match='passes the components on'):
        require_drivable(MODELS / 'Hopper-v3-dsp.onnx', 'numpy', 'passenger_car')
