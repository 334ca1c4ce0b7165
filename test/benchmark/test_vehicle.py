# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What limits and delay of a vehicle make of a policy."""

import pytest

from drl_prune_ros.benchmark.vehicle import evaluate_on_vehicle
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.runtime import load_runtime
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.tasks.evaluation import evaluate_policy

TASK = load_task('highway-fast-v0')
SEED, EPISODES = 20, 2


def test_without_limits_and_delay_it_is_what_the_environment_says(highway_policy):
    runtime = load_runtime(highway_policy)
    found = evaluate_on_vehicle(runtime, TASK, 'highway_env', 0.0, SEED, EPISODES)
    expected = evaluate_policy(runtime, TASK, SEED, EPISODES, 'gymnasium')
    assert found.returns == pytest.approx(expected.returns, abs=1e-6)
    assert found.lengths.tolist() == expected.lengths.tolist()
    assert found.crashed.tolist() == expected.crashed.tolist()
    assert found.speeds == pytest.approx(expected.speeds)


def test_limits_and_delay_change_what_is_driven(highway_policy):
    runtime = load_runtime(highway_policy)
    returns = {(vehicle, delay): tuple(evaluate_on_vehicle(
        runtime, TASK, vehicle, delay, SEED, 1).returns)
        for vehicle in ('highway_env', 'passenger_car') for delay in (0.0, 0.2)}
    assert len(set(returns.values())) == 4


def test_what_cannot_be_driven_is_refused(highway_policy, vector_policy_runtime):
    with pytest.raises(DrlPruneError, match='vector'):
        evaluate_on_vehicle(vector_policy_runtime, TASK, 'passenger_car', 0.0, 0, 1)
    with pytest.raises(DrlPruneError, match='no vehicle profile'):
        evaluate_on_vehicle(load_runtime(highway_policy), TASK, 'tank', 0.0, 0, 1)


@pytest.fixture
def vector_policy_runtime():
    """Load a policy of a task that is no driving task."""
    from drl_prune_ros.resources import models_dir

    return load_runtime(models_dir() / 'CartPole-v1-dsp.onnx')
