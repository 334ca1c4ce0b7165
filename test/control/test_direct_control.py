# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Steering and acceleration must be what highway-env makes of the same action."""

import math

import gymnasium
import highway_env  # noqa: F401 - registers the environments
import numpy as np
import pytest

from drl_prune_ros.control.command import ContinuousDecision
from drl_prune_ros.control.direct_control import DirectControl
from drl_prune_ros.control.faults import PolicyFailed
from drl_prune_ros.control.low_level import make_control
from drl_prune_ros.perception.driving_context import DrivingContext
from drl_prune_ros.perception.scene import Ego
from drl_prune_ros.policy.contracts import ActionContract
from drl_prune_ros.policy.errors import ContractError

T = 1 / 15
STEERING = {'steering_range': [-math.pi / 4, math.pi / 4]}


def contract(*names, units=None, options=None, bound=1.0):
    size = len(names)
    return ActionContract(
        'continuous', names, (-bound,) * size, (bound,) * size, units or ('1',) * size,
        {**STEERING, 'acceleration_range': [-5, 5]} if options is None else options)


def at(speed=10.0):
    return DrivingContext(Ego(7, 0.0, 0.0, 0.0, speed))


def act(control, *action, speed=10.0):
    control.begin(at(speed))
    control.decide(np.array(action), at(speed))
    return control.command(at(speed), True)


@pytest.mark.parametrize('names', [('steering',), ('acceleration', 'steering')])
def test_commands_are_highway_envs_own(profile, names):
    env = gymnasium.make('racetrack-v0', config={'action': {
        'type': 'ContinuousAction', 'longitudinal': 'acceleration' in names,
        'lateral': True}}).unwrapped
    control = DirectControl(contract(*names), profile, T)
    random = np.random.default_rng(1)
    for seed in range(3):
        env.reset(seed=seed)
        control.reset()
        for _ in range(5):
            vehicle = env.vehicle
            action = random.uniform(-1.2, 1.2, len(names))
            control.begin(at(vehicle.speed))
            control.decide(action, at(vehicle.speed))
            command = control.command(at(vehicle.speed), True)
            before = vehicle.heading, vehicle.speed
            vehicle.act(env.action_type.get_action(action))
            vehicle.step(T)
            assert command.steering == -vehicle.action['steering']
            assert command.acceleration == vehicle.action['acceleration']
            assert command.speed == vehicle.speed
            assert before[0] - command.yaw_rate * T == pytest.approx(vehicle.heading, abs=1e-12)
    env.close()


def test_a_positive_steering_is_to_the_right(profile):
    command = act(DirectControl(contract('steering'), profile, T), 0.5)
    assert command.steering == -math.pi / 8
    assert command.yaw_rate < 0
    assert command.decision == ContinuousDecision(('steering',), (0.5,))
    assert (command.stamp_ns, command.decided) == (7, True)


def test_without_acceleration_the_first_speed_is_held(profile):
    control = DirectControl(contract('steering'), profile, T)
    assert act(control, 0.0, speed=8.0).acceleration == 0.0
    assert act(control, 0.0, speed=7.0).acceleration == pytest.approx(1 / profile.speed_time)
    control.reset()
    assert act(control, 0.0, speed=7.0).acceleration == 0.0


def test_components_may_be_in_their_units(profile):
    control = DirectControl(contract(
        'steering', 'acceleration', units=('rad', 'm/s^2'), options={}, bound=2.0), profile, T)
    command = act(control, -0.25, 1.5)
    assert (command.steering, command.acceleration) == (0.25, 1.5)
    assert act(control, -3.0, 1.5).steering == min(2.0, profile.max_steering)


def test_beyond_the_highest_speed_it_slows_down(profile):
    control = DirectControl(contract('steering', 'acceleration'), profile, T)
    speed = profile.max_speed + 1.0
    assert act(control, 0.0, 1.0, speed=speed).acceleration == -1.0


@pytest.mark.parametrize('action', [[math.nan], [math.inf], [0.0, 0.0], 0.0])
def test_no_number_is_no_action(profile, action):
    control = DirectControl(contract('steering'), profile, T)
    control.begin(at())
    with pytest.raises(PolicyFailed, match='no finite number for each of steering'):
        control.decide(np.array(action), at())


@pytest.mark.parametrize(('bad', 'reason'), [
    (contract('acceleration'), 'acts on acceleration, but a vehicle is driven by steering'),
    (contract('steering', 'horn'), 'acts on steering, horn'),
    (contract('steering', units=('deg',)), "steering in 'deg', but rad or a share of steering_r"),
    (contract('steering', options={}), 'not said: field action.options.steering_range'),
    (contract('steering', options={'steering_range': [None, 1]}), 'lacks a bound'),
])
def test_what_a_vehicle_is_not_driven_by_leaves_by_name_or_not_at_all(profile, bad, reason):
    with pytest.raises(ContractError, match=f'{reason}.*output_type vector, which passes'):
        make_control(bad, profile, T)
    command = act(make_control(bad, profile, T, components=True), *(0.5,) * bad.size)
    assert command.named() == dict.fromkeys(bad.names, 0.5)


def test_a_single_index_is_refused_even_by_name(profile):
    with pytest.raises(ContractError, match=r"actions of kind 'discrete'.*continuous, discrete_m"):
        make_control(ActionContract('discrete', ('a', 'b')), profile, T, components=True)
