# Copyright 2026 drl_prune_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What turns actions into commands: a low-level control for each kind of action."""

from __future__ import annotations

from typing import Protocol

from drl_prune_ros.control.command import Command, Motion
from drl_prune_ros.control.components import ComponentControl
from drl_prune_ros.control.direct_control import DirectControl
from drl_prune_ros.control.envelope import CommandT, Guard, MotionT
from drl_prune_ros.control.lane_following import LaneFollowing
from drl_prune_ros.control.profile import VehicleProfile
from drl_prune_ros.perception.driving_context import DrivingContext
from drl_prune_ros.perception.road import Road
from drl_prune_ros.policy.contracts import ActionContract, check_action
from drl_prune_ros.policy.errors import ContractError
from drl_prune_ros.policy.runtime import Action

__all__ = ['LowLevelControl', 'MotionControl', 'make_control', 'make_motion_control']


class LowLevelControl(Protocol[MotionT, CommandT]):
    """
    Turns the actions of a policy into commands, one each control tick.

    `begin` is called on every tick, `decide` on those on which the network ran, `command` last.
    """

    @property
    def needs_road(self) -> bool:
        """Return whether a road has to be known."""

    @property
    def needs_ego(self) -> bool:
        """Return whether it reads the state of the vehicle itself."""

    @property
    def guard(self) -> Guard[MotionT, CommandT]:
        """Return what keeps its commands within bounds."""

    def check_road(self, road: Road, curvature: float) -> None:
        """Raise RoadError where it cannot keep to a road."""

    def reset(self) -> None:
        """Forget the control state."""

    def begin(self, context: DrivingContext) -> None:
        """Take what the control starts with from the first context after a reset."""

    def decide(self, action: Action, context: DrivingContext) -> None:
        """Take the output of the network; raises PolicyFailed where that is no action."""

    def command(self, context: DrivingContext, decided: bool) -> CommandT:
        """Return the command of this tick; decided: whether the network ran for it."""


MotionControl = LowLevelControl[Motion, Command]


def make_motion_control(
    contract: ActionContract, profile: VehicleProfile, period_s: float,
) -> MotionControl:
    """
    Return the control that makes motions of the actions of a contract.

    Raises ContractError, with the reason, where there is none.
    """
    check_action(contract, kinds=('continuous', 'discrete_meta'))
    if contract.kind == 'discrete_meta':
        return LaneFollowing(contract, profile, period_s)
    return DirectControl(contract, profile, period_s)


def make_control(
    contract: ActionContract, profile: VehicleProfile, period_s: float, components: bool = False,
) -> MotionControl | ComponentControl:
    """
    Return the control for the actions of a contract.

    components  whether actions that are no motion may be passed on, by names of components

    Raises ContractError, with the reason, where there is none.
    """
    check_action(contract, kinds=('continuous', 'discrete_meta'))
    try:
        return make_motion_control(contract, profile, period_s)
    except ContractError as error:
        if contract.kind != 'continuous':
            raise
        if components:
            return ComponentControl(contract)
        raise ContractError(
            f'{error}: use another policy, or output_type vector, which passes the components on '
            f'by name') from error
