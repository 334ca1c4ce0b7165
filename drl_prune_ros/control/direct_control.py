# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Control by continuous actions: a steering angle, and an acceleration or the speed held."""

from __future__ import annotations

from collections.abc import Callable
import math

from drl_prune_ros import fields
from drl_prune_ros.control import controller, speed_checks
from drl_prune_ros.control.command import Command, ContinuousDecision
from drl_prune_ros.control.components import read_components
from drl_prune_ros.control.motion_guard import MotionGuard
from drl_prune_ros.control.profile import VehicleProfile
from drl_prune_ros.fields import FieldError
from drl_prune_ros.perception.driving_context import DrivingContext
from drl_prune_ros.perception.road import Road
from drl_prune_ros.policy.contracts import ActionContract, check_action
from drl_prune_ros.policy.errors import ContractError
from drl_prune_ros.policy.runtime import Action

# The unit that each component may be in as it is.
UNITS = {'steering': 'rad', 'acceleration': 'm/s^2'}


class DirectControl:
    """
    Carries out actions of kind 'continuous' by the names of their components; see low_level.

    'steering' is the angle of the front wheels to the right, 'acceleration' along x; without one,
    the speed at which control began is held. Each is in its unit, rad or m/s^2, or of unit '1'
    with its bounds mapped to those of the option steering_range or acceleration_range, as
    highway-env's ContinuousAction does. Raises ContractError where the contract says otherwise.
    """

    needs_road = False
    needs_ego = True

    def __init__(
        self, contract: ActionContract, profile: VehicleProfile, period_s: float,
    ) -> None:
        check_action(contract, kinds=('continuous',))
        unknown = [name for name in contract.names if name not in UNITS]
        if unknown or 'steering' not in contract.names:
            raise ContractError(
                f'the policy acts on {", ".join(contract.names)}, but a vehicle is driven by '
                f'steering, with or without acceleration')
        self._contract = contract
        self._read = {name: _reader(contract, name) for name in contract.names}
        self._profile = profile
        self._period_s = period_s
        self.guard = MotionGuard(profile)
        self.reset()

    def check_road(self, road: Road, curvature: float) -> None:
        """Do nothing: it may be told any speed."""

    def reset(self) -> None:
        """Forget the last action, and the speed to hold."""
        self._decision = ContinuousDecision((), ())
        self._speed: float | None = None

    def begin(self, context: DrivingContext) -> None:
        """Take the speed to hold from the vehicle, at the first tick after a reset."""
        speed_checks.check_measured(self._profile, context.ego)
        if self._speed is None:
            self._speed = context.ego.speed

    def decide(self, action: Action, context: DrivingContext) -> None:
        """Take an action, a number for each name."""
        self._decision = read_components(self._contract, action)

    def command(self, context: DrivingContext, decided: bool) -> Command:
        """Return the motion that the last action asks for."""
        assert self._speed is not None
        wanted = {name: self._read[name](value) for name, value in self._decision.named().items()}
        if 'acceleration' in wanted:
            acceleration = controller.within_speeds(
                self._profile, context.ego, wanted['acceleration'])
        else:
            acceleration = controller.acceleration(self._profile, context.ego, self._speed)
        ceiling = math.inf
        headway, network, ego = self.guard.headway, context.network, context.ego
        if headway.on and network is not None:
            lane = network.nearest(ego.x, ego.y, ego.yaw)
            acceleration = min(acceleration, controller.acceleration(
                self._profile, ego, network.lane(lane).speed_limit))
            ceiling = headway.ceiling(acceleration, context, lane, self._period_s, follows=False)
        most = self._profile.max_steering
        angle = controller.clip(wanted['steering'], -most, most)
        return controller.command(
            self._profile, ego, acceleration, angle, self._period_s, self._decision, decided,
            ceiling)


def _reader(contract: ActionContract, name: str) -> Callable[[float], float]:
    """Return the function that converts a component to SI units."""
    assert contract.low is not None and contract.high is not None   # it is continuous
    index = contract.names.index(name)
    if contract.units[index] == UNITS[name]:
        return lambda value: value
    if contract.units[index] != '1':
        raise ContractError(
            f'the policy has its {name} in {contract.units[index]!r}, but {UNITS[name]} or a '
            f"share of {name}_range, '1', is needed")
    option = f'{name}_range'
    try:
        least, most = fields.interval(contract.options.get(option), f'action.options.{option}')
    except FieldError as error:
        raise ContractError(f'{name} is a share of a range, which is not said: {error}') from error
    if least is None or most is None:
        raise ContractError(f'action.options.{option} lacks a bound')
    low, high = contract.low[index], contract.high[index]
    return lambda value: least + (value - low) * (most - least) / (high - low)
