# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Components that only the vehicle interface understands, through the states of the envelope."""

import math

import numpy as np
import pytest

from drl_prune_ros.control.components import ComponentControl
from drl_prune_ros.control.envelope import SafetyEnvelope, SafetyState
from drl_prune_ros.control.faults import Fault, PolicyFailed
from drl_prune_ros.perception.driving_context import DrivingContext
from drl_prune_ros.perception.scene import Ego
from drl_prune_ros.policy.contracts import ActionContract

S = 1_000_000_000
T = 0.1
EGO = Ego(0, 0.0, 0.0, 0.0, 0.0)


@pytest.fixture
def control():
    return ComponentControl(ActionContract(
        'continuous', ('left', 'right', 'heat'), (-1, -1, 0.25), (1, 1, 2), ('1', '1', 'kW')))


@pytest.fixture
def driving(control):
    """Return an envelope after one answer."""
    envelope = SafetyEnvelope(control.guard, T)
    control.decide(np.array([0.5, -2.0, 9.0]), DrivingContext(EGO))
    command = envelope.answer(control.command(DrivingContext(EGO), True), EGO, 0, 0)
    assert command.named() == {'left': 0.5, 'right': -1.0, 'heat': 2.0}, 'within the bounds'
    assert (command.stamp_ns, command.decided, command.finite) == (0, True, True)
    return envelope


def test_they_are_held_and_then_as_near_to_0_as_they_may_be(driving):
    assert driving.tick(S // 20).state is SafetyState.DRIVING
    holding = driving.tick(S // 5)
    assert holding.state is SafetyState.HOLDING
    assert holding.motion.named() == {'left': 0.5, 'right': -1.0, 'heat': 2.0}
    driving.fault(Fault.MISSING, 'no vector')
    stopped = driving.tick(S)
    assert (stopped.state, stopped.fault) == (SafetyState.STANDSTILL, Fault.MISSING)
    assert stopped.motion.named() == {'left': 0.0, 'right': 0.0, 'heat': 0.25}


def test_a_requested_stop_is_the_same_at_once(driving, control):
    driving.request_stop('asked')
    stopped = driving.tick(1)
    assert (stopped.state, stopped.fault) == (SafetyState.STANDSTILL, Fault.REQUESTED)
    assert stopped.motion == control.guard.final_stop_command(stopped.motion, T, 1)


@pytest.mark.parametrize('action', [[0, 0, math.nan], [0, 0], [[0, 0, 1]]])
def test_no_number_is_no_action(control, action):
    with pytest.raises(PolicyFailed, match='no finite number for each of left, right, heat'):
        control.decide(np.array(action), DrivingContext(EGO))
    with pytest.raises(PolicyFailed, match='the network gave no action'):
        control.decide(object(), DrivingContext(EGO))
