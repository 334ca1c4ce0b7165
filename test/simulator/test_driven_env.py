# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A policy meets in training on a vehicle what it meets when it drives there."""

import numpy as np
import pytest

from drl_prune_ros.control.driver import make_motion_driver
from drl_prune_ros.control.envelope import SafetyEnvelope
from drl_prune_ros.control.profile import load_profile
from drl_prune_ros.errors import DrlPruneError
from drl_prune_ros.policy.runtime import load_runtime
from drl_prune_ros.simulator.actuation import Actuation
from drl_prune_ros.simulator.closed_loop import drive_episode
from drl_prune_ros.simulator.tick_simulator import TickSimulator
from drl_prune_ros.tasks.catalogue import load_task
from drl_prune_ros.tasks.evaluation import evaluate_policy
from drl_prune_ros.tasks.gymnasium_env import make_gymnasium_env
from drl_prune_ros.tasks.vehicle import Vehicle

TASK = load_task('highway-fast-v0')
SEED, EPISODES = 20, 3


def test_it_is_driven_as_on_the_vehicle(highway_policy):
    """There the driver observes for itself, and asks the policy."""
    runtime = load_runtime(highway_policy)
    car = Vehicle('passenger_car', delay_s=0.1)
    profile = load_profile(car.profile)
    driver = make_motion_driver(runtime, profile)
    envelope = SafetyEnvelope(driver.guard, driver.period_s, lockstep=True)
    actuation = Actuation(profile, driver.period_s, car.delay_s)
    simulator = TickSimulator('highway-fast-v0')
    driven = TASK.on(car)
    played = evaluate_policy(runtime, driven, SEED, EPISODES, driven.engine)
    for index in range(EPISODES):
        expected = drive_episode(simulator, driver, SEED + index, envelope, actuation)
        assert played.returns[index] == expected.return_
        assert played.lengths[index] == expected.length
        assert played.crashed[index] == expected.crashed
        assert played.speeds[index] == pytest.approx(expected.speed_mean)
    assert played.guard_share > 0.0 and played.interventions.min() >= 0
    simulator.close()
    assert played.engine == 'passenger_car, 100 ms late'


def test_without_limits_and_delay_it_is_what_the_environment_says(highway_policy):
    runtime = load_runtime(highway_policy)
    driven = TASK.on(Vehicle('highway_env'))
    found = evaluate_policy(runtime, driven, SEED, EPISODES, driven.engine)
    expected = evaluate_policy(runtime, TASK, SEED, EPISODES, 'gymnasium')
    assert found.returns == pytest.approx(expected.returns, abs=1e-6)
    assert found.lengths.tolist() == expected.lengths.tolist()
    assert found.crashed.tolist() == expected.crashed.tolist()
    assert found.speeds == pytest.approx(expected.speeds)


def test_limits_and_delay_change_what_is_driven(highway_policy):
    runtime = load_runtime(highway_policy)
    returns = set()
    for profile in ('highway_env', 'passenger_car'):
        for delay_s in (0.0, 0.2):
            driven = TASK.on(Vehicle(profile, delay_s))
            returns |= set(evaluate_policy(runtime, driven, SEED, 1, driven.engine).returns)
    assert len(returns) == 4


def test_episodes_that_nobody_numbered_differ():
    env = make_gymnasium_env(TASK.on(Vehicle('passenger_car')))
    first = env.reset(seed=1)[0]
    assert not np.array_equal(env.reset()[0], first)
    env.close()


@pytest.mark.parametrize(('task', 'profile', 'problem'), [
    ('CartPole-v1', 'passenger_car', 'highway-env has no environment'),
    ('highway-fast-v0', 'tank', 'no vehicle profile'),
])
def test_what_cannot_be_driven_is_refused(task, profile, problem):
    with pytest.raises(DrlPruneError, match=problem):
        make_gymnasium_env(load_task(task).on(Vehicle(profile)))
